// The page's view in the URL's fragment, #name=value&name=value, percent-encoded: a link shows what its sender
// saw. A fragment without "=" is an ordinary anchor and leaves the view as it is. Values come from anybody who
// made a link: whoever gets one checks that it is one of its own.
"use strict";
(function () {
  const WRITE_AFTER_MS = 200; // browsers refuse to change the URL many times a second
  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return null; }
  };
  function parse(fragment) {
    const values = new Map();
    for (const pair of fragment.replace(/^#/, "").split("&")) {
      const at = pair.indexOf("=");
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)].map(decode);
      if (at > 0 && name !== null && value !== null) values.set(name, value);
    }
    return values;
  }
  let values = parse(location.hash), pending = 0;
  const watchers = [];
  function write() {
    pending = 0;
    const pairs = Array.from(values, (pair) => pair.map(encodeURIComponent).join("="));
    history.replaceState(null, "", pairs.length ? "#" + pairs.join("&") : location.pathname + location.search);
  }
  const waitbench = window.waitbench = window.waitbench || {};
  waitbench.view = {
    // The value of a name, a string; null where there is none.
    get: (name) => values.get(name) ?? null,
    // Show a value in the URL, without an entry in the history; null takes it away.
    set(name, value) {
      const text = value === null || value === "" ? null : String(value);
      if (text === this.get(name)) return;
      if (text === null) values.delete(name);
      else values.set(name, text);
      pending = pending || setTimeout(write, WRITE_AFTER_MS);
    },
    // Call `changed` with the value whenever the reader changes it in the URL, as by a link; set() calls nothing.
    watch(name, changed) { watchers.push([name, changed]); },
  };
  addEventListener("hashchange", () => {
    const after = parse(location.hash), before = values;
    if (after.size === 0 && location.hash.length > 1) return; // an anchor
    values = after;
    for (const [name, changed] of watchers)
      if (before.get(name) !== after.get(name)) changed(after.get(name) ?? null);
  });
})();
