/* A driver in the race to its limits: what it tries next, and what its runs have shown so far. It
 * runs nothing itself. */
#ifndef WAITBENCH_CANDIDATE_H
#define WAITBENCH_CANDIDATE_H

#include "ramp.h"
#include "bench/judge/limits_judge.h"

/* What holds for all of them. */
struct candidate_rules {
    unsigned from, max;   /* the first C and the last */
    double share;         /* of the ideal: a step at less does not hold */
    double memory_share;  /* of the memory available: a step that would take more is not made */
    unsigned repetitions; /* runs of a step. One that seems too slow gets up to three: one slow run
                           * may be the machine's fault, two of three are not */
};

struct candidate {
    const struct driver *driver;
    const struct candidate_rules *rules;
    bool over;
    struct ramp ramp;
    struct limits_row row;
    struct bench_case c;             /* of the step under way; id 0 before it is kept */
    struct limits_result *qualities; /* of the runs of that step */
    size_t runs;
    /* Of the last run, to foretell the next from: C, time, and memory taken at the most. */
    unsigned last_c;
    nsec_t last_time;
    int64_t last_memory;
};

/* `c` is what the cases of all have in common. A driver that cannot run is over at once. */
void candidate_init(struct candidate *candidate, const struct driver *driver,
                    const struct bench_case *c, const struct candidate_rules *rules);
void candidate_release(struct candidate *candidate);

/* Set contender->c for its next run. False where there is none: it is over, and its row says why.
 * `memory` is what is available (-1: nobody says), `part` its part of the time left. */
bool candidate_next(struct candidate *candidate, int64_t memory, nsec_t part);

/* A run of contender->c came out so; it took so much time in all, and memory (0: not known). */
void candidate_take(struct candidate *candidate, const struct limits_result *quality, nsec_t time,
                    int64_t memory);

/* Its way ends here, for a reason of others. */
void candidate_stop(struct candidate *candidate, enum limits_end end);

#endif
