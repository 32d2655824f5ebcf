/* When the answers of each case were there, as text. */
#ifndef WAITBENCH_TABLE_COMPLETION_H
#define WAITBENCH_TABLE_COMPLETION_H

#include "grid.h"
#include "bench/judge/judge.h"

/* A row per case: the first, half, 90% and the last of its answers. Nothing where no case has any.
 */
void table_print_completion(const struct judgement *judgement, enum grid_style style, FILE *out);

#endif
