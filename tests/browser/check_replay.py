#!/usr/bin/env python3
"""Look at a page's replay, as check_page.py does at the page.

usage: check_replay.py PAGE CHECK...

The page is that of tests/cli/replay.bats: its store, which lies one folder above it, is what the replay is compared
with."""

import os
import sqlite3
import sys
import time
import urllib.error

from check_page import ENTER, PHONE, WIDE, expect, main, wait_for

SPACE, LEFT, RIGHT, HOME, END, PAGE_DOWN, ESCAPE = \
    " ", "\ue012", "\ue014", "\ue011", "\ue010", "\ue00f", "\ue00c"
READY = "return document.querySelector('#replay-player').dataset.ready;"
STATE = """
    const text = (e) => e.textContent.replaceAll("\\u00ad", "");
    return [...document.querySelectorAll(".replay-track")].map((track) => ({
        name: text(track.querySelector("strong")), title: text(track.querySelector(".replay-title")),
        flight: text(track.querySelector(".replay-flight")),
        counts: Object.fromEntries([...track.querySelectorAll(".replay-zone")]
            .map((zone) => [text(zone.querySelector("span")), parseInt(zone.querySelector("b").textContent)]))}));"""
CLOCK = "return parseFloat(document.querySelector('.replay-clock').textContent) / 1e3;"
FRAMES = "return window.waitbench.replay.frames().count;"
PLAYING = "return document.querySelector('[aria-label^=Pause]') !== null;"
STAGE = "return document.getElementById('replay-stage');"
STEP_S = 2e-5  # of the times that the page has, and of the clock that it shows


def query(page, sql, values):
    with sqlite3.connect(f"file:{os.path.dirname(os.path.abspath(page))}/../waitbench.db?mode=ro", uri=True) as db:
        return db.execute(sql, values).fetchall()


def ready(browser, page, **options):
    browser.open(page, **options)
    wait_for(browser, READY, "yes", "the player")


def runs_of(browser):
    """what the page says of each run that it has"""
    return browser.run("return window.waitbench.recorded.runs.map((r) => ({...r, data: null, unpacked: null}));")


POINTS = """
    const { runs, requestsOf } = window.waitbench.recorded;
    window.found = null;
    Promise.all(runs.map(requestsOf)).then((all) => { window.found = all.map((r) =>
        [r.start, r.connected, r.received, r.responded, r.firstByte, r.end].map((points) => [...points])); });"""
FOUND = "return window.found !== null;"
STORED = """SELECT start_ns, connected_ns, received_ns, received_ns + delay_ns + overshoot_ns, first_byte_ns, end_ns
    FROM samples WHERE run_id = ? ORDER BY start_ns, request"""


def check_recorded(browser, page):
    """what is played is what was recorded: every time of every request, to the step"""
    ready(browser, page)
    runs = runs_of(browser)
    expect(any(run["every"] == 1 for run in runs) and any(run["every"] > 1 for run in runs), "all or none complete")
    browser.run(POINTS)
    wait_for(browser, FOUND, True, "unpacked")
    for run, found in zip(runs, browser.run("return window.found;")):
        rows = query(page, STORED, [run["id"]])
        expect(len(rows) == run["requests"], f"{len(rows)} requests are stored, {run['requests']} on the page")
        rows = rows[::run["every"]]
        expect(len(rows) == len(found[0]), f"{len(found[0])} of {len(rows)} requests")
        for i, row in enumerate(rows):
            for p, stored in enumerate(row):
                # The server's times are limited to between the client's, which may be some 100 us.
                near = run["unit"] if p in (0, 4, 5) else 1e6
                expect(abs(found[p][i] * 1e9 - stored) <= near, f"run {run['id']}: {found[p][i]} s, not {stored} ns")


def expected(page, name, seconds):
    """in flight, dropped and completed requests of the run that the page plays, at a time"""
    run, = [run for run in query(page, """SELECT id FROM (SELECT r.id, row_number() OVER (ORDER BY makespan_ns, r.id)
        AS place, count(*) OVER () AS n FROM runs r JOIN cases c USING (case_id) WHERE driver = ? AND
        concurrency = 8 AND arrivals = 'closed') WHERE place = (n + 1) / 2""", [name])]
    return query(page, """SELECT sum(start_ns <= :t AND end_ns > :t), sum(connected_ns - start_ns >= 1000000000
        AND start_ns <= :t AND connected_ns > :t), sum(end_ns <= :t) FROM samples WHERE run_id = :run""",
                 {"t": seconds * 1e9, "run": run[0]})[0]


# How many pixels of each track have the colour of dropped SYNs.
RED = """
    const probe = document.body.appendChild(document.createElement("canvas")).getContext("2d");
    probe.fillStyle = getComputedStyle(document.getElementById("replay-player")).getPropertyValue("--replay-2").trim();
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
    probe.canvas.remove();
    return [...document.querySelectorAll(".replay-track > canvas")].map((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let n = 0;
        for (let i = 0; i < data.length; i += 4) n += data[i] === r && data[i + 1] === g && data[i + 2] === b;
        return n; });"""


def check_counts(browser, page):
    """two drivers side by side; the numbers are those of the samples, the kernel's counters beside them"""
    ready(browser, page, fragment="#replay-time=0.7")
    tracks = browser.run(STATE)
    expect([track["name"] for track in tracks] == ["libev", "poll"], f"tracks: {tracks}")
    for track in tracks:
        flight, dropped, completed = expected(page, track["name"], 0.7)
        counts = track["counts"]
        expect((counts["SYN dropped"], counts["completed"]) == (dropped, completed), f"{counts}: {dropped}, {completed}")
        expect(track["flight"].startswith(f"in flight {flight}"), track["flight"])
        expect(sum(counts.values()) == dropped + completed, f"elsewhere: {counts}")
    expect(tracks[0]["counts"]["SYN dropped"] == 12 and "SYNs retransmitted so far 0" in tracks[0]["flight"],
           f"dropped: {tracks[0]}")
    red = browser.run(RED)
    expect(red[0] > 12 and red[1] == 0, f"pixels of dropped SYNs: {red}")
    for text in ("12 SYN retransmissions", "34 accept-queue overflows", "block ", "OK", "2031-05-06"):
        expect(text in tracks[0]["title"], f"no {text} in {tracks[0]['title']}")
    expect("SYN retransmissions not available" in tracks[1]["title"], tracks[1]["title"])
    browser.run("window.waitbench.recorded.runs.forEach((run) => { run.retransmissions = 0; });"
                "location.hash = '#replay-time=0.7&replay-c=4'")
    wait_for(browser, "return document.querySelector('.replay-title').textContent.includes('closed 4');", True, "C = 4")
    browser.run("location.hash = '#replay-time=0.7&replay-c=8'")
    wait_for(browser, "return document.querySelector('.replay-title').textContent.includes('closed 8');", True, "C = 8")
    counts = browser.run(STATE)[0]["counts"]
    expect(counts["connecting"] == 12 and "SYN dropped" not in counts, f"the kernel counted none: {counts}")
    ready(browser, page, fragment="#replay-time=99")
    wait_for(browser, "return document.querySelector('.replay-flight').textContent;",
             "in flight 0, SYNs retransmitted so far 12", "at the end")


def check_keyboard(browser, page):
    """plays, pauses, steps, jumps and changes speed by keyboard; screen readers hear of it when it is over"""
    ready(browser, page)
    browser.run("document.getElementById('replay-stage').focus()")
    stage = browser.find(STAGE)
    browser.press(stage, RIGHT)
    browser.press(stage, RIGHT)
    after = browser.run(CLOCK)
    expect(browser.run("return document.querySelector('.replay-happened').textContent").startswith("At this time: "),
           "a step without an event")
    browser.press(stage, RIGHT)
    expect(browser.run(CLOCK) >= after, "no step on")
    browser.press(stage, LEFT)
    expect(abs(browser.run(CLOCK) - after) < STEP_S, f"no step back: {browser.run(CLOCK)}, {after}")
    browser.press(stage, END)
    expect(all(track["counts"]["completed"] == 96 for track in browser.run(STATE)), "not the end")
    browser.press(stage, HOME)
    expect(browser.run(CLOCK) == 0, "not the start")
    browser.press(stage, PAGE_DOWN)
    expect(browser.run(CLOCK) > 0, "no jump")
    wait_for(browser, """const at = document.querySelector(".replay-clock").textContent.split(" of ")[0];
        const said = document.querySelector(".replay-said").textContent;
        return said.startsWith(at + ". libev: in flight ") || said;""", True, "said")
    said = "return document.querySelector('.replay-said').textContent;"
    before = browser.run(said)
    speed = "return document.getElementById('replay-speed').value;"
    browser.press(stage, "-")
    slower = browser.run(speed)
    browser.press(stage, "+")
    expect(float(slower) < float(browser.run(speed)), f"speed {slower}, {browser.run(speed)}")
    browser.press(stage, "-----")
    browser.press(stage, SPACE)
    wait_for(browser, "return window.waitbench.replay.frames().count > 3;", True, "frames")
    expect(browser.run(PLAYING), "does not play")
    expect(browser.run(said) == before, "says numbers while it plays")
    browser.press(stage, SPACE)
    expect(not browser.run(PLAYING), "does not pause")
    at = browser.run(CLOCK)
    expect("frames played: median" in browser.run("return document.querySelector('.replay-frames').textContent"),
           "no frames per second")
    browser.press(stage, "+++++++++" + SPACE)
    wait_for(browser, PLAYING, False, "the end of the replay")
    expect(browser.run(CLOCK) > at and browser.run(STATE)[0]["counts"]["completed"] == 96, "it did not play on")


CHOICES = """return [...document.querySelectorAll(".replay-controls select")].filter((e) => !e.parentElement.hidden)
    .map((e) => [e.id, e.value]).concat([...document.querySelectorAll(".replay-names input")]
    .map((e) => [e.value, e.checked]));"""


def choose(browser, name, value):
    browser.run("const list = document.getElementById(arguments[0]); list.value = arguments[1];"
                "list.dispatchEvent(new Event('change'));", name, value)


def check_choices(browser, page):
    """C and drivers are chosen among those measured, and a link restores the view, whatever is in it"""
    ready(browser, page, fragment="#replay-c=77&replay-names=%3Ci%3E,%E0%A4&replay-time=x&replay-setting=%3Ci%3E&run=0")
    found = dict(browser.run(CHOICES))
    expect(found["replay-c"] == "8" and found["libev"] and found["poll"], f"chosen: {found}")
    choose(browser, "replay-c", "4")
    wait_for(browser, "return document.querySelector('.replay-title').textContent.includes('closed 4');", True, "C = 4")
    browser.run("document.querySelector(\".replay-names input[value='libev']\").click()")
    wait_for(browser, "return document.querySelectorAll('.replay-track').length;", 1, "tracks")
    expect(browser.run(STATE)[0]["name"] == "poll", "the wrong driver went")
    browser.run("document.querySelector(\".replay-names input[value='poll']\").click()")
    expect(dict(browser.run(CHOICES))["poll"], "none is left")
    browser.run("document.getElementById('replay-stage').focus()")
    browser.press(browser.find(STAGE), END)
    wait_for(browser, "return /replay-c=4.*replay-time=0/.test(location.hash) || location.hash;", True, "the URL")
    link, clock = browser.run("return location.hash;"), browser.run(CLOCK)
    ready(browser, page, fragment=link)
    found = dict(browser.run(CHOICES))
    expect(found["replay-c"] == "4" and found["poll"] and not found["libev"], f"restored: {found}")
    wait_for(browser, CLOCK, clock, "the time")


def check_calm(browser, page):
    """who prefers reduced motion steps: nothing moves by itself"""
    browser.open(page)
    browser.tools("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    browser.call("POST", "/refresh", {})
    wait_for(browser, READY, "yes", "the player")
    browser.run("document.getElementById('replay-stage').focus()")
    browser.press(browser.find(STAGE), SPACE)
    at = browser.run(CLOCK)
    expect(at > 0, "the space does not step")
    expect(browser.run("return document.querySelector('[aria-label^=Play]').hidden"), "it offers to play")
    time.sleep(0.2)
    expect(browser.run(CLOCK) == at and browser.run(FRAMES) == 0, "it moves")


DIALOG = """
    const dialog = document.querySelector(".replay dialog"), canvas = dialog.querySelector("canvas");
    const drawn = canvas ? canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((b) => b) : false;
    return {open: dialog.open, text: dialog.textContent, drawn, phases: dialog.querySelectorAll(".run-phases b").length};"""


def check_run(browser, page):
    """a run opens with its waterfall and breakdown, by script, by its button and by a link; one that is not there says so"""
    ready(browser, page)
    runs = runs_of(browser)
    opened = "return document.querySelector('.replay dialog').dataset.ready ?? null;"
    for run in (min(runs, key=lambda one: one["every"]), max(runs, key=lambda one: one["every"])):
        expect(browser.run("return window.waitbench.openRun(arguments[0])", run["id"]), "it is not there")
        wait_for(browser, opened, str(run["id"]), "the run")
        found = browser.run(DIALOG)
        shown = f"one in {run['every']} of its 96 requests" if run["every"] > 1 else "all 96 requests"
        expect(found["open"] and found["drawn"] and found["phases"] == 8, f"{found}")
        expect(shown in found["text"] and run["of"]["label"] in found["text"], found["text"])
    wait_for(browser, "return location.hash;", f"#run={run['id']}", "the URL")
    browser.press(browser.find("return document.activeElement;"), ESCAPE)
    wait_for(browser, "return document.querySelector('.replay dialog').open;", False, "closed")
    # By keyboard: a page into which pictures come moves under a pointer.
    browser.press(browser.find("return document.querySelector('.replay-title button');"), ENTER)
    wait_for(browser, "return document.querySelector('.replay dialog').open;", True, "opened by its button")
    browser.run("document.querySelector('.replay dialog button').click()")
    expect(not browser.run("return window.waitbench.openRun(99999)"), "a run that is nowhere")
    text = browser.run(DIALOG)["text"]
    expect("build/waitbench export" in text and "--what trace" in text and "--run 99999" in text, f"no command: {text}")
    browser.open(page, fragment=f"#run={runs[0]['id']}", width=PHONE)
    wait_for(browser, opened, str(runs[0]["id"]), "the run of a link")
    expect(browser.run(WIDE, PHONE)["page"] <= 0, "too wide for a phone")


def check_absent(browser, page):
    """it is not printed, and without JavaScript it is not there"""
    shows = "return document.querySelector('.replay').getClientRects().length > 0;"
    ready(browser, page)
    expect(browser.run(shows), "it is not shown")
    browser.tools("Emulation.setEmulatedMedia", media="print")
    expect(not browser.run(shows), "it is printed")
    browser.tools("Emulation.setEmulatedMedia", media="")
    browser.open(page, script=False)
    root = browser.tools("DOM.getDocument", depth=0)["root"]["nodeId"]
    section = browser.tools("DOM.querySelector", nodeId=root, selector=".replay")["nodeId"]
    try:
        browser.tools("DOM.getBoxModel", nodeId=section)
        raise SystemExit("it is shown without JavaScript")
    except urllib.error.HTTPError:
        pass
    browser.open(page)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:], globals())
