/* A folder for files that are needed for a while. */
#ifndef WAITBENCH_SCRATCH_H
#define WAITBENCH_SCRATCH_H

#include <stddef.h>

#include "lib/error.h"

/* Create an empty folder in $TMPDIR or /tmp, which only this user can enter. Returns 0, or -1 with
 * `path` "". */
int scratch_make(char *path, size_t size, struct error *error);

/* Remove it with everything in it. Does nothing for "". */
void scratch_remove(const char *path);

#endif
