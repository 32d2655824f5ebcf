/* A table of text: plain, fitted to a terminal, as Markdown or for a page. Cells may hold UTF-8. */
#ifndef WAITBENCH_GRID_H
#define WAITBENCH_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum grid_style { GRID_TEXT, GRID_SCREEN, GRID_MARKDOWN, GRID_HTML };

/* How a column is laid out; the rest counts for GRID_SCREEN alone, where not every column has room.
 */
enum {
    GRID_LEFT = 0,
    GRID_RIGHT = 1,
    GRID_NONZERO = 2, /* is shown where a cell holds something other than 0 or "–" */
    GRID_WRAP = 4,    /* long cells go on in the next line */
    GRID_KEY = 8,     /* tells rows apart: while its cells differ, it is not dropped */
};

/* GRID_LEFT | GRID_DROP(1) is the first to go where the table is too wide, GRID_DROP(9) the last. A
 * column without such a rank stays. */
#define GRID_DROP(rank) ((unsigned)(rank) << 4)
#define GRID_RANK(how)  ((how) >> 4)

struct grid_column {
    const char *title;
    unsigned how;
};

struct grid;

struct grid *grid_make(const struct grid_column *columns, size_t n);
void grid_free(struct grid *grid);

/* What the table is about, for who hears a page instead of seeing it. */
void grid_name(struct grid *grid, const char *name);

/* Fill the next cell, row by row. */
void grid_cell(struct grid *grid, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A column stays in this grid, whatever its rank. */
void grid_keep(struct grid *grid, size_t column);

bool grid_is_empty(const struct grid *grid);

/* Columns whose cells are all empty are left out. GRID_SCREEN is as wide as standard output's
 * terminal. In a page, the first column that is not names the row, and one without a title is for
 * the eye only. */
void grid_print(const struct grid *grid, enum grid_style style, FILE *out);

/* As GRID_SCREEN in so many columns: what does not count is left out, titles are abbreviated and
 * explained at their first use, columns dropped by their rank, and cells wrapped. */
void grid_print_within(const struct grid *grid, size_t width, FILE *out);

/* A bar of `width` cells filled to `share` (0 to 1), in eighths; `buffer` holds 3*width+1. */
char *grid_bar(double share, size_t width, char *buffer);

#endif
