/* A driver in a search for its limit: its next step, and the results so far. It runs nothing
 * itself. */
#ifndef WAITBENCH_CANDIDATE_H
#define WAITBENCH_CANDIDATE_H

#include "bench/judge/limits_judge.h"

/* ---- its steps ---- */

/* The steps to a driver's largest concurrency: they double C, or triple it, until one fails, then
 * halve the interval up to RAMP_REFINEMENTS times. Arithmetic only: the caller decides whether a
 * step passes.
 */
enum { RAMP_REFINEMENTS = 3 };

struct ramp {
    unsigned from, max;   /* the first step, and the highest that may be tried */
    unsigned passed;      /* the largest C that passed; 0: none yet */
    unsigned failed;      /* the smallest C that failed; 0: none yet */
    unsigned hint;        /* the largest C that the limit hit is expected to allow; 0: unknown */
    bool exact;           /* the limit allows exactly `hint` */
    unsigned refinements; /* steps since the first failure */
    bool threes;          /* 1, 3, 10, 30 …, not 1, 2, 4 … */
};

/* from <= max */
void ramp_init(struct ramp *ramp, unsigned from, unsigned max, bool threes);

/* The next C to measure, or 0 if there is none: the top was reached, the interval is narrow (1/16
 * of the largest C that passed), RAMP_REFINEMENTS steps were made, or the first step failed. */
unsigned ramp_next(const struct ramp *ramp);

/* The result of the step at ramp_next(). If it failed, `hint` is the largest C that the limit
 * allows, if known: it is tried before the middle, and with `exact` no step after it. */
void ramp_passed(struct ramp *ramp, unsigned c);
void ramp_failed(struct ramp *ramp, unsigned c, unsigned hint, bool exact);

/* ---- the candidate ---- */

/* The rules, the same for all candidates. */
struct candidate_rules {
    unsigned from, max;  /* the first C and the last */
    double share;        /* efficiency below which a step fails */
    double memory_share; /* of the available memory: a step that would take more is not tried */
    /* Runs of a step. One that seems too slow gets up to three, because one slow run may be noise,
     * but two of three are not. */
    unsigned repetitions;
    bool divided; /* among processes, from a certain step on */
};

struct candidate {
    const struct driver *driver;
    const struct candidate_rules *rules;
    bool over;
    struct ramp ramp;
    struct limits_row row;
    struct bench_case c;           /* of the current step; id 0 before it is stored */
    struct limits_result *results; /* of the runs of the current step */
    size_t runs;
    /* Of the last run, to predict the next one: C, time, and peak memory. */
    unsigned last_c;
    nsec_t last_time;
    int64_t last_memory;
};

/* `c` has what all cases have in common. A driver that cannot run is over at once. */
void candidate_init(struct candidate *candidate, const struct driver *driver,
                    const struct bench_case *c, const struct candidate_rules *rules);
void candidate_release(struct candidate *candidate);

/* Set candidate->c for its next run. Returns false if there is none: it is over, and its row has
 * the reason. `memory` is what is available (-1: unknown), `time_share` its share of the remaining
 * time. */
bool candidate_next(struct candidate *candidate, int64_t memory, nsec_t time_share);

/* Take the result of a run of candidate->c, with its total time and peak memory (0: unknown). */
void candidate_take(struct candidate *candidate, const struct limits_result *result, nsec_t time,
                    int64_t memory);

/* End it for an external reason. */
void candidate_stop(struct candidate *candidate, enum limits_end end);

#endif
