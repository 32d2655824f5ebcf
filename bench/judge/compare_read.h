/* What is compared: the runs of a campaign by case, from the store or from a file that
 * `waitbench export --what runs` wrote, here or on another machine. A campaign of the store is read
 * as its own export, so that there is one way in. */
#ifndef WAITBENCH_COMPARE_READ_H
#define WAITBENCH_COMPARE_READ_H

#include <stdio.h>

#include "decisions.h"

struct compare_run {
    unsigned block;
    /* Its makespan or, with open arrivals, its p99 latency. 0: it has none; INFINITY: it was
     * overloaded. */
    double figure_s;
    size_t completed;
};

struct compare_case {
    struct bench_case c;      /* of fields that are not told, the usual values */
    struct compare_run *runs; /* the valid ones */
    size_t run_count, invalid_count;
    char reasons[RUN_REASON_BYTES]; /* of the first INVALID run that has some */
};

struct compare_side {
    char name[STORE_ID_BYTES + 184]; /* the campaign's id or the file's path */
    char status[STORE_NAME_BYTES];   /* the campaign's; "" of a file, which does not tell */
    struct decision_rule rule;  /* the campaign's; of exports of earlier versions the usual one */
    unsigned told;              /* the fields of a case that it has columns for */
    struct compare_case *cases; /* sorted: cases that share a table lie together */
    size_t case_count;
};

/* `word` is a file's path or, where there is no such file, a campaign as store_find_campaign()
 * takes it (NULL: the latest) in the store of the folder `results`. Returns 0, or -1 with `error`
 * and nothing to release. */
int compare_open(const char *word, const char *results, struct compare_side *out,
                 struct error *error);

/* Read an export of runs, CSV or JSON lines; `name` is for errors and for `out`. Columns are taken
 * by name: further ones do not matter, a missing one that is needed is an error. So is an export
 * that was cut short: its last line has no end, or its `of_runs` announces more rows. Errors name
 * the line. Exports of earlier versions have other names for some columns, and lack others. */
int compare_read(FILE *in, const char *name, struct compare_side *out, struct error *error);

/* Take together cases that differ in none of these fields. */
void compare_side_merge(struct compare_side *side, unsigned fields);

void compare_side_release(struct compare_side *side);

#endif
