/* Carrying a lesson out: its roles become the cases of one campaign, and its judge() the verdict.
 */
#ifndef WAITBENCH_LESSON_RUN_H
#define WAITBENCH_LESSON_RUN_H

#include "campaign.h"
#include "bench/judge/lesson.h"

enum { LESSON_OVERRIDES_MAX = 16, LESSON_WORDS_BYTES = 512 };

/* "ROLE=OPTIONS" or "OPTIONS" (for all roles), as typed. */
struct lesson_overrides {
    const char *items[LESSON_OVERRIDES_MAX];
    size_t count;
};

struct lesson_result {
    char campaign_id[STORE_ID_BYTES]; /* "" where nothing was run */
    enum finding verdict;
    char why[RUN_REASON_BYTES];
    struct evidence *evidence; /* or NULL; to be freed with evidence_free() */
};

/* Make the campaign's plan from the roles and what overrides them: a case each, in their order.
 * Returns 0; -1 with `error` where the options are wrong. */
int lesson_plan(const struct lesson *lesson, const struct lesson_overrides *overrides,
                struct campaign *campaign, struct error *error);

/* Can it be carried out here? Returns 0, or -1 with the reason: too few cores, a driver that is
 * not here, a limit that is too low. */
int lesson_possible(const struct lesson *lesson, const struct plan *plan, const char *results,
                    struct error *error);

/* Run and judge; the campaign is in the store. */
enum campaign_result lesson_run(const struct lesson *lesson, struct campaign *campaign,
                                struct store *store, struct lesson_result *result,
                                struct error *error);

/* How many of a lesson's roles there are. */
size_t lesson_variants(const struct lesson *lesson);

#endif
