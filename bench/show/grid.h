/* A table of text, for the terminal, as Markdown or for a page. Cells may hold UTF-8. */
#ifndef WAITBENCH_GRID_H
#define WAITBENCH_GRID_H

#include <stddef.h>
#include <stdio.h>

enum grid_style { GRID_TERMINAL, GRID_MARKDOWN, GRID_HTML };
enum grid_align { GRID_LEFT, GRID_RIGHT };

struct grid_column {
    const char *title;
    enum grid_align align;
};

struct grid;

struct grid *grid_make(const struct grid_column *columns, size_t n);
void grid_free(struct grid *grid);

/* What the table is about, for who hears a page instead of seeing it. */
void grid_name(struct grid *grid, const char *name);

/* Fill the next cell, row by row. */
void grid_cell(struct grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Columns whose cells are all empty are left out. In a page, the first column that is not names the
 * row, and one without a title is for the eye only. */
void grid_print(const struct grid *grid, enum grid_style style, FILE *out);

/* A bar of `width` cells filled to `share` (0 to 1), in eighths; `buffer` holds 3*width+1. */
char *grid_bar(double share, size_t width, char *buffer);

#endif
