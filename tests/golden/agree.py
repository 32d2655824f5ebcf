#!/usr/bin/env python3
"""Do a results folder's pictures say what its tables say? Prints each contradiction and exits with 1 if there is one.

    agree.py FOLDER     with tables.md, and talk.svg, makespan.svg, usage.svg, breakdown.svg and predicted.svg

The figures are those that are written in a picture: at the ends of lines, beside bars, over panels. They are looked
up in the table by driver, arrivals, backlog and C. Both are rounded to three digits."""
import re
import sys
from pathlib import Path

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1}
ROUNDED = 0.011     # of either half a percent
ARRIVALS = {"C at a time": "closed", "all at once": "burst"}


def seconds(text):
    value, unit = re.match(r"([0-9.]+) (ns|us|µs|ms|s)\b", text).groups()
    return float(value) * SECONDS[unit]


def tables(folder):
    """The rows of each table, as dictionaries, with its title's backlog where it has no such column."""
    rows, title, columns = [], "", None
    for line in (folder / "tables.md").read_text().splitlines():
        if line.startswith("## "):
            title, columns = line, None
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if columns is None:
                columns = cells
                continue
            row = dict(zip(columns, cells), title=title)
            backlog = re.search(r"backlog (\d+)", title)
            if backlog:
                row.setdefault("backlog", backlog.group(1))
            rows.append(row)
        elif not line.startswith("|"):
            columns = None
    return rows


def texts(folder, picture):
    svg = (folder / f"{picture}.svg").read_text()
    return [re.sub(r"<[^>]*>", "", text).strip() for text in re.findall(r"<text.*?</text>", svg, re.S)]


class Checked:
    def __init__(self):
        self.count, self.wrong = 0, []

    def same(self, where, shown, expected):
        self.count += 1
        if abs(shown - expected) > ROUNDED * abs(expected):
            self.wrong.append(f"{where}: the picture says {shown:g}, the table {expected:g}")

    def true(self, where, holds):
        self.count += 1
        if not holds:
            self.wrong.append(f"{where}: not so in the table")


def check_ends(folder, rows, picture, column, checked):
    """Names at the ends of lines: "libev  132 µs, 7.56k/s", "libev  1.15 s at 128 in 2 of 6"."""
    arrivals = backlog = None
    for text in texts(folder, picture):
        for words, name in ARRIVALS.items():
            if text.endswith(words):
                arrivals = name
        if text.startswith("backlog "):
            backlog = re.match(r"backlog (\d+)", text).group(1)
        end = re.match(r"(\S+)  ([0-9.]+ \S+?)(?:, ([0-9.]+)(k?)/s)?(?: at (\d+))?(?: in (\d+) of (\d+))?$", text)
        if not end or end.group(1) == "ideal":
            continue
        driver, figure, rate, thousands, _, in_mode, _ = end.groups()
        here = [row for row in rows if column in row and row["driver"] == driver and row["arrivals"] == arrivals
                and row["backlog"] == backlog and seconds_or_none(row[column])]
        row = max(here, key=lambda row: int(row["C"]))
        where = f"{picture}: {driver} {arrivals} {row['C']}, backlog {backlog}"
        if in_mode:
            checked.true(where, column != "makespan" or is_mode(folder, driver, arrivals, row["C"], backlog, figure, in_mode))
            continue
        checked.same(where, seconds(figure), seconds(row[column]))
        if rate:
            checked.same(where + ", rate", float(rate) * (1000 if thousands else 1), float(row["requests/s"]))


def seconds_or_none(text):
    return seconds(text) if re.match(r"[0-9.]+ (ns|us|ms|s)\b", text) else None


def is_mode(folder, driver, arrivals, c, backlog, figure, runs):
    """Do the caveats have it: "closed libev(1024), … backlog 100 (132 ms in 2 runs, 1.15 s in 4)"?"""
    case = rf"{arrivals} {re.escape(driver)}\({c}\)[^()]*backlog {backlog} \(([^)]*)\)"
    lines = [line for line in (folder / "tables.md").read_text().splitlines() if "two modes:" in line]
    said = [found for line in lines for found in re.findall(case, line)]
    return any(f"{figure.replace('µs', 'us')} in {runs}" in text for text in said)


def check_breakdown(folder, rows, checked):
    """The totals beside the bars: as a whole, as the picture has the drivers in another order."""
    of_table = [row for row in rows if "Latency breakdown" in row["title"]]
    phases = ("queue", "connect", "send", "accept", "overshoot", "back", "read")
    delay = re.search(r"server delay ([0-9.]+ \S+)[,:]", (folder / "tables.md").read_text())
    expected = sorted(sum(seconds_or_none(row[phase]) or 0 for phase in phases) + seconds(delay.group(1)) for row in of_table)
    figures = [seconds(text) for text in texts(folder, "breakdown") if re.fullmatch(r"[0-9.]+ (µs|ms|s)", text)]
    totals = sorted(figures[len(figures) - len(expected):])    # before them are the axis' tics
    for pair in zip(totals, expected):
        checked.same("breakdown: a total", *pair)


USAGE = {"client CPU time": "CPU/req", "server CPU time": "server CPU", "system calls": "syscalls/req", "peak threads": "threads"}


def check_usage(folder, rows, checked):
    """The ends of lines: of closed arrivals, the longest backlog and each driver's largest C."""
    column = None
    of_closed = [row for row in rows if "Resource usage" in row["title"] and row["arrivals"] == "closed"]
    for text in texts(folder, "usage"):
        end = re.match(r"(\S+)  ([0-9.]+(?: (?:ns|µs|ms|s))?)(?: at \d+)?$", text)
        if end and column:
            here = [row for row in of_closed if row["driver"] == end.group(1) and re.match(r"[0-9]", row[column])]
            row = max(here, key=lambda row: (int(row["backlog"]), int(row["C"])))
            shown, expected = end.group(2), row[column]
            of_time = seconds_or_none(expected) is not None
            checked.same(f"usage: {column} of {end.group(1)}", seconds(shown) if of_time else float(shown),
                         seconds(expected) if of_time else float(expected))
        elif text in USAGE or re.fullmatch(r"[a-z-]+( [a-zA-Z]+)+", text):
            column = USAGE.get(text, column if text in ("per request", "growth ÷ C") else None)


def check_predicted(folder, checked):
    said = re.search(r"Prediction: (\d+) of (\d+) cases .*by the ideal alone (\d+);", (folder / "tables.md").read_text())
    counts = [[int(n) for n in found] for text in texts(folder, "predicted")
              for found in re.findall(r"backlog \d+: (\d+) of (\d+) within", text)]
    predicted, ideal = counts[0::2], counts[1::2]
    checked.same("predicted: within", sum(n for n, _ in predicted), int(said.group(1)))
    checked.same("predicted: cases", sum(n for _, n in predicted), int(said.group(2)))
    checked.same("predicted: the ideal's", sum(n for n, _ in ideal), int(said.group(3)))


def main():
    folder = Path(sys.argv[1])
    rows, checked = tables(folder), Checked()
    check_ends(folder, rows, "talk", "time per request", checked)
    check_ends(folder, rows, "makespan", "makespan", checked)
    check_usage(folder, rows, checked)
    check_breakdown(folder, rows, checked)
    check_predicted(folder, checked)
    for line in checked.wrong:
        print(line)
    print(f"{checked.count} figures")
    return 1 if checked.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
