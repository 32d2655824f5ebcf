/* The controls of a page's pictures: which drivers, server models and backlogs they show. */
#ifndef WAITBENCH_CONTROLS_H
#define WAITBENCH_CONTROLS_H

#include <stdio.h>

#include "bench/judge/judge.h"

/* A box for each driver, server model and backlog in `judgement`, where there are several of a
 * kind; nothing where there are none. Without JavaScript they are not shown: controls.js is what
 * they control. */
void controls_put(const struct judgement *judgement, FILE *out);

#endif
