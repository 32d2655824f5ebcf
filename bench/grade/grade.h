/* Grade a driver: the conformance tests, their variants, and a claim, each with its points, its
 * outcome and the reason. */
#ifndef WAITBENCH_GRADE_H
#define WAITBENCH_GRADE_H

#include "claim.h"
#include "confine.h"

enum { GRADE_ROWS_MAX = 64, GRADE_REASON_BYTES = 2560, GRADE_CLAIM_POINTS = 20 };

enum grade_group { GRADE_CONFORMANCE, GRADE_VARIANTS, GRADE_CLAIM, GRADE_GROUPS };

enum grade_outcome {
    GRADE_PASSED,
    GRADE_FAILED,
    GRADE_UNDECIDED, /* of the claim: counts as passed */
};

extern const char *const grade_group_names[], *const grade_outcome_names[];

struct grade_row {
    enum grade_group group;
    const char *name;
    unsigned points;
    enum grade_outcome outcome;
    char reason[GRADE_REASON_BYTES]; /* what happened, and what to look at; "" if passed */
};

struct grade {
    /* What to do. */
    const char *file;
    uint64_t seed;
    const char *only; /* the check of this name, and no other; or NULL */
    bool without_claim;
    double share;
    const char *reference; /* a driver, or NULL: one of the same kind */
    unsigned concurrency;
    nsec_t delay, time;

    /* What came out. */
    unsigned active; /* enum confined */
    struct grade_row rows[GRADE_ROWS_MAX];
    size_t row_count;
    nsec_t took;
};

enum grade_result { GRADE_DONE, GRADE_IMPOSSIBLE, GRADE_INTERRUPTED };

/* The rows that there are to be, without outcomes. Returns 0, or -1 where that is none. */
int grade_list(struct grade *grade, struct error *error);

/* Then grade it; says on standard error what is under way. */
enum grade_result grade_run(struct grade *grade, struct error *error);

/* The advice of a check, by its name. */
const char *grade_advice(enum grade_group group, const char *name);

/* Points of a group, or of all (GRADE_GROUPS). */
unsigned grade_score(const struct grade *grade, enum grade_group group);
unsigned grade_most(const struct grade *grade, enum grade_group group);

bool grade_has(const struct grade *grade, enum grade_outcome outcome);

#endif
