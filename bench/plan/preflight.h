/* Before a campaign: will this machine let it run? What cannot work is an error, what may spoil
 * figures is a line of advice, both with the sysctl or ulimit that would help. */
#ifndef WAITBENCH_PREFLIGHT_H
#define WAITBENCH_PREFLIGHT_H

#include <stdio.h>

#include "plan.h"

/* Advice goes to `out`, a line each; `folder` is where results will be kept (NULL: nowhere).
 * Returns 0, or -1 where a case cannot work here. */
int preflight(const struct plan *plan, const char *folder, FILE *out, struct error *error);

/* Of these checks the one that no command can do without: a run that takes more memory than there
 * is ends whatever process the kernel chooses. */
int preflight_memory(const struct plan *plan, struct error *error);

#endif
