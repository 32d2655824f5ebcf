/* A campaign's figures in the words of the talk. */
#ifndef WAITBENCH_TABLE_TALK_H
#define WAITBENCH_TABLE_TALK_H

#include "grid.h"
#include "bench/judge/judge.h"

/* "5 runs of threadpool(256) in 2.3s: 0.452 sec per run", from the mean of the best three. Of `fib`
 * under the talk's names, "fibs" and "fibp", and ours after them; with the talk's own figures. */
void table_print_talk(const struct judgement *judgement, enum grid_style style, FILE *out);

#endif
