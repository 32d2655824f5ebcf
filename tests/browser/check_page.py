#!/usr/bin/env python3
"""Look at a report in a real browser: Debian's chromium, headless, through chromedriver.

usage: check_page.py PAGE CHECK...

Prints a line for each check that went well; says what is wrong, and exits with 1, at the first that
did not. Only the standard library; no request may leave the page."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Browser:
    def __init__(self, folder, width=1280, dark=False, script=True):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        self.base = f"http://127.0.0.1:{port}"
        arguments = ARGUMENTS + [f"--user-data-dir={folder}/{port}", f"--window-size={width},900"]
        if dark:
            arguments.append("--blink-settings=preferredColorScheme=0")
        options = {"args": arguments, "binary": "/usr/bin/chromium"}
        if not script:
            options["prefs"] = {"profile.managed_default_content_settings.javascript": 2}
        wanted = {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}}
        for _ in range(100):
            try:
                self.base += "/session/" + self.ask("POST", "/session", wanted)["sessionId"]
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit("chromedriver does not start")

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"},
                                         method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, page):
        self.ask("POST", "/url", {"url": "file://" + os.path.abspath(page)})

    def run(self, script, *arguments):
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def log(self, kind):
        return self.ask("POST", "/se/log", {"type": kind})

    def close(self):
        try:
            self.ask("DELETE", "")
        except OSError:
            pass
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()


def expect(condition, what):
    if not condition:
        raise SystemExit(what)


def check_quiet(browser, page):
    """no console errors, and no request but for the page itself"""
    browser.open(page)
    for line in browser.log("browser"):
        expect(line["level"] not in ("SEVERE", "WARNING"), "console: " + line["message"])
    for line in browser.log("performance"):
        message = json.loads(line["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            own = url.startswith("chrome://")  # the browser's own first page
            expect(own or url.startswith(("file://", "data:")), "a request leaves the page: " + url)


def check_sound(browser, page):
    """ids are unique, links within the page lead somewhere, pictures have a label"""
    browser.open(page)
    wrong = browser.run("""
        const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
        const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
        const lost = [...document.querySelectorAll("a[href^='#']")].map((a) => a.hash.slice(1))
            .filter((id) => !document.getElementById(id));
        const bare = [...document.querySelectorAll("figure svg")]
            .filter((svg) => !svg.getAttribute("aria-label")).length;
        const headings = document.querySelectorAll("h1").length;
        return {twice, lost, bare, headings};""")
    expect(not wrong["twice"], f"ids twice: {wrong['twice'][:5]}")
    expect(not wrong["lost"], f"links to nowhere: {wrong['lost'][:5]}")
    expect(not wrong["bare"], f"{wrong['bare']} pictures without a label")
    expect(wrong["headings"] == 1, f"{wrong['headings']} main headings")


SORTED = """
    const units = {ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1};
    const table = [...document.querySelectorAll("table.sorts")].find((t) =>
        [...t.querySelectorAll("th")].some((th) => th.textContent === "makespan"));
    const headings = [...table.querySelectorAll("th")];
    const column = headings.findIndex((th) => th.textContent === "makespan");
    const button = headings[column].querySelector("button");
    for (let i = 0; i < arguments[0]; i++) button.click();
    const values = [...table.tBodies[0].rows].map((row) => row.cells[column].textContent)
        .map((text) => /^([0-9.]+) (\\w+)/.exec(text)).filter((m) => m)
        .map((m) => parseFloat(m[1]) * units[m[2]]);
    return {values, sort: headings[column].getAttribute("aria-sort"),
            focusable: button.tabIndex >= 0};"""


def check_sorts(browser, page):
    """tables sort by a figure and its unit, up and down, and say so"""
    for clicks, way in ((1, "ascending"), (2, "descending")):
        browser.open(page)
        found = browser.run(SORTED, clicks)
        wanted = sorted(found["values"], reverse=way == "descending")
        expect(len(found["values"]) > 1, "there is nothing to sort")
        expect(found["values"] == wanted, f"not {way}: {found['values']}")
        expect(found["sort"] == way, f"aria-sort is {found['sort']}")
        expect(found["focusable"], "the keyboard does not reach the heading")


def check_fits(browser, page):
    """the page itself does not scroll sideways"""
    browser.open(page)
    wide = browser.run("return document.documentElement.scrollWidth - window.innerWidth")
    expect(wide <= 0, f"{wide} px too wide")


def check_contrast(browser, page):
    """text stands out from the page, at least 4.5 to 1 (WCAG 2.1, 1.4.3)"""
    browser.open(page)
    ratios = browser.run("""
        const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const light = (rgb) => { const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number).map(channel);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const paper = light(getComputedStyle(document.body).backgroundColor);
        return ["body", "a", ".soft", "figcaption", "th"].map((name) => {
            const element = document.querySelector(name);
            if (!element) return [name, 21];
            const ink = light(getComputedStyle(element).color);
            return [name, (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)]; });""")
    for name, ratio in ratios:
        expect(ratio >= 4.5, f"{name}: {ratio:.1f} to 1")


def check_opens(browser, page):
    """it opens; how fast is told"""
    browser.open(page)
    took = browser.run("const t = performance.getEntriesByType('navigation')[0];"
                       "return t.loadEventEnd - t.startTime;")
    print(f"  opened in {took:.0f} ms, {os.path.getsize(page) / 1e6:.2f} MB")


def check_compares(browser, page):
    """any two campaigns are compared, case by case"""
    browser.open(page)
    found = browser.run("""
        const [before, after] = ["before", "after"].map((id) => document.getElementById(id));
        after.value = before.value;
        after.dispatchEvent(new Event("change"));
        return [...document.getElementById("compared").tBodies[0].rows]
            .map((row) => [...row.cells].map((cell) => cell.textContent));""")
    expect(found, "no case was compared")
    for row in found:
        expect(row[3] == "1.000" and row[5] == "not to be told apart", f"not the same as itself: {row}")


CHECKS = {
    "quiet": (check_quiet, {}),
    "sound": (check_sound, {}),
    "sorts": (check_sorts, {}),
    "wide": (check_fits, {}),
    "phone": (check_fits, {"width": 500}),
    "light": (check_contrast, {}),
    "dark": (check_contrast, {"dark": True}),
    "opens": (check_opens, {}),
    "compares": (check_compares, {}),
}


def main(page, names):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        opened = {}
        try:
            for name in names:
                check, settings = CHECKS[name]
                key = json.dumps(settings)
                if key not in opened:
                    opened[key] = Browser(folder, **settings)
                check(opened[key], page)
                print(f"{name}: {check.__doc__}")
        finally:
            for browser in opened.values():
                browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
