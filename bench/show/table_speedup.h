/* What more cores bring to work that a program does itself. */
#ifndef WAITBENCH_TABLE_SPEEDUP_H
#define WAITBENCH_TABLE_SPEEDUP_H

#include "grid.h"
#include "bench/judge/judge.h"

/* How a case compares with the same work done one after another. */
struct speedup {
    const struct case_summary *serial;
    struct stats_summary ratio; /* serial over this, block by block; above 1 is faster */
    unsigned cores;             /* that C jobs at once can have: the ideal speed-up */
    double busy;                /* cores that were at work, on average; or NAN */
};

/* Of a case with a figure: CPU time of the client over makespan, or NAN. */
double cores_at_work(const struct case_summary *s);

/* False where a case is no such work, or the same requests were not done one after another. */
bool speedup_find(const struct judgement *judgement, const struct case_summary *s,
                  struct speedup *out);

/* A row for every case that speedup_find() takes; nothing where there is none. */
void table_print_speedup(const struct judgement *judgement, enum grid_style style, FILE *out);

#endif
