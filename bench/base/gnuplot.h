/* gnuplot draws pictures and fits curves; it is an ordinary program, which may be missing. */
#ifndef WAITBENCH_GNUPLOT_H
#define WAITBENCH_GNUPLOT_H

#include <stddef.h>

#include "lib/error.h"

/* Its path in `buffer`. Returns 0, or -1 with the line that helps. */
int gnuplot_find(char *buffer, size_t size, struct error *error);

#endif
