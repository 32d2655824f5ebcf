// The recorded requests that a page carries (sample_pack.h says how), for the player and the view of one run:
// waitbench.recorded has the runs, and what unpacks the requests of one when they are needed.
"use strict";
(function () {
  const element = document.getElementById("replay-data");
  if (!element) return;
  const data = JSON.parse(element.textContent);
  const POINTS = ["start", "connected", "sent", "received", "responded", "firstByte", "end"];
  const OK = 1 << POINTS.length;

  const cases = data.cases.map(([name, driver, c, backlog, setting, label]) =>
    ({ name, driver, c, backlog, setting, label }));
  const runs = data.runs.map((row) => {
    const run = Object.fromEntries(data.columns.map((name, i) => [name, row[i]]));
    run.of = cases[run.case];
    return run;
  });

  async function inflated(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  // Zigzag varints; beyond 32 bits, too.
  function numbers(bytes) {
    const found = [];
    for (let at = 0; at < bytes.length; at++) {
      let value = 0, factor = 1;
      for (; bytes[at] >= 0x80; at++, factor *= 128) value += (bytes[at] & 0x7f) * factor;
      value += bytes[at] * factor;
      found.push(value % 2 ? -(value + 1) / 2 : value / 2);
    }
    return found;
  }
  // Seconds since the run's start, an array a point; NaN where a request did not get there.
  function pointsOf(columns, n, unit) {
    const points = Object.fromEntries(POINTS.map((name) => [name, new Float64Array(n).fill(NaN)]));
    const ok = new Uint8Array(n), gaps = POINTS.map(() => 0);
    let start = 0;
    for (let i = 0; i < n; i++) {
      const bits = columns[i];
      let at = start;
      ok[i] = bits & OK ? 1 : 0;
      POINTS.forEach((name, p) => {
        const number = columns[(1 + p) * n + i];
        gaps[p] = p ? gaps[p] + number : number;
        if (!(bits & 1 << p)) return;
        at += gaps[p];
        if (p === 0) start = at;
        points[name][i] = at * unit / 1e9;
      });
    }
    return { n, ok, ...points };
  }
  // The requests of a run, every run.every-th from the first on, by their starts.
  async function requestsOf(run) {
    if (!run.unpacked) {
      const n = Math.ceil(run.requests / run.every);
      run.unpacked = inflated(run.data).then((bytes) => pointsOf(numbers(bytes), n, run.unit));
    }
    return run.unpacked;
  }

  const waitbench = window.waitbench = window.waitbench || {};
  waitbench.recorded = {
    runs, requestsOf, POINTS,
    traceCommand: (id) => data.trace + " --run " + id,
    phases: data.phases,
    retransmissions: data.retransmissions, // seconds after a SYN; one may come `early` by so much
    early: data.early,
    possible: typeof DecompressionStream === "function",
  };
})();
