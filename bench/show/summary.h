/* A campaign in three lines: the result of comparing its drivers where most requests are in flight,
 * what explains it, and where it ceases to hold. */
#ifndef WAITBENCH_SUMMARY_H
#define WAITBENCH_SUMMARY_H

#include <stdio.h>

#include "bench/judge/judge.h"

/* "Result: ", "Explanation: " and "Limits: ", a line each; one other line where no two drivers can
 * be compared. */
void summary_print(const struct judgement *judgement, FILE *out);

#endif
