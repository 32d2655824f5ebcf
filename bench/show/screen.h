/* What a command prints: on a terminal it fits the width, tables with the columns that matter and
 * long lines wrapped; anywhere else, and with --all, everything as it is. */
#ifndef WAITBENCH_SCREEN_H
#define WAITBENCH_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "grid.h"

struct screen {
    FILE *out; /* to print to */
    enum grid_style style;
    FILE *to;
    size_t width;
    char *line; /* what was printed of the line that is not ended yet */
    size_t used;
};

/* `to` is standard output or standard error. The struct has to stay where it is until it is closed.
 */
void screen_open(struct screen *screen, FILE *to, bool all);
void screen_close(struct screen *screen);

#endif
