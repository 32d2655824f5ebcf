#!/usr/bin/env python3
"""Do the links of Markdown and HTML files lead to a file, and to a heading or an id in it?

usage: check_links.py FILE|FOLDER...

Prints FILE: LINK for each that does not, and exits with 1 if there is any. Links to other hosts are not
followed."""
import pathlib
import re
import sys


def anchors(path):
    text = path.read_text()
    if path.suffix == ".html":
        return set(re.findall(r'\bid="([^"]+)"', text))
    found = set(re.findall(r'<a name="([^"]+)"', text))
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)|`", r"\1", heading).lower()
        found.add(re.sub(r"[^\w -]", "", words).replace(" ", "-"))
    return found


def links(path):
    text = path.read_text()
    if path.suffix == ".html":
        return re.findall(r'\b(?:href|src)="([^"]+)"', text)
    text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def leads_nowhere(path, link):
    if re.match(r"[a-z]+:", link):
        return False
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path
    if not target.exists():
        return True
    return bool(anchor) and target.is_file() and anchor not in anchors(target)


def main():
    files = []
    for name in map(pathlib.Path, sys.argv[1:]):
        files += [f for f in sorted(name.rglob("*")) if f.suffix in (".md", ".html")] if name.is_dir() else [name]
    wrong = [f"{file}: {link}" for file in files for link in links(file) if leads_nowhere(file, link)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    sys.exit(1 if wrong else 0)


main()
