#!/usr/bin/env python3
"""Look at a page in a real browser: Debian's chromium, headless, through chromedriver.

usage: check_page.py PAGE CHECK...
       check_page.py PAGE shot:FILE.png[:WIDTH[:dark]] ...

Prints a line for each check that went well; says what is wrong, and exits with 1, at the first that
did not. A shot is for eyes. Only the standard library is used, and no request may leave the page."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--hide-scrollbars"]
DESK, PHONE = 1280, 390
ENTER = "\ue007"
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}


class Browser:
    """A page in a browser of its own, as a WebDriver session (https://www.w3.org/TR/webdriver2/)."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        self.base = f"http://127.0.0.1:{port}"
        wanted = {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": ARGUMENTS + [f"--user-data-dir={folder}/profile"],
                                   "binary": "/usr/bin/chromium"},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}}
        for _ in range(200):
            try:
                self.base += "/session/" + self.call("POST", "/session", wanted)["sessionId"]
                return
            except urllib.error.HTTPError as error:
                self.close()
                raise SystemExit("chromium does not start: " + error.read().decode()[:300]) from error
            except OSError:
                time.sleep(0.1)
        self.close()
        raise SystemExit("chromedriver does not start")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"},
                                         method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["value"]

    def tools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, page, width=DESK, dark=False, script=True, fragment=""):
        self.tools("Emulation.setDeviceMetricsOverride", width=width, height=900,
                   deviceScaleFactor=1, mobile=width < 600)
        self.tools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.tools("Emulation.setScriptExecutionDisabled", value=not script)
        if fragment:  # of the page that is open already it would be all that changes
            self.call("POST", "/url", {"url": "about:blank"})
        self.call("POST", "/url", {"url": "file://" + os.path.abspath(page) + fragment})
        if script:
            wait_for(self, "return window.waitbench?.pictures ? window.waitbench.pictures.waiting() : 0;", 0, "pictures to come")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def lay_out(self):
        """Also what is out of view."""
        self.run("document.head.insertAdjacentHTML('beforeend',"
                 "'<style>figure { content-visibility: visible !important }</style>')")

    def find(self, script):
        """The element that a script returns, for click() and press()."""
        return "/element/" + list(self.run(script).values())[0]

    def click(self, element):
        self.call("POST", element + "/click", {})

    def press(self, element, key):
        self.call("POST", element + "/value", {"text": key})

    def log(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def close(self):
        try:
            self.call("DELETE", "")
        except OSError:
            pass
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()


def expect(condition, what):
    if not condition:
        raise SystemExit(what)


def wait_for(browser, script, wanted, what):
    """what a script returns when it is what is wanted: a busy browser may take a while for it"""
    for _ in range(100):
        found = browser.run(script)
        if found == wanted:
            return
        time.sleep(0.05)
    raise SystemExit(f"{what}: {found}, not {wanted}")


def check_quiet(browser, page):
    """no console errors, and no request but for the page itself"""
    browser.call("POST", "/url", {"url": "about:blank"})  # the browser's own first page is gone
    browser.log("browser")
    browser.log("performance")
    browser.open(page)
    for line in browser.log("browser"):
        expect(line["level"] not in ("SEVERE", "WARNING"), "console: " + line["message"])
    requested = []
    for line in browser.log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            requested.append(message["params"]["request"]["url"])
    expect("file://" + os.path.abspath(page) in requested, f"the page was not requested: {requested}")
    for url in requested:
        expect(url == "file://" + os.path.abspath(page) or url.startswith("data:"),
               "a request leaves the page: " + url)


SOUND = """
    const all = (selector) => [...document.querySelectorAll(selector)];
    const ids = all("[id]").map((e) => e.id);
    const known = new Set(ids);
    const lost = all("[href^='#']").map((e) => e.getAttribute("href").slice(1))
        .concat(all("use").map((e) => (e.getAttribute("xlink:href") || "#").slice(1)))
        .concat(all("[aria-labelledby]").map((e) => e.getAttribute("aria-labelledby")))
        .filter((id) => id && !known.has(id));
    const levels = all("h1, h2, h3, h4").map((e) => +e.tagName[1]);
    return {
        "ids twice": ids.filter((id, i) => ids.indexOf(id) !== i),
        "links to nowhere": lost,
        "pictures without a label": all("figure img, .picture").filter((e) => !(e.alt || e.ariaLabel))
            .map((e) => e.closest("figure").id),
        "pictures that do not load": all("figure img").filter((e) => !e.naturalWidth)
            .map((e) => e.closest("figure").id),
        "regions without a name": all("[role=region]").filter((e) => !e.ariaLabel).map((e) => e.className),
        "fields without a label": all("select, input").filter((e) => !e.labels.length).map((e) => e.id),
        "headings that skip a level": levels.filter((level, i) => level > (levels[i - 1] || 0) + 1),
        "tables without headings": all("table.sorts").filter((e) => !e.querySelector("th[scope=col]")
            || e.querySelector("tbody tr:not(:has(th[scope=row]))")).map((e) => e.textContent.slice(0, 40)),
        "not one main heading": levels.filter((level) => level === 1).length === 1 ? [] : levels,
        "no language": document.documentElement.lang ? [] : ["html"],
        "strange elements": all("img:not(figure img[src^='data:image/']), svg:not(.picture svg), iframe, object, embed,"
            + "link[rel=stylesheet], script[src], form")
            .map((e) => e.tagName),
    };"""


def check_sound(browser, page):
    """ids are unique, links lead somewhere, pictures, regions and fields have names, headings steps"""
    browser.open(page)
    for what, found in browser.run(SOUND).items():
        expect(not found, f"{what}: {found[:5]}")


BUTTON = """return [...document.querySelectorAll("table.sorts")].filter((t) => t.tBodies[0].rows.length > 1)
    .flatMap((t) => [...t.querySelectorAll("th button")]).find((b) => b.textContent === "makespan");"""
FILL = """
    const heading = (() => { %s })().closest("th");
    [...heading.closest("table").tBodies[0].rows].forEach((row, i) =>
        row.cells[heading.cellIndex].textContent = arguments[0][i %% arguments[0].length]);""" % BUTTON
COLUMN = """
    const heading = (() => { %s })().closest("th");
    return {sort: heading.getAttribute("aria-sort"),
        sorted: heading.closest("table").querySelectorAll("th[aria-sort]").length,
        texts: [...heading.closest("table").tBodies[0].rows]
            .map((row) => row.cells[heading.cellIndex].textContent)};""" % BUTTON
TIMES = ["30.0 ms", "no figure", "7.00 us", "100 ns", "2.00 s"]
UPWARDS = ["100 ns", "7.00 us", "30.0 ms", "2.00 s"]


def sorted_column(browser, way):
    """the column when it says that it is sorted so, which a busy browser may take a while for"""
    for _ in range(50):
        found = browser.run(COLUMN)
        if found["sort"] == way:
            break
        time.sleep(0.1)
    return found


def check_sorts(browser, page):
    """tables sort by a figure and its unit, both ways, by mouse and by keyboard, and say so"""
    for act in (browser.click, lambda button: browser.press(button, ENTER)):
        browser.open(page)
        browser.run(FILL, TIMES)
        rows = len(browser.run(COLUMN)["texts"])
        expect(rows >= len(TIMES), f"{rows} rows are too few to see it")
        for way in ("ascending", "descending", "ascending"):
            act(browser.find(BUTTON))
            found = sorted_column(browser, way)
            texts = list(dict.fromkeys(found["texts"]))  # each once, in its order
            # What has no figure is last, either way.
            wanted = (UPWARDS if way == "ascending" else UPWARDS[::-1]) + ["no figure"]
            expect(texts == wanted, f"not {way}: {found['texts']}")
            expect(found["sort"] == way, f"aria-sort is {found['sort']}, not {way}")
            expect(found["sorted"] == 1, "more than one column says that it is sorted by")


WIDE = """
    const inside = (e) => e.closest(".scroll");
    const width = arguments[0];  // a phone's innerWidth grows with what is too wide
    return {page: document.documentElement.scrollWidth - width,
        out: [...document.body.querySelectorAll("*")].filter((e) => !inside(e)
            && !e.classList.contains("skip") && e.getBoundingClientRect().right > width + 1)
            .map((e) => e.tagName + "." + e.className)};"""


def fits(browser, page, width):
    browser.open(page, width=width)
    found = browser.run(WIDE, width)
    expect(found["page"] <= 0, f"{found['page']} px too wide at {width}: {found['out'][:5]}")
    expect(not found["out"], f"beyond {width} px: {found['out'][:5]}")


def check_fits(browser, page):
    """nothing but its scrolling regions is wider than a desk's window"""
    fits(browser, page, DESK)


def check_phone(browser, page):
    """nothing but its scrolling regions is wider than a phone"""
    fits(browser, page, PHONE)


# Ink against what lies behind it, for everything that has text of its own. A picture's colours go
# through its filter first: invert(0.91), then hue-rotate(180deg) as Filter Effects 1 defines it.
CONTRAST = """
    const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number);
        return {rgb: n.slice(0, 3).map((c) => c / 255), alpha: n.length > 3 ? n[3] : 1}; };
    const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = (rgb) => { const [r, g, b] = rgb.map(linear);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const filtered = (rgb) => { const [r, g, b] = rgb.map((c) => 0.91 - 0.82 * c);
        return [-0.574 * r + 1.43 * g + 0.144 * b, 0.426 * r + 0.43 * g + 0.144 * b,
            0.426 * r + 1.43 * g - 0.856 * b].map((c) => Math.min(1, Math.max(0, c))); };
    function behind(element) {
        for (let e = element; e; e = e.parentElement) {
            const paper = parse(getComputedStyle(e).backgroundColor);
            if (paper.alpha > 0) return paper.rgb;
        }
        return [1, 1, 1];
    }
    const found = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
        const style = getComputedStyle(element);
        if (!own || element.closest("script, style, noscript, defs, option") || !element.getClientRects().length)
            continue;
        const svg = element.closest("svg");
        let ink = parse(svg ? style.fill : style.color).rgb, paper = svg ? [1, 1, 1] : behind(element);
        if (svg && getComputedStyle(svg).filter !== "none")
            [ink, paper] = [ink, paper].map(filtered);
        const [a, b] = [light(ink), light(paper)];
        found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05),
            element.tagName + "." + (svg ? svg.closest("figure").id : element.className) + " " + element.textContent.slice(0, 40)]);
    }
    return [found.length, ...found.sort((x, y) => x[0] - y[0]).slice(0, 3)];"""


def stands_out(browser, page, dark):
    browser.open(page, dark=dark)
    browser.lay_out()
    scheme = browser.run("return getComputedStyle(document.body).backgroundColor")
    expect((scheme == "rgb(255, 255, 255)") != dark, f"the paper is {scheme}")
    filters = browser.run("return [...document.querySelectorAll('figure img, .picture svg')]"
                          ".map((image) => getComputedStyle(image).filter)")
    expected = "invert(0.91) hue-rotate(180deg)" if dark else "none"
    expect(all(name == expected for name in filters), f"pictures are filtered by {filters[:2]}")
    count, *worst = browser.run(CONTRAST)
    expect(count > 20, f"{count} texts only")
    expect(worst[0][0] >= 4.5, "; ".join(f"{ratio:.1f} to 1: {name}" for ratio, name in worst))


def check_light(browser, page):
    """every text stands out from what is behind it, at least 4.5 to 1 (WCAG 2.2, 1.4.3)"""
    stands_out(browser, page, False)


def check_dark(browser, page):
    """the same in the dark scheme"""
    stands_out(browser, page, True)


def check_opens(browser, page):
    """the time that it takes to open is printed"""
    browser.open(page)
    took = browser.run("const t = performance.getEntriesByType('navigation')[0];"
                       "return t.loadEventEnd - t.startTime;")
    print(f"  opened in {took:.0f} ms, {os.path.getsize(page) / 1e6:.2f} MB")


VIEW = "return ['a', 'b', 'c', 'd'].map((name) => window.waitbench.view.get(name));"
HASH = "return location.hash;"


def check_view(browser, page):
    """the view is in the URL's fragment, whatever is in it; anchors work as ever"""
    view = "window.waitbench.view"
    browser.open(page, fragment="#a=1%262&b=%3Ci%3E&=3&c&d=%E0%A4%A")
    expect(browser.run(VIEW) == ["1&2", "<i>", None, None], f"read: {browser.run(VIEW)}")
    browser.run(f"window.seen = []; {view}.watch('c', (value) => window.seen.push(value));"
                f"{view}.set('c', 'x=y'); {view}.set('b', null)")
    wait_for(browser, HASH, "#a=1%262&c=x%3Dy", "the URL")
    browser.run("location.hash = '#main'")
    wait_for(browser, HASH, "#main", "an anchor")
    expect(browser.run(VIEW) == ["1&2", None, "x=y", None], f"after an anchor: {browser.run(VIEW)}")
    browser.run("location.hash = '#c=2'")
    wait_for(browser, "return window.seen;", ["2"], "watched")
    expect(browser.run(VIEW) == [None, None, "2", None], f"after a link: {browser.run(VIEW)}")
    before = browser.run("return history.length;")
    browser.run(f"{view}.set('c', null)")
    wait_for(browser, HASH, "", "the URL of no view")
    expect(browser.run("return history.length;") == before, "a view is an entry in the history")


# A point of a picture, in the window; with a run's number, if that is wanted.
POINT = """
    const picture = window.waitbench.pictures.all.find((each) => each.name === arguments[0]);
    const points = picture.view.points.filter((each) => !picture.hides(each.class));
    const at = points.find((each) => !!each.run === arguments[1]);
    const place = () => { const box = picture.view.svg.getBoundingClientRect(), scale = box.width / picture.view.size;
        return {x: box.left + at.x * scale, y: box.top + at.y * scale}; };
    scrollBy(0, place().y - innerHeight / 2);
    return {...place(), run: at.run, points: points.length,
        texts: points.filter((each) => Math.hypot(each.x - at.x, each.y - at.y) < 0.5).map((each) => each.text)};"""
TIP = """const tip = document.querySelector(".tip");
    return tip.hidden ? "" : tip.textContent.replace("\\nClick or Enter opens this run.", "");"""
FRAME = "return window.waitbench.pictures.all.find((each) => each.name === '%s').frame;"
RIGHT, END, ESCAPE = "\ue014", "\ue010", "\ue00c"


def point_at(browser, picture, run=False, click=False):
    """a point of a picture, with the mouse on it"""
    at = browser.run(POINT, picture, run)
    where = {"x": at["x"], "y": at["y"]}
    browser.tools("Input.dispatchMouseEvent", type="mouseMoved", **where)
    for kind in ("mousePressed", "mouseReleased") if click else ():
        browser.tools("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)
    return at


def check_points(browser, page):
    """a point that is hovered or focused says whose it is, its figure, its interval and its quality"""
    browser.open(page)
    browser.lay_out()
    for picture in browser.run("return window.waitbench.pictures.all.filter((p) => p.view.points.length).map((p) => p.name);"):
        at = point_at(browser, picture, run=picture == "runs")
        wait_for(browser, f"return {json.dumps(at['texts'])}.includes((() => {{ {TIP} }})());", True, f"hovered in {picture}")
    texts = point_at(browser, "talk")["texts"]
    said = r".+, C = \d+(, backlog \d+)?\ntime per request [0-9.]+ .?s, .*/s\n(one run|(range|interval) .* to .* runs|one of .*)\n(OK|NOISY)"
    expect(any(re.fullmatch(said, text) for text in texts), f"a case says {texts}")
    browser.tools("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
    wait_for(browser, TIP, "", "what is not hovered")
    frame = browser.find(FRAME % "talk")
    points = browser.run("return window.waitbench.pictures.all[0].view.points.map((p) => p.text);")
    browser.press(frame, RIGHT)
    wait_for(browser, TIP, points[1 % len(points)], "an arrow")
    browser.press(frame, END)
    wait_for(browser, TIP, points[-1], "End")
    browser.press(frame, ESCAPE)
    wait_for(browser, TIP, "", "Escape")


def check_opens_runs(browser, page):
    """a click or Enter on the dot of a run opens it"""
    browser.open(page)
    browser.lay_out()
    browser.run("window.opened = []; window.waitbench.openRun = (run) => { window.opened.push(run); };")
    at = point_at(browser, "runs", run=True, click=True)
    wait_for(browser, "return window.opened.map(String);", [at["run"]], "clicked")
    browser.press(browser.find(FRAME % "runs"), END + ENTER)
    last = browser.run("return window.waitbench.pictures.all.find((p) => p.name === 'runs').view.points.slice(-1)[0].run;")
    wait_for(browser, "return window.opened.map(String);", [at["run"], last], "Enter")


SHOWN = """
    const shown = {};
    for (const picture of window.waitbench.pictures.all)
        for (const [owner, elements] of picture.view.owned) {
            const {driver} = window.waitbench.pictures.owners(picture.view, owner);
            shown[driver] = (shown[driver] || 0) + elements.filter((e) => getComputedStyle(e).display !== "none").length;
        }
    return Object.keys(shown).filter((driver) => shown[driver]).sort();"""
ROWS = """return [...new Set([...document.querySelectorAll("table.sorts tbody tr")]
    .filter((row) => getComputedStyle(row).display !== "none").map((row) => row.querySelector("th").textContent))]"""
BOX = "return document.querySelector(\"#controls input[name=driver][value='%s']\");"


def check_toggles(browser, page):
    """a driver is hidden in all pictures and tables at once, and again by a link; nonsense in a link is ignored"""
    browser.open(page)
    browser.lay_out()
    all_drivers = browser.run(SHOWN)
    expect("libev" in all_drivers and len(all_drivers) > 1, f"drivers: {all_drivers}")
    rest = [name for name in all_drivers if name != "libev"]
    browser.run("document.getElementById('controls').open = true;")
    browser.click(browser.find(BOX % "libev"))
    wait_for(browser, SHOWN, rest, "without libev")
    expect("libev" not in browser.run(ROWS + ";"), "libev is in tables")
    wait_for(browser, HASH, "#hidden=driver%3Alibev".replace("%3A", "%253A"), "the URL")
    browser.open(page, fragment="#hidden=driver%253Alibev")
    browser.lay_out()
    wait_for(browser, SHOWN, rest, "a link")
    expect(not browser.run((BOX % "libev")[:-1] + ".checked;"), "its box is checked")
    browser.run("location.hash = '#hidden=driver%253Anosuch,%3Cb%3E,colour&axes=talk:upwards,nosuch:linear,'")
    wait_for(browser, SHOWN, all_drivers, "nonsense in a link")


KIND = """const picture = window.waitbench.pictures.all.find((each) => each.name === 'talk');
    return picture.view.names.told[0] + (picture.axes.checked ? " checked" : "");"""
TEXTS = "return window.waitbench.pictures.all.find((each) => each.name === 'talk').view.points.map((p) => p.text).sort();"


def check_axes(browser, page):
    """axes are linear or logarithmic, with the same figures; a link restores them"""
    browser.open(page)
    browser.lay_out()
    wait_for(browser, KIND, "linear", "at first")
    texts = browser.run(TEXTS)
    browser.click(browser.find("return document.querySelector('#picture-talk .axes input');"))
    wait_for(browser, KIND, "logarithmic checked", "a click")
    expect(texts and browser.run(TEXTS) == texts, "the other axis has other figures")
    wait_for(browser, HASH, "#axes=talk%3Alogarithmic", "the URL")
    browser.open(page, fragment="#axes=talk%3Alogarithmic")
    wait_for(browser, KIND, "logarithmic checked", "a link")
    browser.run("location.hash = '#hidden='")
    wait_for(browser, KIND, "linear", "another link")


def check_prints(browser, page):
    """on paper there are the pictures as they are shown, and no controls"""
    browser.open(page, dark=True)
    browser.lay_out()
    browser.tools("Emulation.setEmulatedMedia", media="print")
    found = browser.run("""return {controls: [...document.querySelectorAll(".controls, .axes, .tip, nav")]
            .filter((e) => getComputedStyle(e).display !== "none").map((e) => e.className),
        filters: [...document.querySelectorAll(".picture svg")].map((e) => getComputedStyle(e).filter)};""")
    browser.tools("Emulation.setEmulatedMedia", media="")
    expect(not found["controls"], f"printed: {found['controls']}")
    expect(found["filters"] and set(found["filters"]) == {"none"}, f"filters: {found['filters']}")


AXE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node_modules/axe-core/axe.min.js")
FINDINGS = """
    const done = arguments[0];
    axe.run(document, {resultTypes: ["violations"]}).then((found) => done(found.violations
        .filter((each) => ["serious", "critical"].includes(each.impact))
        .map((each) => each.id + ": " + each.help + ": " + each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", "))),
        (error) => done(["axe: " + error]));"""


def check_accessible(browser, page):
    """axe-core has no serious or critical finding, with the controls open, in light and dark, on a desk and a phone"""
    with open(AXE, encoding="utf-8") as source:
        axe = source.read()
    for options in ({}, {"dark": True, "width": PHONE}):
        browser.open(page, **options)
        browser.lay_out()
        browser.run("for (const folded of document.querySelectorAll('details')) folded.open = true;")
        browser.run(axe)
        found = browser.call("POST", "/execute/async", {"script": FINDINGS, "args": []})
        expect(not found, "\n".join(found))


PARTS = "table:not(#compared) tbody tr, figure img, .picture, h2, h3:not(dialog *), p:not(noscript *), li:not(.script), details"


def check_scriptless(browser, page):
    """without JavaScript everything is there, sorting aside"""
    browser.open(page)
    with_script = browser.run("return document.querySelectorAll(arguments[0]).length", PARTS)
    browser.open(page, script=False)
    root = browser.tools("DOM.getDocument", depth=0)["root"]["nodeId"]

    def find(selector):
        return browser.tools("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]

    expect(not find("th button"), "JavaScript ran")
    expect(len(find(PARTS)) == with_script, f"{len(find(PARTS))} parts, with it {with_script}")
    browser.open(page)


def check_escaped(browser, page):
    """names and values are text: none of them became an element, and none was run"""
    browser.open(page)
    expect(browser.run("return !window.hacked && !document.querySelector('hacked, [onhacked]')"),
           "a value of the store became part of the page")
    expect(browser.run("return document.body.textContent.includes('<hacked>')"),
           "the value is not on the page")


def check_unhacked(browser, page):
    """nothing that the page holds has run"""
    browser.open(page)
    browser.lay_out()
    expect(browser.run("return (document.images.length > 0 || document.querySelector('.picture')) && !window.hacked"),
           "a script has run")
    loaded = browser.run("return [...document.querySelectorAll('.picture *')].filter((e) => /^on|^style$/.test("
                         "[...e.attributes].map((a) => a.name).join('\\n'), 'm') || /^(script|image|a|foreignObject|style)$/.test("
                         "e.localName) || /^[^#]/.test(e.getAttribute('href') || '')).map((e) => e.outerHTML);")
    expect(not loaded, f"not of the list: {loaded}")
    browser.run("for (const picture of document.querySelectorAll('.picture[tabindex]')) picture.focus();"
                "for (const each of document.querySelectorAll('.picture *')) each.dispatchEvent(new MouseEvent('click', {bubbles: true}));")
    expect(browser.run("return !window.hacked && !document.querySelector('.tip *')"), "what a point says is not text")


COMPARE = """
    const choice = document.getElementById(arguments[0]);
    choice.selectedIndex = [...choice.options].findIndex((o) => o.text.endsWith(arguments[1]));
    choice.dispatchEvent(new Event("change"));
    return {said: document.getElementById("said").textContent,
        rows: [...document.getElementById("compared").tBodies[0].rows]
            .map((row) => [...row.cells].map((cell) => cell.textContent))};"""


def check_compares(browser, page):
    """any two campaigns are compared, case by case: 'one' with itself and with 'two'"""
    browser.open(page)
    browser.run(COMPARE, "before", "-one")
    found = browser.run(COMPARE, "after", "-one")
    expect(found["rows"], "no case was compared")
    for row in found["rows"]:
        expect(row[3] == "1.000" and row[5].split(":")[0] in ("equivalent", "undecided"),
               f"not the same as itself: {row}")
    found = browser.run(COMPARE, "after", "-two")
    names = [row[0] for row in found["rows"]]
    expect(names and all(" closed 8" in name or " burst 8" in name for name in names), f"compared: {names}")
    expect(found["said"] == f"{len(names)} cases in both; 5 cases only before, 0 cases only after.",
           f"said: {found['said']}")
    for _, before, after, ratio, _, _ in found["rows"]:
        number = [float(text.split()[0]) * SECONDS[text.split()[1]] for text in (before, after)]
        expect(abs(number[1] / number[0] / float(ratio) - 1) < 0.02, f"{before}, {after}: {ratio}")


def take_shot(browser, page, path, width=str(DESK), dark=""):
    browser.open(page, width=int(width), dark=bool(dark))
    browser.lay_out()
    size = browser.tools("Page.getLayoutMetrics")["cssContentSize"]
    shot = browser.tools("Page.captureScreenshot", captureBeyondViewport=True, clip={
        "x": 0, "y": 0, "width": int(width), "height": min(size["height"], 6000), "scale": 1})
    with open(path, "wb") as out:
        out.write(base64.b64decode(shot["data"]))


def main(page, names, checks):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            for name in names:
                if name.startswith("shot:"):
                    take_shot(browser, page, *name.split(":")[1:])
                    continue
                check = checks["check_" + name]
                check(browser, page)
                print(f"{name}: {check.__doc__}")
        finally:
            browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:], globals())
