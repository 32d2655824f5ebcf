// The player: the runs that are chosen, on one clock. What is drawn follows from the time alone, so that any time
// can be gone to; nothing moves by itself where the reader prefers reduced motion.
"use strict";
(function () {
  const waitbench = window.waitbench = window.waitbench || {};
  const { recorded, stage, view } = waitbench;
  const player = document.getElementById("replay-player");
  if (!recorded || !player) return;
  const SPEEDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];
  const PLAYED_IN_S = 14; // about, unless a speed is chosen
  const JUMPS = 50; // in a whole replay
  const SAY_AFTER_MS = 400;
  const NUMBERS_EVERY_MS = 100;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  function make(parent, tag, attributes, text) {
    const element = parent.appendChild(document.createElement(tag));
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }
  const milliseconds = (s) => (s * 1e3).toFixed(s < 0.1 ? 2 : 1) + " ms";
  const count = (n, what) => n === null ? what + " not available" : n + " " + what;

  // ---- which runs there are, and which are chosen ----

  const playable = recorded.runs.filter((run, i, all) => run.every === 1
    && all.findIndex((other) => other.case === run.case && other.every === 1) === i);
  if (!playable.length) return;
  const AXES = [["setting", "Requests"], ["c", "In flight C"], ["backlog", "Backlog"]];
  const chosen = { ...playable[0].of, names: [] };
  const matching = (axes) => playable.filter((run) => axes.every(([name]) => run.of[name] === chosen[name]));
  // Values of an axis that were measured with those chosen before it.
  const valuesOf = (axis) => [...new Set(matching(AXES.slice(0, axis)).map((run) => run.of[AXES[axis][0]]))]
    .sort((a, b) => typeof a === "number" ? a - b : 0);
  const available = () => matching(AXES);
  const shownRuns = () => available().filter((run) => chosen.names.includes(run.of.name));
  // What is not measured gives way to what is: the first in the page's order.
  function settleChoice() {
    AXES.forEach(([name], axis) => {
      const values = matching(AXES.slice(0, axis)).map((run) => run.of[name]);
      if (!values.includes(chosen[name])) chosen[name] = values[0];
    });
    const names = available().map((run) => run.of.name);
    const kept = names.filter((name) => chosen.names.includes(name));
    chosen.names = kept.length ? kept : names.slice(0, 2);
  }

  // ---- the page ----

  const controls = make(player, "div", { class: "replay-controls" });
  const selects = AXES.map(([name, label]) => {
    const select = make(make(controls, "label", {}, label + " "), "select", { id: "replay-" + name });
    select.addEventListener("change", () => {
      chosen[name] = name === "setting" ? select.value : Number(select.value);
      choose(true);
    });
    return select;
  });
  const choice = make(controls, "fieldset", { class: "replay-names" });
  make(choice, "legend", {}, "Shown");
  const names = make(choice, "div");

  const stageArea = make(player, "div", { class: "replay-stage", tabindex: "0", id: "replay-stage", "role": "group",
    "aria-label": "Replay. Keys: space plays, arrows step" });
  const bar = make(player, "div", { class: "replay-bar" });
  const buttons = make(bar, "div", { class: "replay-controls" });
  function button(text, label, act) {
    const made = make(buttons, "button", { type: "button", "aria-label": label, title: label }, text);
    made.addEventListener("click", act);
    return made;
  }
  button("|◀ Start", "Start (Home)", () => go(0));
  button("‹ Event", "Event before (left arrow)", () => step(-1));
  const play = button("▶ Play", "Play (space)", () => toggle());
  button("Event ›", "Event after (right arrow)", () => step(1));
  button("« Jump", "Jump back (Page Up)", () => jump(-1));
  button("Jump »", "Jump on (Page Down)", () => jump(1));
  button("End ▶|", "End (End)", () => go(length));
  const speedSelect = make(make(buttons, "label", {}, "Speed "), "select", { id: "replay-speed" });
  for (const speed of SPEEDS) make(speedSelect, "option", { value: speed }, "×" + speed);
  const clock = make(buttons, "span", { class: "replay-clock" });
  const slider = make(make(bar, "label", { class: "replay-scrub" }, "Time "), "input",
    { type: "range", id: "replay-time", min: 0, max: 10000, step: 1 });
  const happened = make(player, "div", { class: "soft replay-happened" });
  const frameLine = make(player, "div", { class: "soft replay-frames" });
  const said = make(player, "div", { class: "replay-said", "role": "status" });
  const keys = make(player, "div", { class: "soft replay-keys" });
  for (const [key, does] of [["Space", "play, pause; jump with reduced motion"], ["← →", "event before, after"],
    ["Page Up, Page Down", "jump"], ["Home, End", "to the start, to the end"], ["− +", "slower, faster"]]) {
    make(keys, "kbd", {}, key);
    keys.append(" " + does + "  ");
  }

  // ---- state ----

  let tracks = [], events = new Float64Array(0), length = 1, now = 0, generation = 0;
  let playing = false, speed = 0.1, speedChosen = false, lastFrame = 0, lastNumbers = 0;
  let look = {};
  const frameTimes = [];

  function colours() {
    const style = getComputedStyle(player);
    const get = (name) => style.getPropertyValue("--replay-" + name).trim();
    return { colours: stage.STAGES.map((_, s) => get(s)), failed: get("failed"), floor: get("floor"),
      again: get("again") };
  }
  function fit(canvas) {
    const ratio = window.devicePixelRatio || 1, { clientWidth, clientHeight } = canvas;
    canvas.width = Math.round(clientWidth * ratio);
    canvas.height = Math.round(clientHeight * ratio);
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return { context, width: clientWidth, height: clientHeight };
  }

  function makeTrack(run, life) {
    const { of } = run, box = make(stageArea, "div", { class: "replay-track", "role": "group", "aria-label": of.name });
    const title = make(box, "div", { class: "replay-title" }), words = make(title, "div");
    const rest = of.label.startsWith(of.name + " ") ? of.label.slice(of.name.length) : " " + of.label;
    make(words, "strong", {}, of.name);
    make(words, "span", { class: "soft" }, `${rest}; block ${run.block}, run ${run.id} of ${run.started.slice(0, 10)}, ${
      run.quality}; makespan ${milliseconds(run.makespan / 1e9)}; the kernel counted ${
      count(run.retransmissions, "SYN retransmissions")}, ${count(run.overflows, "accept-queue overflows")}`);
    make(title, "button", { type: "button" }, "Waterfall").addEventListener("click", () => waitbench.openRun(run.id));
    const flight = make(box, "div", { class: "replay-flight" });
    const zones = make(box, "div", { class: "replay-zones" });
    const canvas = make(box, "canvas", { "role": "img", "aria-label": "Requests of " + of.name + " by stage" });
    const curve = make(box, "div", { class: "replay-curve" });
    const overview = make(curve, "canvas", { "role": "img",
      "aria-label": "Requests in flight of " + of.name + " over time, by stage" });
    const head = make(curve, "div", { class: "replay-head" });
    curve.addEventListener("pointerdown", (event) => go(event.offsetX / curve.clientWidth * length));
    return { run, life, box, zones, flight, canvas, overview, head, texts: [] };
  }
  function makeZones(track, shown) {
    track.zones.style.gridTemplateColumns = `repeat(${shown.length}, minmax(0, 1fr))`;
    track.numbers = shown.map((s) => {
      const zone = make(track.zones, "div", { class: "replay-zone" });
      make(zone, "span", {}, stage.HYPHENATED[s]);
      return make(zone, "b", { style: `border-color: var(--replay-${s})` });
    });
  }

  async function show() {
    const mine = ++generation, runs = shownRuns();
    const lives = await Promise.all(runs.map(async (run) => stage.entered(await recorded.requestsOf(run), run)));
    if (mine !== generation) return;
    stageArea.replaceChildren();
    tracks = runs.map((run, i) => makeTrack(run, lives[i]));
    const dropped = lives.some(stage.usesDropped);
    look.shown = [...stage.STAGES.keys()].filter((s) => s !== stage.DROPPED || dropped);
    look.most = Math.max(...lives.map(stage.mostInFlight));
    for (const track of tracks) makeZones(track, look.shown);
    const times = lives.flatMap((life) => life.at.slice(1).flatMap((list) => Array.from(list)));
    events = Float64Array.from(new Set(times.filter(Number.isFinite))).sort();
    length = Math.max(...runs.map((run) => run.makespan / 1e9), events[events.length - 1] || 0);
    if (!speedChosen) {
      speed = SPEEDS.reduce((a, b) => Math.abs(Math.log(length / b / PLAYED_IN_S))
        < Math.abs(Math.log(length / a / PLAYED_IN_S)) ? b : a);
      speedSelect.value = speed;
    }
    now = Math.min(now, length);
    resize();
    player.dataset.ready = "yes";
  }
  function resize() {
    Object.assign(look, colours());
    for (const track of tracks) {
      track.area = fit(track.canvas);
      const { context, width, height } = fit(track.overview);
      stage.drawOverview(context, track.life, length, width, height, look);
    }
    render(true);
  }
  function putNumbers(track) {
    const { counts, failed, retransmitted } = track.life;
    look.shown.forEach((s, i) => {
      const text = counts[s] + (s === stage.COMPLETED && failed ? ` (${failed} failed)` : "");
      if (track.texts[i] !== text) track.numbers[i].textContent = track.texts[i] = text;
    });
    const text = `in flight ${stage.inFlight(track.life)}` + (stage.usesDropped(track.life)
      ? `, SYNs retransmitted so far ${retransmitted}` : "");
    if (track.texts.flight !== text) track.flight.textContent = track.texts.flight = text;
  }
  function render(numbers) {
    look.speed = playing ? speed : 0;
    for (const track of tracks) {
      const { context, width, height } = track.area;
      stage.settle(track.life, now);
      stage.draw(context, track.life, now, width, height, look);
      track.head.style.transform = `translateX(${now / length * width}px)`;
      if (numbers) putNumbers(track);
    }
    if (!numbers) return;
    clock.textContent = milliseconds(now) + " of " + milliseconds(length);
    slider.value = Math.round(now / length * 10000);
    slider.setAttribute("aria-valuetext", milliseconds(now));
  }

  // ---- time ----

  function frame(at) {
    if (!playing) return;
    if (lastFrame) {
      frameTimes.push(at - lastFrame);
      if (frameTimes.length > 4000) frameTimes.shift();
      now = Math.min(length, now + (at - lastFrame) / 1e3 * speed);
    }
    lastFrame = at;
    const numbers = at - lastNumbers >= NUMBERS_EVERY_MS;
    if (numbers) lastNumbers = at;
    render(numbers);
    if (now >= length) pause();
    else requestAnimationFrame(frame);
  }
  function frames() {
    const sorted = [...frameTimes].sort((a, b) => a - b), n = sorted.length;
    const at = (share) => n ? 1e3 / sorted[Math.min(n - 1, Math.floor(share * n))] : 0;
    return { count: n, median: at(0.5), worst: at(0.99) };
  }
  function pause() {
    playing = false;
    play.textContent = "▶ Play";
    play.setAttribute("aria-label", "Play (space)");
    play.hidden = calm.matches; // and the space jumps
    stopped();
  }
  // Said and put into the URL once time stays as it is, and not before.
  let saying = 0;
  function stopped() {
    render(true);
    const { count: n, median, worst } = frames();
    frameLine.textContent = n > 1
      ? `${n} frames played: median ${median.toFixed(0)} per second, worst 1% ${worst.toFixed(0)} per second` : "";
    const list = events.length ? describe() : "";
    happened.textContent = list;
    clearTimeout(saying);
    saying = setTimeout(() => {
      said.textContent = `${milliseconds(now)}. ` + tracks.map(({ run, life }) => `${run.of.name}: in flight ${
        stage.inFlight(life)}, ` + look.shown.map((s) => `${stage.STAGES[s]} ${life.counts[s]}`).join(", ")).join("; ")
        + ". " + list;
      view.set("replay-time", now > 0 ? now.toFixed(5) : null);
    }, SAY_AFTER_MS);
  }
  // What happened at just this time.
  function describe() {
    const found = tracks.flatMap(({ run, life }) => look.shown.map((s) => {
      const n = life.at[s].reduce((sum, t) => sum + (t === now), 0);
      if (!n) return "";
      const who = n === 1 ? `request ${life.at[s].indexOf(now) + 1}` : n + " requests";
      return `${run.of.name}: ${who} → ${stage.STAGES[s]}`;
    })).filter(Boolean);
    return found.length ? "At this time: " + found.join("; ") : "";
  }
  function start() {
    if (now >= length) now = 0;
    playing = true;
    lastFrame = lastNumbers = 0;
    clearTimeout(saying);
    play.textContent = "❚❚ Pause";
    play.setAttribute("aria-label", "Pause (space)");
    happened.textContent = "";
    requestAnimationFrame(frame);
  }
  function toggle() {
    if (playing) pause();
    else if (calm.matches) jump(1);
    else start();
  }
  function go(time) {
    now = Math.max(0, Math.min(length, time));
    if (playing) render(true);
    else stopped();
  }
  const jump = (way) => go(now + way * length / JUMPS);
  // To the nearest event on that side.
  function step(way) {
    if (playing) pause();
    let low = 0, high = events.length; // the first after now or, backwards, not before it
    while (low < high) {
      const middle = (low + high) >> 1;
      if (way > 0 ? events[middle] > now : events[middle] >= now) high = middle;
      else low = middle + 1;
    }
    go(way > 0 ? events[low] ?? length : events[low - 1] ?? 0);
  }
  function setSpeed(way) {
    const at = SPEEDS.indexOf(speed) + way;
    if (!(at in SPEEDS)) return;
    speed = SPEEDS[at];
    speedChosen = true;
    speedSelect.value = speed;
  }

  // ---- choosing ----

  function fillControls() {
    selects.forEach((select, axis) => {
      const values = valuesOf(axis);
      select.replaceChildren();
      for (const value of values) make(select, "option", { value }, value);
      select.value = chosen[AXES[axis][0]];
      select.parentElement.hidden = values.length < 2;
    });
    const runs = available();
    names.replaceChildren();
    for (const { of } of runs) {
      const label = make(names, "label"), box = make(label, "input", { type: "checkbox", value: of.name });
      label.append(" " + of.name);
      box.checked = chosen.names.includes(of.name);
      box.addEventListener("change", () => {
        const wanted = runs.map((run) => run.of.name)
          .filter((name) => name === of.name ? box.checked : chosen.names.includes(name));
        if (!wanted.length) { box.checked = true; return; }
        chosen.names = wanted;
        keepView();
        show();
      });
    }
  }
  function choose(keep) {
    settleChoice();
    fillControls();
    if (keep) keepView();
    return show();
  }
  function keepView() {
    for (const [name] of AXES) view.set("replay-" + name, chosen[name]);
    view.set("replay-names", chosen.names.map(encodeURIComponent).join(","));
  }
  // What a link says; whatever is not of this page is left out by settleChoice().
  function takeView() {
    for (const [name] of AXES) {
      const value = view.get("replay-" + name);
      if (value !== null) chosen[name] = name === "setting" ? value : Number(value);
    }
    const list = view.get("replay-names");
    if (list !== null) chosen.names = list.split(",").map((name) => {
      try { return decodeURIComponent(name); } catch { return ""; }
    });
    const time = Number(view.get("replay-time"));
    return choose(false).then(() => go(Number.isFinite(time) ? time : 0));
  }

  // ---- what the reader does ----

  const KEYS = { ArrowRight: () => step(1), ArrowLeft: () => step(-1), Home: () => go(0), End: () => go(length),
    PageUp: () => jump(-1), PageDown: () => jump(1), "+": () => setSpeed(1), "-": () => setSpeed(-1), " ": toggle };
  player.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!(key in KEYS) || event.ctrlKey || event.altKey || event.metaKey) return;
    // A list and a box have these keys for themselves; a button has the space.
    if (target.matches("select, input[type=checkbox]") || (key === " " && target.matches("button"))) return;
    event.preventDefault();
    KEYS[key]();
  });
  slider.addEventListener("input", () => go(slider.value / 10000 * length));
  speedSelect.addEventListener("change", () => { speed = Number(speedSelect.value); speedChosen = true; });
  calm.addEventListener("change", pause);
  document.addEventListener("visibilitychange", () => { if (document.hidden && playing) pause(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);
  new ResizeObserver(resize).observe(stageArea);
  for (const name of ["setting", "c", "backlog", "names", "time"]) view.watch("replay-" + name, takeView);

  const list = document.querySelector("nav ul");
  if (list) make(make(list, "li", { class: "script" }), "a", { href: "#replay" }, "Replay");
  waitbench.replay = { frames };
  if (recorded.possible) takeView().then(pause);
  else player.textContent = "This browser cannot unpack the recorded runs: it has no DecompressionStream.";
})();
