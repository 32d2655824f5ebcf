// The stages of a request's life, and how the requests of a run are drawn in them: waitbench.stage. Which stage a
// request is in is read off its recorded times alone; that it takes a moment of the reader's time to move
// to the next one is for eyes.
"use strict";
(function () {
  const waitbench = window.waitbench = window.waitbench || {};
  if (!waitbench.recorded) return;
  const STAGES = ["not started", "connecting", "SYN drop\u00adped", "queued", "in the server", "response", "completed"];
  const { POINTS, retransmissions, early } = waitbench.recorded;
  const HYPHENATED = ["not started", "connect\u00ading", "SYN drop\u00adped", "queued", "in the server", "re\u00adsponse",
    "com\u00adpleted"]; // for narrow zones
  const [WAITING, CONNECTING, DROPPED, QUEUED, SERVING, RESPONSE, COMPLETED] = STAGES.keys();
  const FLIGHT_S = 0.3; // of the reader's time
  const GAP = 8;

  // How often the SYN of a connection that took so long was retransmitted.
  const synsOf = (connecting) => retransmissions.filter((after) => after - early <= connecting).length;
  // When each request of a run enters each stage, NaN where it never does, and in which order. Retransmissions are
  // inferred from long connects, unless the kernel counted none.
  function entered(requests, run) {
    const { n } = requests;
    const told = requests.received.some((t) => !Number.isNaN(t)); // else the server sends no times
    const syns = new Uint8Array(n);
    const at = STAGES.map(() => new Float64Array(n).fill(NaN));
    for (let i = 0; i < n; i++) {
      const { start, connected, sent, received, responded, firstByte, end } =
        Object.fromEntries(POINTS.map((name) => [name, requests[name][i]]));
      const until = Number.isNaN(connected) ? end : connected;
      at[WAITING][i] = -Infinity;
      if (run.retransmissions !== 0) syns[i] = synsOf(until - start);
      if (syns[i]) at[DROPPED][i] = start;
      else if (until > start) at[CONNECTING][i] = start;
      at[QUEUED][i] = connected;
      at[SERVING][i] = told ? received : sent;
      at[RESPONSE][i] = told ? responded : firstByte;
      at[COMPLETED][i] = end;
    }
    const order = at.map((times) => Uint32Array.from(times.keys()).filter((i) => !Number.isNaN(times[i]))
      .sort((a, b) => times[a] - times[b] || a - b));
    return { n, at, order, syns, ok: requests.ok, now: new Uint8Array(n), counts: new Uint32Array(STAGES.length) };
  }
  function stageOf(life, i, time) {
    for (let s = COMPLETED; s > WAITING; s--) if (life.at[s][i] <= time) return s;
    return WAITING;
  }
  // Where every request is at a time: life.now and life.counts. `failed` are among those completed.
  function settle(life, time) {
    life.counts.fill(0);
    life.failed = life.retransmitted = 0;
    for (let i = 0; i < life.n; i++) {
      const s = life.now[i] = stageOf(life, i, time);
      life.counts[s]++;
      if (s === COMPLETED && !life.ok[i]) life.failed++;
      for (let k = 0; k < life.syns[i]; k++)
        if (life.at[DROPPED][i] + retransmissions[k] <= time) life.retransmitted++;
    }
  }

  // A pile of marks in each zone: as many to a row as make the largest that can be fit.
  function layOut(n, zones, width, height) {
    const zone = (width - GAP * (zones - 1)) / zones;
    let cell = Math.min(14, Math.ceil(Math.sqrt(zone * height / n)));
    while (cell > 1 && Math.floor(zone / cell) * Math.floor(height / cell) < n) cell--;
    if (cell === 1) cell = Math.sqrt(zone * height / n) * 0.97;
    const across = Math.max(1, Math.floor(zone / cell));
    return { zone, cell, across, mark: cell > 3 ? cell - 1 : cell * 0.8 };
  }
  const ease = (x) => 1 - (1 - x) ** 3;

  function colourOf(life, i, s, time, look) {
    if (s === COMPLETED && !life.ok[i]) return look.failed;
    if (s === DROPPED && time >= life.at[DROPPED][i] + retransmissions[0]) return look.again;
    return look.colours[s];
  }
  // `look`: { shown: the stages that have a zone, colours of stages, failed, again: a request whose SYN was
  // retransmitted and that is not connected, floor, speed: 0 where nothing moves }
  function draw(context, life, time, width, height, look) {
    const { zone, cell, across, mark } = layOut(life.n, look.shown.length, width, height);
    const left = STAGES.map((_, s) => Math.max(0, look.shown.indexOf(s)) * (zone + GAP));
    context.clearRect(0, 0, width, height);
    context.fillStyle = look.floor;
    for (const s of look.shown) context.fillRect(left[s], height - 1, zone, 1);
    const before = (i, s) => { while (--s > WAITING && Number.isNaN(life.at[s][i])); return s; };
    for (const s of look.shown) {
      let place = 0;
      for (const i of life.order[s]) {
        if (life.now[i] !== s) continue;
        let x = left[s] + place % across * cell, y = height - 2 - (Math.floor(place / across) + 1) * cell;
        place++;
        const flown = look.speed ? (time - life.at[s][i]) / look.speed / FLIGHT_S : 1;
        if (flown < 1 && s > WAITING) {
          const from = left[before(i, s)] + zone - cell, share = ease(flown);
          const high = height - 2 - cell - (i * 40503 % 65536) / 65536 * Math.min(height - cell, life.n / across * cell);
          x = from + (x - from) * share;
          y = high + (y - high) * share;
        }
        context.fillStyle = colourOf(life, i, s, time, look);
        context.fillRect(x, y, mark, mark);
      }
    }
  }

  // How many requests are in each stage over time, stacked: the in-flight curve of a run, with a tick for each
  // SYN retransmission.
  function drawOverview(context, life, length, width, height, look) {
    const columns = Math.max(1, Math.floor(width)), changes = STAGES.map(() => new Int32Array(columns + 1));
    const column = (t) => Math.min(columns, Math.max(0, Math.ceil(t / length * columns)));
    for (let i = 0; i < life.n; i++) {
      let until = Infinity;
      for (let s = COMPLETED; s > WAITING; s--) {
        const from = life.at[s][i];
        if (Number.isNaN(from)) continue;
        if (s < COMPLETED) { changes[s][column(from)]++; changes[s][column(until)]--; }
        until = from;
      }
    }
    const now = STAGES.map(() => 0);
    const most = look.most || 1;
    context.clearRect(0, 0, width, height);
    for (let x = 0; x < columns; x++) {
      let y = height;
      for (const s of [SERVING, RESPONSE, QUEUED, CONNECTING, DROPPED]) {
        now[s] += changes[s][x];
        const high = now[s] / most * height;
        context.fillStyle = look.colours[s];
        context.fillRect(x, y - high, 1, high);
        y -= high;
      }
    }
    context.fillStyle = look.again;
    for (const i of life.order[DROPPED])
      for (let k = 0; k < life.syns[i]; k++)
        context.fillRect(Math.round((life.at[DROPPED][i] + retransmissions[k]) / length * columns), 0, 1, 5);
  }
  function mostInFlight(life) {
    const { order, at } = life, first = CONNECTING;
    const starts = Float64Array.from({ length: life.n }, (_, i) =>
      Math.min(...[first, DROPPED, QUEUED, COMPLETED].map((s) => Number.isNaN(at[s][i]) ? Infinity : at[s][i]))).sort();
    let most = 0, ended = 0;
    starts.forEach((t, i) => {
      while (ended < order[COMPLETED].length && at[COMPLETED][order[COMPLETED][ended]] <= t) ended++;
      most = Math.max(most, i + 1 - ended);
    });
    return most;
  }

  waitbench.stage = {
    STAGES, HYPHENATED, WAITING, CONNECTING, DROPPED, QUEUED, SERVING, RESPONSE, COMPLETED,
    entered, settle, draw, drawOverview, mostInFlight,
    usesDropped: (life) => life.order[DROPPED].length > 0,
    inFlight: (life) => life.n - life.counts[WAITING] - life.counts[COMPLETED],
  };
})();
