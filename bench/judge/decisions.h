/* Which pairs of a campaign's cases are compared, and whether each is decided: one is faster, or
 * slower, or both are equivalent. A campaign with --until-decided goes on until all are. */
#ifndef WAITBENCH_DECISIONS_H
#define WAITBENCH_DECISIONS_H

#include "bench/base/stats_compare.h"
#include "bench/keep/store.h"

/* How the drivers of a campaign are compared. */
struct decision_rule {
    double margin;
    size_t anytime_pairs; /* of a campaign that ran until its pairs were decided; 0: of another */
};

static inline struct decision_rule decisions_rule(const struct campaign_info *campaign)
{
    return (struct decision_rule){campaign->margin, campaign->decided_pairs};
}

struct decision {
    size_t over, under;            /* places of the two cases in the campaign */
    bool invalid;                  /* a run of either is: no ratio, and more runs would not help */
    size_t blocks;                 /* that have both */
    struct stats_comparison stats; /* over ÷ under; without any block UNDECIDED */
};

/* All pairs of drivers that do the same task, and a control with the case that it repeats. Returns
 * how many; the caller frees them. */
size_t decisions_make(const struct bench_case *cases, size_t n, struct decision **out);

/* The ratios of blocks, n >= 1, by that rule. Unless it is an anytime rule, the comparison is a
 * family of its own. */
struct stats_comparison decisions_compare(const struct decision_rule *rule, const double *ratios,
                                          size_t n);

static inline bool decision_is_undecided(const struct decision *decision)
{
    return decision->stats.outcome == STATS_UNDECIDED && !decision->invalid;
}

#endif
