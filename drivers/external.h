/* The drivers that are external programs: those of programs/, and exec:PATH. */
#ifndef WAITBENCH_EXTERNAL_H
#define WAITBENCH_EXTERNAL_H

#include "driver.h"

/* The driver of the program at PATH for the name "exec:PATH", created at the first call and kept.
 * NULL if this cannot be a driver's name. */
const struct driver *external_find(const char *name);

#endif
