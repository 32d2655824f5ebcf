/* Points of gnuplot's pictures, for a page. */
#ifndef WAITBENCH_SVG_POINT_H
#define WAITBENCH_SVG_POINT_H

#include <stdbool.h>

enum { SVG_POINT_BYTES = 512 };

/* gnuplot writes a point as <use> of a symbol that is defined once, often by way of other uses, and
 * a browser makes a tree of its own for each: with thousands of them that is a fifth of what it
 * takes to open a page. If the element `use` of `picture` is such a point, write the symbol itself
 * into `point`, where it stands and in its colour. Returns false for anything else. */
bool svg_point(const char *picture, const char *use, char point[SVG_POINT_BYTES]);

#endif
