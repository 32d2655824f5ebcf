// Any two campaigns side by side: the ratio of the medians of every case that both have.
"use strict";
(function () {
  const campaigns = JSON.parse(document.getElementById("campaigns").textContent);
  const chosen = [document.getElementById("before"), document.getElementById("after")];
  const table = document.getElementById("compared");
  const digits = (x) => x < 9.995 ? x.toFixed(2) : x < 99.95 ? x.toFixed(1) : x.toFixed(0);
  const time = (s) => s >= 0.9995 ? digits(s) + " s" : s >= 0.9995e-3 ? digits(s * 1e3) + " ms"
    : digits(s * 1e6) + " us";
  // Could any values of so many runs pass a rank test at 1%? See stats_compare().
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
      // The widest ratio that the two intervals allow: cautious, and needs no drawing of lots.
      const low = after[1] / before[2], high = after[2] / before[1];
      cell(row, name, "", "th");
      cell(row, time(before[0]), "right");
      cell(row, time(after[0]), "right");
      cell(row, (after[0] / before[0]).toFixed(3), "right");
      cell(row, "[" + low.toFixed(3) + ", " + high.toFixed(3) + "]");
      const faster = high < 1, slower = low > 1, sure = enough(before[3], after[3]);
      cell(row, slower || faster ? (slower ? "slower" : "faster") + (sure ? "" : "? too few runs")
        : "not to be told apart", !sure ? "" : slower ? "DOES" : faster ? "HOLDS" : "");
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
