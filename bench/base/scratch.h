/* A folder for what a run writes and nobody keeps. */
#ifndef WAITBENCH_SCRATCH_H
#define WAITBENCH_SCRATCH_H

#include <stddef.h>

#include "lib/error.h"

/* Make an empty one in $TMPDIR, or /tmp; its path into `path`. Returns 0 or -1. */
int scratch_make(char *path, size_t size, struct error *error);

/* Remove it with everything in it. Nothing to do for "". */
void scratch_remove(const char *path);

#endif
