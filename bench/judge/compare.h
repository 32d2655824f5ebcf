/* Two sides, case by case: which differ, and by how much. */
#ifndef WAITBENCH_COMPARE_H
#define WAITBENCH_COMPARE_H

#include "compare_read.h"
#include "bench/base/stats_compare.h"

enum compare_outcome {
    COMPARE_JUDGED,    /* stats.quality says how */
    COMPARE_INVALID,   /* a run of either side is INVALID: no ratio */
    COMPARE_NO_FIGURE, /* nothing was completed, or took no time, or was overloaded in half of the
                          runs */
    COMPARE_NO_PARTNER,
};

struct compare_row {
    const struct compare_case *a, *b; /* one is NULL for NO_PARTNER */
    enum compare_outcome outcome;
    /* Where JUDGED: medians in seconds of the runs' figures or, where some run did not make all of
     * its requests (a time box), of the makespan per completed request. */
    bool per_request;
    double a_median, b_median;
    struct stats_comparison stats; /* of b to a: a ratio above 1 says that b is slower */
};

struct comparison {
    const char *a_name, *b_name; /* in words: "A" and "B", or two drivers */
    bool paired;                 /* both sides are of one campaign: compared block by block */
    struct decision_rule rule;   /* of that campaign; of two campaigns it has a margin alone */
    unsigned fields;             /* that belong into a case's label: in which the cases differ */
    struct compare_row *rows;    /* a's cases in their order, then those that b alone has */
    size_t row_count;
    size_t count[COMPARE_NO_PARTNER + 1]; /* rows; the p of those JUDGED are corrected together */
    size_t judged[STATS_OUTCOMES];        /* of these */
    size_t too_few;                       /* of the undecided ones */
};

/* Match the cases of two sides by the fields that both tell, and judge each row, all of them
 * together by Holm's procedure. `paired`: the sides are parts of one campaign, whose blocks are
 * compared, by a's rule. A margin of 0 is that of the rule, or the usual one. `out` refers to the
 * sides from then on. */
void compare_sides(struct compare_side *a, const char *a_name, struct compare_side *b,
                   const char *b_name, bool paired, double margin, struct comparison *out);
void comparison_release(struct comparison *comparison);

/* That of either side. */
const struct bench_case *compare_row_case(const struct compare_row *row);

/* The part of a side that is one driver's, and does not tell that, so that two drivers' cases pair:
 * moves those cases out of `from`. -1 where there is none. */
int compare_split_driver(struct compare_side *from, const char *driver, struct compare_side *out,
                         struct error *error);

/* Is b slower by more than `limit` (0.05: 5%)? Only where the quality is "slower" and the ratio's
 * whole interval or range lies above 1 + limit. */
bool compare_slower_than(const struct compare_row *row, double limit);

#endif
