// Pictures that say what a point is. A picture is gnuplot's SVG in an image, in which nothing can be pointed at; here
// its elements are put into the page in its place. Only elements and attributes of a list are, whose values load
// and run nothing: what the file of a picture holds stays data. Without JavaScript the images stay.
//
// plots/marks.awk says whose an element is: class="d1 b2 m0", the places of its driver, backlog and server model in
// lists of names, which are hidden texts; and what a point is: <g class="point"><title>.
"use strict";
(function () {
  const SVG = "http://www.w3.org/2000/svg", XLINK = "http://www.w3.org/1999/xlink";
  const NEAR_PX = 18; // how near a pointer has to be
  const LISTS = ["driver", "backlog", "model", "told"];
  const OF_ALL = ["class", "fill", "stroke", "color", "opacity", "transform", "stroke-width", "stroke-linecap",
    "stroke-linejoin", "stroke-dasharray", "fill-opacity", "stroke-opacity"];
  const OF_ELEMENT = {
    svg: ["viewBox"], g: ["font-family", "font-size", "font-weight", "text-anchor", "shape-rendering"],
    path: ["d", "id"], use: ["x", "y", "href", "id"], text: ["x", "y"], tspan: ["x", "y", "dy"],
    rect: ["x", "y", "width", "height", "id"], circle: ["cx", "cy", "r", "id"], polygon: ["points"], defs: [],
  };
  const waitbench = window.waitbench = window.waitbench || {};
  const pictures = [];
  let made = 0;

  // ---- from an image to elements ----

  const decode = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

  function textOf(image) {
    const match = /^data:image\/svg\+xml;base64,(.*)$/.exec(image.src);
    return match ? new TextDecoder().decode(decode(match[1])) : "";
  }

  // What a template holds, compressed; nothing in a browser that cannot.
  async function unpacked(template) {
    try {
      const stream = new Blob([decode(template.content.textContent)]).stream().pipeThrough(new DecompressionStream("gzip"));
      return await new Response(stream).text();
    } catch { return ""; }
  }

  function parsed(text) {
    const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    return root.namespaceURI === SVG && root.localName === "svg" && root.viewBox.baseVal.width > 0 ? root : null;
  }

  function copyAttributes(from, to, prefix) {
    const allowed = OF_ALL.concat(OF_ELEMENT[from.localName]);
    for (const { localName, value } of from.attributes) {
      if (!allowed.includes(localName) || /url|[:<\\]/i.test(value)) continue;
      if (localName === "class" && !/^d\d+ b\d+ m\d+$/.test(value)) continue;
      if (localName === "id") to.setAttribute("id", prefix + value);
      else if (localName !== "href") to.setAttribute(localName, value);
      else if (/^#\w+$/.test(value)) to.setAttributeNS(XLINK, "href", "#" + prefix + value.slice(1));
    }
  }

  function point(from) {
    const mark = from.querySelector("circle"), run = from.getAttribute("data-run") || "";
    return { text: from.textContent.trim(), run: /^\d+$/.test(run) ? run : null, class: mark?.getAttribute("class") || "",
      x: +mark?.getAttribute("cx"), y: +mark?.getAttribute("cy") };
  }

  // The copy of an element and of what is in it. Texts that are told and points become data of the view instead.
  function copy(from, view) {
    if (from.namespaceURI !== SVG || !OF_ELEMENT[from.localName]) return null;
    const name = from.getAttribute("class") || "", told = /^told t([1-4])$/.exec(name);
    if (told) view.names[LISTS[told[1] - 1]].push(from.textContent.trim());
    else if (name === "point") view.points.push(point(from));
    if (told || name === "point") return null;
    const to = document.createElementNS(SVG, from.localName), inText = ["text", "tspan"].includes(from.localName);
    copyAttributes(from, to, view.prefix);
    for (const child of from.childNodes) {
      const made = child.nodeType === 3 && inText ? document.createTextNode(child.data)
        : child.nodeType === 1 ? copy(child, view) : null;
      if (made) to.append(made);
    }
    return to;
  }

  // What an SVG shows: its elements, its points, and whose they are. Null if it is none.
  function read(text) {
    const root = parsed(text);
    if (!root) return null;
    const view = { prefix: "p" + made++ + "-", points: [], owned: new Map(), names: {} };
    for (const list of LISTS) view.names[list] = [];
    view.svg = copy(root, view);
    view.size = root.viewBox.baseVal.width;
    for (const element of view.svg.querySelectorAll("[class]")) {
      const owner = element.getAttribute("class");
      if (!view.owned.has(owner)) view.owned.set(owner, []);
      view.owned.get(owner).push(element);
    }
    return view;
  }

  // The names behind a class, such as {driver: "libev", backlog: "100"}.
  function owners(view, name) {
    const places = (/^d(\d+) b(\d+) m(\d+)$/.exec(name) || []).slice(1), found = {};
    places.forEach((place, i) => { if (place > 0) found[LISTS[i]] = view.names[LISTS[i]][place - 1]; });
    return found;
  }

  // ---- the point that a reader points at ----

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);
  let current = null; // { picture, point }

  const visible = (picture) => picture.view.points.filter((each) => !picture.hides(each.class));

  // Where a point is on the page.
  function place(picture, at) {
    const box = picture.view.svg.getBoundingClientRect(), scale = box.width / picture.view.size;
    return [box.left + at.x * scale, box.top + at.y * scale];
  }

  function hide() {
    tip.hidden = true;
    current?.picture.ring.remove();
    current = null;
  }

  function show(picture, at) {
    if (current?.point === at) return;
    hide();
    current = { picture, point: at };
    picture.last = at;
    tip.textContent = at.text + (at.run && waitbench.openRun ? "\nClick or Enter opens this run." : "");
    tip.hidden = false;
    const [x, y] = place(picture, at), width = document.documentElement.clientWidth;
    tip.style.left = Math.max(4, Math.min(x + 14, width - tip.offsetWidth - 4)) + scrollX + "px";
    tip.style.top = (y > tip.offsetHeight + 20 ? y - tip.offsetHeight - 12 : y + 16) + scrollY + "px";
    picture.ring.setAttribute("cx", at.x);
    picture.ring.setAttribute("cy", at.y);
    picture.view.svg.append(picture.ring);
  }

  function nearest(picture, event) {
    let found = null, least = NEAR_PX;
    for (const at of visible(picture)) {
      const [x, y] = place(picture, at), far = Math.hypot(event.clientX - x, event.clientY - y);
      if (far < least || (far === least && at.run)) [found, least] = [at, far];
    }
    return found;
  }

  function open(at) {
    if (at?.run && waitbench.openRun) waitbench.openRun(Number(at.run));
  }

  // The next point to a side: the nearest one, of which being aside counts three times.
  function beside(picture, from, way) {
    let found = from, least = Infinity;
    for (const at of visible(picture)) {
      const up = way * (at.y - from.y), aside = Math.abs(at.x - from.x);
      if (up > 0.5 && up + 3 * aside < least) [found, least] = [at, up + 3 * aside];
    }
    return found;
  }

  function step(picture, key) {
    const all = visible(picture), at = all.indexOf(picture.last);
    if (!all.length) return null;
    if (key === "Home" || at < 0) return all[0];
    return { ArrowRight: all[(at + 1) % all.length], ArrowLeft: all[(at + all.length - 1) % all.length],
      ArrowDown: beside(picture, all[at], 1), ArrowUp: beside(picture, all[at], -1), End: all[all.length - 1] }[key];
  }

  function pressed(picture, event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") hide();
    if (event.key === "Enter") open(current?.point);
    const to = /^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key) ? step(picture, event.key) : null;
    if (!to) return;
    event.preventDefault();
    show(picture, to);
  }

  function listen(picture) {
    const frame = picture.frame;
    frame.addEventListener("pointermove", (event) => {
      const at = nearest(picture, event);
      if (at) show(picture, at);
      else if (!frame.matches(":focus-visible")) hide();
    });
    frame.addEventListener("pointerleave", hide);
    frame.addEventListener("click", (event) => {
      const at = nearest(picture, event);
      if (at) show(picture, at);
      open(at);
    });
    frame.addEventListener("focus", () => {
      const at = step(picture, "Current");
      if (at && frame.matches(":focus-visible")) show(picture, at);
    });
    frame.addEventListener("blur", hide);
    frame.addEventListener("keydown", (event) => pressed(picture, event));
  }

  // ---- a picture in place of an image ----

  function put(picture, view) {
    picture.view = view;
    picture.frame.replaceChildren(view.svg);
    waitbench.pictures.changed(picture);
  }

  async function begin(figure) {
    const image = figure.querySelector(".scroll > img"), drawn = figure.querySelector("template.drawn");
    const view = image && read(drawn ? await unpacked(drawn) : textOf(image));
    if (!view) return;
    const frame = document.createElement("div");
    frame.className = "picture";
    frame.setAttribute("role", view.points.length ? "application" : "img");
    frame.setAttribute("aria-label", image.alt + (view.points.length ? " Arrow keys move among its points." : ""));
    if (view.points.length) frame.tabIndex = 0;
    const ring = document.createElementNS(SVG, "circle");
    ring.setAttribute("class", "ring");
    ring.setAttribute("r", "9");
    const picture = { name: figure.id.replace("picture-", ""), figure, frame, ring, last: null, hides: () => false,
      views: [view], other: figure.querySelector("template.other") };
    pictures.push(picture);
    image.replaceWith(frame);
    put(picture, view);
    if (view.points.length) listen(picture);
    waitbench.pictures.begun(picture);
  }

  // Each when the browser has nothing else to do, so that the page opens as fast as without.
  const left = Array.from(document.querySelectorAll("figure"));
  const later = window.requestIdleCallback || ((work) => setTimeout(work, 1));
  function work() {
    if (!left.length) return;
    begin(left[0]).finally(() => { left.shift(); later(work); });
  }
  addEventListener("load", () => later(work));

  // For the controls: all pictures, whose an element is, and another view of one. `begun` and `changed` are theirs.
  waitbench.pictures = { all: pictures, owners, hide, begun() {}, changed() {}, waiting: () => left.length,
    async other(picture) {
      if (!picture.views[1]) picture.views[1] = read(await unpacked(picture.other));
      if (picture.views[1]) put(picture, picture.views[picture.view === picture.views[0] ? 1 : 0]);
    } };
})();
