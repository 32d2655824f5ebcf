// One run, drawn from its recorded requests: each a line over time, coloured by where it is, and the mean time of
// each phase. waitbench.openRun(id) shows it; a link can, too (#run=ID).
"use strict";
(function () {
  const waitbench = window.waitbench = window.waitbench || {};
  const { recorded, stage, view } = waitbench;
  const section = document.querySelector(".replay");
  if (!recorded || !section) return;
  const { STAGES, CONNECTING, DROPPED, QUEUED, SERVING, RESPONSE, COMPLETED } = stage;
  const DRAWN = [CONNECTING, DROPPED, QUEUED, SERVING, RESPONSE];
  const AXIS = 22, TICK_PX = 90;

  function make(parent, tag, name, text) {
    const element = parent.appendChild(document.createElement(tag));
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  }
  const duration = (us) => us >= 1e6 ? (us / 1e6).toFixed(3) + " s" : us >= 1e3 ? (us / 1e3).toFixed(2) + " ms"
    : us + " us";

  const dialog = make(section, "dialog");
  dialog.setAttribute("aria-labelledby", "run-title");
  const head = make(dialog, "div", "run-head");
  const title = make(head, "h3");
  title.id = "run-title";
  const close = make(head, "button", "", "Close");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  const body = make(dialog, "div", "run-view");
  let shown = 0, redraw = null;
  dialog.addEventListener("close", () => { shown = 0; redraw = null; view.set("run", null); });
  addEventListener("resize", () => redraw && redraw());

  // 1, 2 or 5 times a power of ten.
  function tickStep(length, ticks) {
    const power = 10 ** Math.floor(Math.log10(length / ticks));
    return [1, 2, 5, 10].map((n) => n * power).find((step) => length / step <= ticks) || length;
  }
  function drawAxis(context, length, width, height, ink) {
    context.fillStyle = ink;
    context.font = "12px system-ui, sans-serif";
    const step = tickStep(length, Math.max(2, Math.floor(width / TICK_PX)));
    for (let t = 0; t < length; t += step) {
      context.fillRect(t / length * width, height - AXIS, 1, 5);
      const text = t ? duration(Math.round(t * 1e6)).replace(/(\.\d*?)0+ /, "$1 ").replace(". ", " ") : "0";
      const beyond = t / length * width + context.measureText(text).width + 3 > width;
      context.textAlign = beyond ? "right" : "left";
      context.fillText(text, t / length * width + (beyond ? -3 : 3), height - 6);
    }
  }
  function drawWaterfall(canvas, life, length) {
    const style = getComputedStyle(section), ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight, row = (height - AXIS) / life.n;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    for (let i = 0; i < life.n; i++) {
      let until = life.at[COMPLETED][i];
      if (Number.isNaN(until)) until = length; // it never ended
      for (let s = RESPONSE; s >= CONNECTING; s--) {
        const from = life.at[s][i];
        if (Number.isNaN(from)) continue;
        context.fillStyle = style.getPropertyValue("--replay-" + (life.ok[i] ? s : "failed"));
        context.fillRect(from / length * width, i * row, Math.max((until - from) / length * width, 0.5),
          Math.max(row * 0.9, 0.6));
        until = from;
      }
    }
    drawAxis(context, length, width, height, getComputedStyle(dialog).color);
  }

  function putLegend(life) {
    const legend = make(body, "div", "run-legend soft");
    for (const s of DRAWN)
      if (life.order[s].length)
        make(legend, "span", "", s === DROPPED ? "connecting, its SYN dropped" : STAGES[s]).style
          .setProperty("--mark", `var(--replay-${s})`);
    if (life.ok.includes(0)) make(legend, "span", "", "failed").style.setProperty("--mark", "var(--replay-failed)");
  }
  function putBreakdown(run) {
    if (!run.breakdown) {
      make(body, "div", "soft", "No latency breakdown: the server of this run sent no times of its own.");
      return;
    }
    make(body, "div", "soft",
      "Latency breakdown: the mean time of each phase over all of the run's completed requests.");
    const grid = make(body, "div", "run-phases"), most = Math.max(...run.breakdown, 1);
    recorded.phases.forEach(([name, explained], p) => {
      make(grid, "span", "", name);
      make(grid, "b", "", duration(run.breakdown[p]));
      const cell = make(grid, "div");
      make(cell, "i").style.width = run.breakdown[p] / most * 100 + "%";
      make(cell, "span", "soft", explained);
    });
  }
  function putFacts(run) {
    const of = run.every === 1 ? `all ${run.requests} requests` : `one in ${run.every} of its ${run.requests} requests`;
    const counted = (n, what) => n === null ? what + " not available" : n + " " + what;
    make(body, "div", "soft", `Block ${run.block}, started ${run.started}, ${run.quality}; makespan ${
      duration(Math.round(run.makespan / 1e3))}; the kernel counted ${
      counted(run.retransmissions, "SYN retransmissions")}, ${
      counted(run.overflows, "accept-queue overflows")}. Shown: ${of}, by their start.`);
  }
  async function fill(run) {
    const life = stage.entered(await recorded.requestsOf(run), run);
    if (shown !== run.id) return;
    const ends = Float64Array.from(life.at[COMPLETED]).filter((t) => !Number.isNaN(t));
    const length = Math.max(run.makespan / 1e9, ...ends.length ? [ends.reduce((a, b) => Math.max(a, b))] : []) || 1;
    putFacts(run);
    const canvas = make(body, "canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "Waterfall: each request a line over time, by where it is");
    putLegend(life);
    putBreakdown(run);
    redraw = () => drawWaterfall(canvas, life, length);
    redraw();
    dialog.dataset.ready = run.id;
  }
  // Show a run, by its number in the store. One that the page does not carry is said to be missing.
  function openRun(id) {
    const number = Number(id), run = recorded.runs.find((one) => one.id === number);
    if (!Number.isSafeInteger(number) || number <= 0) return false;
    shown = number;
    body.replaceChildren();
    delete dialog.dataset.ready;
    title.textContent = run ? `Run ${run.id}: ${run.of.label}` : `Run ${number}`;
    if (!dialog.open) dialog.showModal();
    view.set("run", number);
    if (run && recorded.possible) {
      fill(run);
    } else {
      make(body, "div", "", (run ? "This browser cannot unpack the requests of this run."
        : "This page does not carry the requests of this run.") + " As a trace, for Perfetto:");
      make(body, "code", "", recorded.traceCommand(number));
    }
    return Boolean(run);
  }

  waitbench.openRun = openRun;
  const fromLink = (value) => { if (value !== null) openRun(value); else if (dialog.open) dialog.close(); };
  view.watch("run", fromLink);
  fromLink(view.get("run"));
})();
