// The pages' script: tables that sort, and on the index page the comparison of two campaigns. Without
// JavaScript the tables stay as they were printed.
"use strict";
(function () {
  document.documentElement.classList.add("scripted");
  const units = { ns: 1e-9, us: 1e-6, "µs": 1e-6, ms: 1e-3, s: 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20,
    GiB: 2 ** 30, TiB: 2 ** 40, "%": 1, times: 1 };
  // A number with its unit, as "12.5 ms", "[3.1 us, 4 us]", "10 of 1024"; a date is a text.
  function key(cell) {
    const text = cell.textContent.trim();
    if (text === "" || text === "–" || text === "n/a" || text === "no figure") return null;
    const match = /^\[?([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?) ?([a-zµ%]+)?(?=$|[\s,\]])/i.exec(text);
    return match ? parseFloat(match[1]) * (units[match[2]] || 1) : text;
  }
  // A cell without a value is last in either direction. A number comes before a text.
  function compare(a, b, way) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a !== typeof b) return way * (typeof a === "number" ? -1 : 1);
    return way * (typeof a === "number" ? a - b : a.localeCompare(b));
  }
  function sort(table, heading) {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [key(row.cells[heading.cellIndex]), row]);
    rows.sort((a, b) => compare(a[0], b[0], up ? 1 : -1));
    body.append(...rows.map((row) => row[1]));
  }
  for (const table of document.querySelectorAll("table.sorts"))
    for (const heading of table.querySelectorAll("thead th")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => sort(table, heading));
    }
  // A region that does not scroll is no stop for the Tab key. Measured when it comes into view.
  const watch = new IntersectionObserver((seen) => {
    for (const { target } of seen) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const region of document.querySelectorAll(".scroll")) watch.observe(region);
  // Folded parts are printed unfolded.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
})();

// The index page: the ratio of the medians of each case that two campaigns share. Equivalent is what has its
// whole interval within 1%.
(function () {
  const data = document.getElementById("campaigns");
  if (!data) return;
  const campaigns = JSON.parse(data.textContent);
  const chosen = [document.getElementById("before"), document.getElementById("after")];
  const table = document.getElementById("compared");
  const digits = (x) => x < 9.995 ? x.toFixed(2) : x < 99.95 ? x.toFixed(1) : x.toFixed(0);
  const time = (s) => s >= 0.9995 ? digits(s) + " s" : s >= 0.9995e-3 ? digits(s * 1e3) + " ms"
    : digits(s * 1e6) + " us";
  // Can samples of these sizes be significantly different at 1%? See stats_compare().
  function enough(n, m) {
    let ways = 1;
    for (let i = 1; i <= n; i++) ways *= (m + i) / i;
    return 2 / ways < 0.01;
  }
  const count = (n) => n + (n === 1 ? " case" : " cases");
  function cell(row, text, name, tag) {
    const made = row.appendChild(document.createElement(tag || "td"));
    made.textContent = text;
    if (name) made.className = name;
    if (tag) made.scope = "row";
  }
  function show() {
    const [a, b] = chosen.map((select) => campaigns[select.value].cases);
    const both = Object.keys(a).filter((name) => name in b);
    table.tBodies[0].replaceChildren(...both.map((name) => {
      const row = document.createElement("tr"), before = a[name], after = b[name];
      // The widest ratio that the two intervals allow; they are independent.
      const low = after[1] / before[2], high = after[2] / before[1];
      cell(row, name, "", "th");
      cell(row, time(before[0]), "right");
      cell(row, time(after[0]), "right");
      cell(row, (after[0] / before[0]).toFixed(3), "right");
      const coverage = 100 * before[4] * after[4];
      cell(row, coverage === 0 ? "–"
        : "[" + low.toFixed(3) + ", " + high.toFixed(3) + "] (" + coverage.toFixed(1) + "%)");
      const sure = enough(before[3], after[3]);
      const outcome = coverage >= 95 && low > 1 / 1.01 && high < 1.01 ? "equivalent"
        : high < 1 && sure ? "faster" : low > 1 && sure ? "slower" : "undecided";
      cell(row, outcome === "undecided" && !sure ? "undecided: too few runs" : outcome,
        outcome === "faster" || outcome === "slower" ? outcome : "");
      return row;
    }));
    for (const heading of table.querySelectorAll("th[aria-sort]")) heading.removeAttribute("aria-sort");
    table.hidden = both.length === 0;
    const alone = [Object.keys(a).length, Object.keys(b).length].map((n) => n - both.length);
    document.getElementById("said").textContent = (both.length ? count(both.length) + " in both"
      : "They have no case in common") + "; " + count(alone[0]) + " only before, "
      + count(alone[1]) + " only after.";
  }
  for (const select of chosen) select.addEventListener("change", show);
  if (campaigns.length) show();
})();
