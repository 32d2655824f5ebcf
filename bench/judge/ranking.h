/* Drivers held against each other at one place of a campaign: the same workload, shape, number in
 * flight and backlog. Who is first, who is last, who cannot be told from whom, and what these two
 * do elsewhere. */
#ifndef WAITBENCH_RANKING_H
#define WAITBENCH_RANKING_H

#include "judge.h"

/* Two medians nearer than this are the same for whoever chooses between two models. */
#define RANKING_NEARLY 0.05

/* How far two cases are apart, as far as the runs can show it. SEEMS: so few runs could not make it
 * CLEAR, however different they are. */
enum gap { GAP_NONE, GAP_SEEMS, GAP_CLEAR };

struct ranking {
    const struct judgement *judgement;
    const struct case_summary **cases; /* of the place, the fastest first; two at least */
    size_t count;
    const struct case_summary *first, *last;
    struct stats_comparison comparison; /* of last over first */
};

/* Where the most is to be seen: the first shape and backlog, at the largest C that two drivers have
 * a figure for. False where there is no such place; else ranking_release() it. */
bool ranking_hold(const struct judgement *judgement, struct ranking *out);
void ranking_release(struct ranking *ranking);

enum gap ranking_gap(const struct stats_comparison *comparison);

/* All the same but the driver. */
bool ranking_same_place(const struct case_summary *a, const struct case_summary *b);

/* Those between the first and the last that these runs do not tell from the first, into `out` (room
 * for as many as the contest has). Returns how many. */
size_t ranking_ties(const struct ranking *ranking, const struct case_summary **out);

/* One request after another, or NULL where that was not measured; `*comparison` gets its times per
 * request over the first's. */
const struct case_summary *ranking_serial(const struct ranking *ranking,
                                          struct stats_comparison *comparison);

/* The two at another C or backlog, all else being the same; false where one has no figure there. */
struct ranking_pair {
    const struct case_summary *first, *last;
    struct stats_comparison comparison;
};
bool ranking_elsewhere(const struct ranking *ranking, unsigned concurrency, int backlog,
                       struct ranking_pair *out);

/* What the two do at the other numbers in flight: each the largest C of its kind, 0 where there is
 * none. */
struct ranking_range {
    size_t places;
    unsigned same_up_to; /* nearly the same here and at each smaller C */
    unsigned told;       /* the first is faster, and told apart */
    unsigned turned;     /* the last is */
    unsigned not_told;
};
struct ranking_range ranking_range(const struct ranking *ranking);

#endif
