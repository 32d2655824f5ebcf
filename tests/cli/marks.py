#!/usr/bin/env python3
"""What the SVG of a picture holds for the page's script: marks.py FILE.svg prints "POINTS OWNERS", the number of points
and the names of drivers whose marks there are; every owner and every point is checked first."""

import re
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"


def main(path):
    with open(path, encoding="utf-8") as source:
        text = source.read()
    if re.search(r"rgb\( *24[12],|#F[12]0|showHypertext|onmouse", text):
        sys.exit("something is left of what gnuplot wrote")
    root = tree.fromstring(text)
    told = {n: ["".join(e.itertext()).strip() for e in root.iter(SVG + "g") if e.get("class") == f"told t{n}"] for n in range(1, 5)}
    owners, points = set(), 0
    for element in root.iter():
        name = element.get("class", "")
        owner = re.fullmatch(r"d(\d+) b(\d+) m(\d+)", name)
        if owner:
            places = [int(place) for place in owner.groups()]
            if any(place > len(told[n + 1]) for n, place in enumerate(places)) or places[0] == 0:
                sys.exit(f"{name} has no name: {told}")
            owners.add(told[1][places[0] - 1])
        if name == "point":
            points += 1
            title, mark = list(element)
            if "\n" not in title.text or not re.fullmatch(r"d\d+ b\d+ m\d+", mark.get("class")) or float(mark.get("cx")) < 0:
                sys.exit(f"a point says: {title.text}")
    print(points, " ".join(sorted(owners)))


main(sys.argv[1])
