/* Executing a lesson: its variants are the cases of one campaign, and its rules give the
 * verdict. */
#ifndef WAITBENCH_LESSON_RUN_H
#define WAITBENCH_LESSON_RUN_H

#include "campaign.h"
#include "bench/base/topology.h"
#include "bench/judge/lesson.h"

enum { LESSON_OVERRIDES_MAX = 16, LESSON_WORDS_BYTES = 512 };

/* "VARIANT=OPTIONS" or "OPTIONS" (for all variants), as given. */
struct lesson_overrides {
    const char *items[LESSON_OVERRIDES_MAX];
    size_t count;
};

struct lesson_result {
    char campaign_id[STORE_ID_BYTES]; /* "" if nothing was run */
    enum finding verdict;
    char why[RUN_REASON_BYTES];
    struct evidence *evidence; /* or NULL; to be freed with evidence_free() */
};

/* Make the campaign's plan from the variants and their overrides: a case each, in order. Returns 0,
 * or -1 with `error` if the options are wrong. */
int lesson_plan(const struct lesson *lesson, const struct lesson_overrides *overrides,
                struct campaign *campaign, struct error *error);

/* Check that there are enough cores for it. CPUs that are hardware threads of one core count once.
 * Returns 0, also where the cores are unknown, or -1 with the reason. */
int lesson_check_cores(const struct lesson *lesson, const struct topology *topology,
                       struct error *error);

/* Check that it can run here. Returns 0, or -1 with the reason: too few cores, a missing driver, a
 * limit that is too low. */
int lesson_possible(const struct lesson *lesson, const struct plan *plan, const char *results,
                    struct error *error);

/* Run it and get the verdict; the campaign is in the store. */
enum campaign_result lesson_run(const struct lesson *lesson, struct campaign *campaign,
                                struct store *store, struct lesson_result *result,
                                struct error *error);

/* The number of a lesson's variants. */
size_t lesson_variants(const struct lesson *lesson);

#endif
