/* Which run of a campaign a trace shows. */
#ifndef WAITBENCH_TRACE_CHOICE_H
#define WAITBENCH_TRACE_CHOICE_H

#include <stdbool.h>

#include "bench/keep/store.h"
#include "lib/options.h"

/* 0 or NULL: any. */
struct trace_choice {
    const char *driver, *server_model, *variant;
    enum arrivals arrivals;
    bool arrivals_given;
    unsigned concurrency, backlog, rate;
    int64_t run; /* its id */
    unsigned block;
    bool block_given; /* else the median run, by makespan */
};

bool trace_choice_is_empty(const struct trace_choice *choice);

/* The options for it. */
extern const struct option_row trace_choice_rows[];

struct trace_chosen {
    struct bench_case c;
    struct stored_run run;
    size_t runs;  /* of its case */
    size_t cases; /* to choose from, this one among them */
    bool is_median;
};

/* The median is that of the runs that are not INVALID, where there is one, and the lower of two.
 * Returns 0, or -1 with what there is to choose from. */
int trace_choose(struct store *store, const struct campaign_info *campaign,
                 const struct trace_choice *choice, struct trace_chosen *out, struct error *error);

/* Say which run it is, and how to choose another. */
void trace_tell_chosen(const struct trace_chosen *chosen, const struct campaign_info *campaign,
                       FILE *out);

#endif
