/* A temporary folder for files of a run. */
#ifndef WAITBENCH_SCRATCH_H
#define WAITBENCH_SCRATCH_H

#include <stddef.h>

#include "lib/error.h"

/* Create an empty one in $TMPDIR, or /tmp, and write its path into `path`. Returns 0 or -1. */
int scratch_make(char *path, size_t size, struct error *error);

/* Remove it with everything in it. Does nothing for "". */
void scratch_remove(const char *path);

#endif
