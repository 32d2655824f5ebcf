// Any two campaigns side by side: the ratio of the medians of every case that both have.
"use strict";
(function () {
  const campaigns = JSON.parse(document.getElementById("campaigns").textContent);
  const chosen = [document.getElementById("before"), document.getElementById("after")];
  const result = document.getElementById("compared");
  if (!result) return;
  const time = (s) => s >= 1 ? s.toFixed(2) + " s" : s >= 1e-3 ? (s * 1e3).toPrecision(3) + " ms"
    : (s * 1e6).toPrecision(3) + " us";
  function cell(row, text, right) {
    const td = row.insertCell();
    td.textContent = text;
    if (right) td.className = "right";
  }
  function show() {
    const [a, b] = chosen.map((select) => campaigns[select.value]);
    const body = result.tBodies[0];
    body.replaceChildren();
    for (const [name, before] of Object.entries(a.cases)) {
      const after = b.cases[name];
      if (!after) continue;
      const row = body.insertRow();
      // The widest ratio that the two intervals allow: cautious, and needs no drawing of lots.
      const low = after[1] / before[2], high = after[2] / before[1];
      cell(row, name);
      cell(row, time(before[0]), true);
      cell(row, time(after[0]), true);
      cell(row, (after[0] / before[0]).toFixed(3), true);
      cell(row, "[" + low.toFixed(3) + ", " + high.toFixed(3) + "]");
      cell(row, low > 1 ? "slower" : high < 1 ? "faster" : "not to be told apart");
    }
    document.getElementById("none").hidden = body.rows.length > 0;
  }
  for (const select of chosen) select.addEventListener("change", show);
  show();
})();
