/* Pages for man(1), made from the tables of options. */
#ifndef WAITBENCH_MANUAL_PAGE_H
#define WAITBENCH_MANUAL_PAGE_H

#include "lib/error.h"

/* Write waitbench.1, a page for each command, and randintd.1 into `folder`; `date` is theirs,
 * "2026-11-26". Returns 0 or -1. */
int pages_write(const char *folder, const char *date, struct error *error);

#endif
