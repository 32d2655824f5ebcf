/* What a teacher would say of a campaign, in three lines: who won and by how much, why, and where
 * that stops being so. */
#ifndef WAITBENCH_SUMMARY_H
#define WAITBENCH_SUMMARY_H

#include <stdio.h>

#include "bench/judge/judge.h"

/* Three lines to `out`, or one where there is nothing to compare. */
void summary_print(const struct judgement *judgement, FILE *out);

#endif
