/* The drivers at one point of a campaign, ranked: with the same workload, arrivals, number in
 * flight or rate, and backlog. Which is first, which is last, which do not differ significantly,
 * and how the first and last compare elsewhere. Closed arrivals are ranked by the makespan, open
 * ones by the p99 of latency. */
#ifndef WAITBENCH_RANKING_H
#define WAITBENCH_RANKING_H

#include "judge.h"

/* A difference of medians below this share does not matter for the choice of a model. */
#define RANKING_NEGLIGIBLE 0.05

/* How much two cases differ, as far as the runs can show. UNCERTAIN: they seem to differ, but there
 * are too few runs for a significant difference. */
enum ranking_difference { DIFFERENCE_NONE, DIFFERENCE_UNCERTAIN, DIFFERENCE_CLEAR };

struct ranking {
    const struct judgement *judgement;
    bool open;                         /* its arrivals are */
    const struct case_summary **cases; /* of the point, fastest first; at least two */
    size_t count;
    const struct case_summary *first, *last;
    struct stats_comparison comparison; /* last ÷ first */
};

/* All comparisons of a ranking are paired by block, and corrected for the number of pairs of
 * drivers at the point, since which pair is looked at depends on the figures of all; or, in a
 * campaign that ran until its pairs were decided, for all of these. */

/* Rank the drivers at the most instructive point: the first arrivals and backlog, at the largest C
 * for which two drivers have a figure. Returns false if there is no such point; otherwise call
 * ranking_release(). */
bool ranking_make(const struct judgement *judgement, struct ranking *out);

/* The same of open arrivals, at the highest rate for which two drivers have a latency. */
bool ranking_make_open(const struct judgement *judgement, struct ranking *out);
void ranking_release(struct ranking *ranking);

/* Runs that a case needs, so that a comparison can be significant. */
size_t ranking_runs_needed(const struct ranking *ranking);

enum ranking_difference ranking_difference(const struct stats_comparison *comparison);

/* Do they differ in the driver only? */
bool ranking_same_place(const struct case_summary *a, const struct case_summary *b);

/* The cases that do not differ from the first as far as the runs can show, and are EQUIVALENT to it
 * or UNDECIDED, into `out` (room for all cases of the ranking). Returns how many. */
size_t ranking_ties(const struct ranking *ranking, enum stats_outcome outcome,
                    const struct case_summary **out);

/* The sequential case, or NULL if there is none; `*comparison` gets its time per request ÷ that of
 * the first. */
const struct case_summary *ranking_serial(const struct ranking *ranking,
                                          struct stats_comparison *comparison);

/* First and last at another C or backlog, all else being equal. Returns false if one has no figure
 * there. */
struct ranking_pair {
    const struct case_summary *first, *last;
    struct stats_comparison comparison;
};
bool ranking_elsewhere(const struct ranking *ranking, unsigned concurrency, int backlog,
                       struct ranking_pair *out);

/* First and last at other numbers in flight: for each outcome the largest C, 0 if there is none. */
struct ranking_range {
    size_t places;
    unsigned same_up_to;   /* negligible difference here and at each smaller C */
    unsigned first_faster; /* the first is faster */
    unsigned last_faster;  /* the last is faster */
    unsigned not_significant;
};
struct ranking_range ranking_range(const struct ranking *ranking);

#endif
