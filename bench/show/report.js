// Tables that sort: each heading becomes a button. Without JavaScript they stay as they were printed.
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
  // What has no value stands last, whichever way. A number stands before a text.
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
  // What does not scroll need not be stopped at by the keyboard. Asked only of what comes into sight.
  const watch = new IntersectionObserver((seen) => {
    for (const { target } of seen) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
  });
  for (const region of document.querySelectorAll(".scroll")) watch.observe(region);
  // Paper cannot be unfolded.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
})();
