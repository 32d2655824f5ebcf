// The controls of all pictures: which drivers, server models and backlogs they show, and whether the axes of a picture are
// logarithmic or linear. Both are in the URL's fragment: #hidden=driver:libev,backlog:100&axes=talk:logarithmic.
"use strict";
(function () {
  const { view, pictures } = window.waitbench;
  const bar = document.getElementById("controls");
  const boxes = bar ? Array.from(bar.querySelectorAll("input[type=checkbox]")) : [];
  // A name on the page and the same in a picture, where neither commas nor quotes can be.
  const plain = (name) => name.replace(/[\s\u00a0,?"'\u2019\u201d]+/g, " ").trim();
  const key = (box) => box.name + ":" + plain(box.value);
  let hidden = new Set();

  function apply(picture) {
    const hides = (name) => Object.entries(pictures.owners(picture.view, name))
      .some(([kind, owner]) => hidden.has(kind + ":" + plain(owner)));
    picture.hides = hides;
    for (const [name, elements] of picture.view.owned) {
      const display = hides(name) ? "none" : "";
      for (const element of elements) element.style.display = display;
    }
  }

  // The rows of tables that begin with a driver's name.
  function applyToTables() {
    for (const row of document.querySelectorAll("table.sorts tbody tr")) {
      const name = row.querySelector("th")?.textContent || "";
      row.classList.toggle("hidden", hidden.has("driver:" + plain(name)));
    }
  }

  // Of pictures that are bitmaps nothing can be hidden.
  function said() {
    const bitmaps = Array.from(document.querySelectorAll("figure .scroll > img[src^='data:image/png']"),
      (image) => image.alt.split(".")[0]);
    return hidden.size === 0 ? "" : ": " + hidden.size + " hidden"
      + (bitmaps.length ? ", except in bitmaps (" + bitmaps.join(", ") + ")" : "");
  }

  function applyToAll() {
    pictures.hide();
    pictures.all.forEach(apply);
    applyToTables();
    bar.querySelector("summary span").textContent = said();
  }

  function changed() {
    hidden = new Set(boxes.filter((box) => !box.checked).map(key));
    view.set("hidden", Array.from(hidden, encodeURIComponent).join(","));
    applyToAll();
  }

  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return ""; }
  };

  function restoreHidden(value) {
    const wanted = new Set((value || "").split(",").map(decode));
    for (const box of boxes) box.checked = !wanted.has(key(box));
    hidden = new Set(boxes.filter((box) => !box.checked).map(key)); // others are nothing of this page
    applyToAll();
  }

  function setAll(kind, checked) {
    for (const box of boxes) if (box.name === kind) box.checked = checked;
    changed();
  }

  // ---- axes ----

  const kinds = ["logarithmic", "linear"];
  const kind = (picture) => picture.view.names.told.find((word) => kinds.includes(word));
  const wantedAxes = () => new Map((view.get("axes") || "").split(",").map((pair) => pair.split(":")));

  async function setAxes(picture, wanted) {
    if (!kinds.includes(wanted) || wanted === kind(picture)) return;
    pictures.hide();
    await pictures.other(picture);
    picture.axes.checked = kind(picture) === "logarithmic";
  }

  function storeAxes(picture) {
    const axes = wantedAxes();
    axes.delete("");
    if (picture.view === picture.views[0]) axes.delete(picture.name);
    else axes.set(picture.name, kind(picture));
    view.set("axes", Array.from(axes, (pair) => pair.join(":")).join(","));
  }

  function addAxes(picture) {
    const label = document.createElement("label"), box = document.createElement("input");
    label.className = "axes";
    box.type = "checkbox";
    box.checked = kind(picture) === "logarithmic";
    box.addEventListener("change", async () => {
      await setAxes(picture, box.checked ? "logarithmic" : "linear");
      storeAxes(picture);
    });
    label.append(box, " logarithmic axis");
    picture.axes = box;
    picture.figure.querySelector("figcaption").before(label);
    setAxes(picture, wantedAxes().get(picture.name));
  }

  pictures.changed = apply;
  pictures.begun = (picture) => { if (picture.other && kind(picture)) addAxes(picture); };
  view.watch("axes", () => {
    for (const picture of pictures.all)
      if (picture.axes) setAxes(picture, wantedAxes().get(picture.name) || kinds.find((each) =>
        picture.views[0].names.told.includes(each)));
  });
  if (!bar) return;
  for (const box of boxes) box.addEventListener("change", changed);
  for (const button of bar.querySelectorAll("button"))
    button.addEventListener("click", () => setAll(button.name, button.value === "all"));
  view.watch("hidden", restoreHidden);
  restoreHidden(view.get("hidden"));
})();
