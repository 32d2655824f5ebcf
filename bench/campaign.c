#include "campaign.h"

#include <stdlib.h>

#include "environment.h"
#include "interrupt.h"
#include "progress.h"

static nsec_t plan_expected(const struct plan *plan)
{
    nsec_t sum = 0;
    for (size_t i = 0; i < plan->case_count; i++)
        sum += case_expected(&plan->cases[i]);
    return sum * plan->repetitions;
}

static enum campaign_result run_case(struct campaign *campaign, struct store *store,
                                     const struct bench_case *c, unsigned block, unsigned position,
                                     struct error *error)
{
    struct run_record record;
    switch (runner_run(&campaign->runner, c, &record, error)) {
    case RUNNER_INTERRUPTED: return CAMPAIGN_INTERRUPTED;
    case RUNNER_FAILED: return CAMPAIGN_FAILED;
    case RUNNER_DONE: break;
    }
    record.block = block;
    record.position = position;
    int kept = store_add_run(store, c->id, &record, !campaign->without_samples, error);
    run_record_release(&record);
    return kept < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
}

static enum campaign_result run_blocks(struct campaign *campaign, struct store *store,
                                       struct error *error)
{
    const struct plan *plan = &campaign->plan;
    size_t *order = xcalloc(plan->case_count, sizeof(*order));
    enum campaign_result result = CAMPAIGN_COMPLETE;
    struct progress progress;
    progress_init(&progress, plan->case_count * plan->repetitions, plan_expected(plan));
    for (unsigned block = 0; block < plan->repetitions; block++) {
        plan_order(plan, block, order);
        for (unsigned i = 0; i < plan->case_count && result == CAMPAIGN_COMPLETE; i++) {
            const struct bench_case *c = &plan->cases[order[i]];
            progress_show(&progress, c);
            result = interrupted() ? CAMPAIGN_INTERRUPTED
                                   : run_case(campaign, store, c, block, i, error);
            progress_advance(&progress, c);
        }
    }
    progress_clear(&progress);
    free(order);
    return result;
}

enum campaign_result campaign_execute(struct campaign *campaign, struct store *store,
                                      struct error *error)
{
    static const char *const status[] = {"complete", "interrupted", "failed"};
    struct environment environment;
    environment_read(&environment);
    campaign->plan.seed = campaign->info.seed;
    campaign->plan.repetitions = campaign->info.repetitions;
    campaign->runner.seed = campaign->info.seed;
    if (store_begin_campaign(store, &campaign->info, &campaign->plan, &environment, error) < 0)
        return CAMPAIGN_FAILED;
    nsec_t before = clock_now();
    enum campaign_result result = run_blocks(campaign, store, error);
    struct error unkept;
    if (store_end_campaign(store, campaign->info.id, status[result], clock_now() - before,
                           &unkept) < 0 &&
        result != CAMPAIGN_FAILED) {
        *error = unkept;
        result = CAMPAIGN_FAILED;
    }
    return result;
}
