#!/usr/bin/env python3
"""Does new output hold what golden output holds? Prints each difference and exits with 1 if there is one.

    same.py GOLDEN NEW      two folders; every file of GOLDEN has to be in NEW

A table (a CSV file, or one in a Markdown file) is the same if each of its columns is there by its name,
and its rows have the same values in those columns. Further columns, and another order of rows or of
columns, are no difference. Columns without a name are drawings of the others' figures, and left out. So
are the columns of intervals and of what follows from them, and the ratios of two drivers: these changed
on purpose (renames.sed).
All else in a Markdown file is sentences: for each, a line of the new file has to hold its figures.
"""
import csv
import re
import sys
from collections import Counter
from itertools import chain
from pathlib import Path


INTERVALS = {"95% interval", "p", "in words", "low_s", "high_s", "per_request_low_s", "per_request_high_s"}


class Table:
    def __init__(self, title, columns, rows):
        self.title = title
        self.columns = columns
        self.rows = rows

    def project(self, columns):
        places = [self.columns.index(column) for column in columns]
        return [tuple(row[place] for place in places) for row in self.rows]

    def ragged(self):
        named = [column for column in self.columns if column]
        return len(set(named)) < len(named) or any(len(row) != len(self.columns) for row in self.rows)


def figures(line):
    """Its words that hold a digit, and how often."""
    return Counter(word.strip('.,;:()[]"\'`') for word in line.split() if re.search(r"\d", word))


def nearest(row, rows):
    return max(rows, key=lambda other: sum(a == b for a, b in zip(row, other)))


def row_differences(columns, lost, spare):
    for row in lost:
        if not spare:
            yield f"no row {', '.join(row)}"
            continue
        other = nearest(row, spare)
        spare.remove(other)
        changes = [f"{column} was '{a}' and is '{b}'" for column, a, b in zip(columns, row, other) if a != b]
        yield f"row {', '.join(row[:6])} …: {'; '.join(changes)}"
    for row in spare:
        yield f"one row more: {', '.join(row)}"


def table_differences(old, new):
    """Those of columns, of the title's figures, and of rows: a list for each."""
    if new.ragged():
        return ["two columns have the same name, or a row has not one value for each column"], [], []
    changed = INTERVALS if "A" in old.columns else INTERVALS | {"ratio"}
    columns = [column for column in old.columns if column and column not in changed]
    absent = [f"no column '{column}'" for column in columns if column not in new.columns]
    if absent:
        return absent, [], []
    untitled = [f"its title is '{new.title}'"] if figures(old.title) - figures(new.title) else []
    before, now = Counter(old.project(columns)), Counter(new.project(columns))
    lost, more = (before - now).elements(), (now - before).elements()
    return [], untitled, list(row_differences(columns, list(lost), list(more)))


def value(text):
    """A field of a CSV file. The last of a figure's 15 digits differ from one SQLite to another."""
    return f"{float(text):.12g}" if re.fullmatch(r"-?\d+\.\d+(e[-+]\d+)?", text) else text


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        columns, *rows = csv.reader(file)
    return Table("", columns, [[value(field) for field in row] for row in rows])


def cells(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def read_markdown(path):
    """Its tables, each with the heading above it, and its other lines."""
    tables, lines, title, table = [], [], "", None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            table = None
            lines.append(line)
            title = line if line.startswith("#") else title
        elif table is None:
            table = Table(title, cells(line), [])
            tables.append(table)
        elif not re.fullmatch(r"[-:| ]+", line):
            table.rows.append(cells(line))
    return tables, lines


def markdown_differences(old_path, new_path):
    old_tables, old_lines = read_markdown(old_path)
    new_tables, new_lines = read_markdown(new_path)
    for old in old_tables:
        name = f"table '{old.title}' of {', '.join(old.columns)}"
        if not new_tables:
            yield f"{name}: it is gone"
            continue
        # The one that is most like it: its columns count first, then its title, then its rows.
        differences, best = min(((table_differences(old, new), new) for new in new_tables),
                                key=lambda pair: [len(kind) for kind in pair[0]])
        for difference in chain(*differences):
            yield f"{name}: {difference}"
        if not any(differences):
            new_tables.remove(best)
    known = [figures(line) for line in new_lines]
    for line in old_lines:
        if not any(figures(line) <= new for new in known):
            yield f"no line holds the figures of: {line}"


def differences_of(old, new):
    if not new.exists():
        yield "it is not there"
    elif old.suffix == ".csv":
        yield from chain(*table_differences(read_csv(old), read_csv(new)))
    else:
        yield from markdown_differences(old, new)


def main(golden, now):
    bad = False
    files = sorted(path for path in golden.rglob("*") if path.is_file())
    if not files:
        sys.exit(f"{golden} holds no files")
    for old in files:
        name = old.relative_to(golden)
        for difference in differences_of(old, now / name):
            print(f"{name}: {difference}")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
