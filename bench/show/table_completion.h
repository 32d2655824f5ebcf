/* Responses completed over time, as text. */
#ifndef WAITBENCH_TABLE_COMPLETION_H
#define WAITBENCH_TABLE_COMPLETION_H

#include "grid.h"
#include "bench/judge/judge.h"

/* A row per case: its first response, half, 90% and the last. Nothing where no case has any.
 */
void table_print_completion(const struct judgement *judgement, enum grid_style style, FILE *out);

#endif
