// Tables that sort: each heading becomes a button. Without JavaScript they stay as they were printed.
"use strict";
(function () {
  const units = { ns: 1e-9, us: 1e-6, "µs": 1e-6, ms: 1e-3, s: 1, min: 60, B: 1, KiB: 1024,
    MiB: 1048576, GiB: 1073741824, "%": 0.01 };
  function key(cell) {
    const text = cell.textContent.trim();
    const match = /^\[?(-?[0-9.]+(?:e[+-]?[0-9]+)?)\s*([a-zµ%]*)/i.exec(text);
    return match ? parseFloat(match[1]) * (units[match[2]] || 1) : text;
  }
  function compare(a, b) {
    const numbers = typeof a === "number" && typeof b === "number";
    if (!numbers && typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return numbers ? a - b : a.localeCompare(b);
  }
  function sort(table, column, heading) {
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => [key(row.cells[column]), row]);
    rows.sort((a, b) => (down ? -1 : 1) * compare(a[0], b[0]));
    for (const [, row] of rows) body.append(row);
  }
  for (const table of document.querySelectorAll("table.sorts"))
    table.querySelectorAll("thead th").forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.title = "sort by " + heading.textContent;
      heading.replaceChildren(button);
      button.addEventListener("click", () => sort(table, column, heading));
    });
})();
