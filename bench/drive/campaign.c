#include "campaign.h"

#include <stdlib.h>
#include <string.h>

#include "bench/base/environment.h"
#include "bench/base/interrupt.h"
#include "lib/terminal.h"
#include "bench/judge/judge.h"
#include "bench/predict/predict.h"
#include "progress.h"

double campaign_expected_s(const struct plan *plan)
{
    double sum = 0;
    for (size_t i = 0; i < plan->case_count; i++)
        sum += clock_seconds(progress_expected(&plan->cases[i]));
    return sum * plan->repetitions;
}

/* The time since the last call. */
static nsec_t campaign_spent(struct campaign *campaign)
{
    nsec_t now = clock_now(), spent = now - campaign->spent_until;
    campaign->spent_until = now;
    return spent;
}

int campaign_keep_run(struct campaign *campaign, struct store *store, const struct bench_case *c,
                      struct run_record *record, struct error *error)
{
    record->spent = campaign_spent(campaign);
    return store_add_run(store, c->id, record, !campaign->without_samples, error);
}

int campaign_keep_step(struct campaign *campaign, struct store *store, struct run_record *record,
                       const struct capacity_step *step, struct error *error)
{
    record->spent = campaign_spent(campaign);
    return store_add_run_of_step(store, campaign->info.id, record, step, error);
}

bool campaign_is_silent(const struct run_record *record)
{
    return record->server_absent && record->completed == 0;
}

/* Each further run would take its whole time limit. */
int campaign_count_silent(struct campaign *campaign, const struct bench_case *c,
                          const struct run_record *record, struct error *error)
{
    enum { SILENT_RUNS_MAX = 3 };
    campaign->silent_runs = campaign_is_silent(record) ? campaign->silent_runs + 1 : 0;
    if (campaign->silent_runs < SILENT_RUNS_MAX)
        return 0;
    return error_set(error,
                     "the server at %s did not respond in %d runs in a row: check that it runs",
                     c->url ? c->url : campaign->runner.settings.server_name, SILENT_RUNS_MAX);
}

/* Without them there is no further run. */
static int check_ranks(const struct campaign *campaign, struct error *error)
{
    const char *why = ranks_lost(campaign->runner.ranks);
    return why ? error_set(error, "%s: the campaign cannot go on without it", why) : 0;
}

static enum campaign_result run_case(struct campaign *campaign, struct store *store,
                                     const struct bench_case *c, unsigned block, unsigned position,
                                     struct error *error)
{
    int has = store_has_run(store, c->id, block, error);
    if (has != 0)
        return has < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
    if (interrupted())
        return CAMPAIGN_INTERRUPTED;
    struct run_record record;
    switch (runner_run(&campaign->runner, c, &record, error)) {
    case RUNNER_INTERRUPTED: return CAMPAIGN_INTERRUPTED;
    case RUNNER_FAILED: return CAMPAIGN_FAILED;
    case RUNNER_DONE: break;
    }
    record.block = block;
    record.position = position;
    int kept = campaign_keep_run(campaign, store, c, &record, error);
    if (kept == 0 && !case_is_local(c))
        kept = campaign_count_silent(campaign, c, &record, error);
    run_record_release(&record);
    if (kept == 0)
        kept = check_ranks(campaign, error);
    return kept < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
}

/* Run the cases that are `wanted` (NULL: all) in the order of the block. */
static enum campaign_result run_block(struct campaign *campaign, struct store *store,
                                      unsigned block, const bool *wanted, struct progress *progress,
                                      struct error *error)
{
    const struct plan *plan = &campaign->plan;
    size_t *order = xcalloc(plan->case_count, sizeof(*order));
    enum campaign_result result = CAMPAIGN_COMPLETE;
    plan_order(plan, block, order);
    for (unsigned i = 0; i < plan->case_count && result == CAMPAIGN_COMPLETE; i++) {
        if (wanted && !wanted[order[i]])
            continue;
        const struct bench_case *c = &plan->cases[order[i]];
        progress_show(progress, c);
        result = run_case(campaign, store, c, block, i, error);
        progress_advance(progress, c);
    }
    free(order);
    return result;
}

/* Run further blocks of the cases of undecided pairs until there are none or the budget is used up.
 * Which cases a block has follows from the blocks before it, and so does not depend on its times.
 */
static enum campaign_result run_until_decided(struct campaign *campaign, struct store *store,
                                              nsec_t deadline, struct progress *progress,
                                              struct error *error)
{
    const struct plan *plan = &campaign->plan;
    struct decision_rule rule = decisions_rule(&campaign->info);
    bool *wanted = xcalloc(plan->case_count, sizeof(*wanted));
    enum campaign_result result = CAMPAIGN_COMPLETE;
    for (unsigned block = plan->repetitions; result == CAMPAIGN_COMPLETE; block++) {
        int open = judge_undecided(store, plan->cases, plan->case_count, &rule, wanted, error);
        if (open < 0)
            result = CAMPAIGN_FAILED;
        if (open <= 0 || clock_now() >= deadline)
            break;
        result = run_block(campaign, store, block, wanted, progress, error);
    }
    free(wanted);
    return result;
}

/* Counting slows the system calls of all processes: without need, no counter is held. */
static bool counts_in_first_block(const struct plan *plan)
{
    for (size_t i = 0; i < plan->case_count; i++)
        if (plan->cases[i].usage == USAGE_ON)
            return true;
    return false;
}

static enum campaign_result run_blocks(struct campaign *campaign, struct store *store,
                                       struct error *error)
{
    const struct plan *plan = &campaign->plan;
    nsec_t started = clock_now();
    struct progress progress;
    progress_init(&progress, plan->case_count * plan->repetitions, campaign_expected_s(plan));
    enum campaign_result result = CAMPAIGN_COMPLETE;
    if (counts_in_first_block(plan))
        runner_count_syscalls(&campaign->runner);
    for (unsigned b = 0; b < plan->repetitions && result == CAMPAIGN_COMPLETE; b++) {
        result = run_block(campaign, store, b, NULL, &progress, error);
        runner_count_no_more(&campaign->runner);
    }
    if (result == CAMPAIGN_COMPLETE && campaign->info.decided_pairs)
        result = run_until_decided(campaign, store, started + campaign->budget, &progress, error);
    terminal_status("");
    return result;
}

static int keep_calibration(struct store *store, const char *id,
                            const struct calibration *calibration, struct error *error)
{
    int result = 0;
    for (const struct calibration_entry *e = calibration_entries; e->name && result == 0; e++)
        result = store_put_calibration(store, id, e->name, e->unit,
                                       member_integer(&e->member, calibration), error);
    return result;
}

/* The calibration measures exchanges with a server of ours. */
static bool needs_calibration(const struct plan *plan)
{
    size_t i = 0;
    while (i < plan->case_count &&
           (case_is_local(&plan->cases[i]) || case_has_url(&plan->cases[i])))
        i++;
    return i < plan->case_count;
}

/* Store all predictions before the first run. */
static int predict_cases(struct campaign *campaign, struct store *store, struct error *error)
{
    struct calibration calibration;
    if (!needs_calibration(&campaign->plan))
        return 0;
    terminal_status("calibrating, for the predictions");
    int calibrated = calibrate(&calibration, error);
    terminal_status("");
    if (calibrated < 0)
        return interrupted() ? -1
                             : error_prefix(error, "calibration failed (--predict off skips it)");
    int result = keep_calibration(store, campaign->info.id, &calibration, error);
    for (size_t i = 0; i < campaign->plan.case_count && result == 0; i++) {
        struct bench_case *c = &campaign->plan.cases[i];
        c->predicted = predict_makespan(&calibration, c);
        result = store_put_prediction(store, c, error);
    }
    return result;
}

/* The load average always changes, and a clock frequency slightly. */
static bool is_changed(const char *key, const char *was, const char *is)
{
    if (!strcmp(key, "load_average") || !strcmp(was, is))
        return false;
    double before = strtod(was, NULL), now = strtod(is, NULL);
    return strcmp(key, "cpu_mhz") != 0 || now < 0.9 * before || now > 1.1 * before;
}

static void read_environment(const struct campaign *campaign, struct environment *environment)
{
    char ranks[ENVIRONMENT_VALUE_BYTES];
    environment_read(environment);
    if (campaign->runner.ranks)
        environment_add(environment, "ranks",
                        ranks_describe(campaign->runner.ranks, ranks, sizeof(ranks)));
    for (size_t i = 0; i < campaign->plan.case_count; i++)
        environment_add_program(environment, campaign->plan.cases[i].driver);
    for (size_t i = 0; i < campaign->driver_count; i++)
        environment_add_program(environment, campaign->drivers[i]);
}

/* Store values that differ from those at the campaign's beginning, beside them. */
static int keep_changes(struct store *store, const struct campaign *campaign, struct error *error)
{
    struct environment now;
    const char *id = campaign->info.id;
    read_environment(campaign, &now);
    int result = 0;
    for (size_t i = 0; i < now.count && result == 0; i++) {
        const char *key = now.entries[i].key, *is = now.entries[i].value;
        char name[ENVIRONMENT_KEY_BYTES + 16], was[ENVIRONMENT_VALUE_BYTES];
        snprintf(name, sizeof(name), "changed: %s", key);
        if (!store_environment(store, id, key, was, sizeof(was)) || is_changed(key, was, is))
            result = store_put_environment(store, id, name, is, error);
    }
    return result;
}

int campaign_begin(struct campaign *campaign, struct store *store, struct error *error)
{
    struct environment environment;
    campaign->plan.seed = campaign->info.seed;
    campaign->plan.repetitions = campaign->info.repetitions;
    campaign->runner.seed = campaign->info.seed;
    if (campaign->info.margin == 0)
        campaign->info.margin = STATS_MARGIN;
    campaign->spent_until = clock_now();
    int runs = 0;
    const struct run_settings *settings = &campaign->runner.settings;
    if (run_ranks(settings) && !(campaign->runner.ranks = ranks_start(settings, error)))
        return -1;
    read_environment(campaign, &environment);
    if (!campaign->info.id[0]) {
        if (store_begin_campaign(store, &campaign->info, &campaign->plan, &environment, error) < 0)
            return -1;
    } else if (store_resume_campaign(store, campaign->info.id, &campaign->plan, error) < 0 ||
               keep_changes(store, campaign, error) < 0 ||
               (runs = store_campaign_runs(store, campaign->info.id, error)) < 0) {
        return -1;
    }
    /* Predictions are made before the first run or not at all. */
    return campaign->with_prediction && runs == 0 ? predict_cases(campaign, store, error) : 0;
}

static void end_ranks(struct campaign *campaign)
{
    ranks_stop(campaign->runner.ranks);
    campaign->runner.ranks = NULL;
}

enum campaign_result campaign_end(struct campaign *campaign, struct store *store,
                                  enum campaign_result result, struct error *error)
{
    static const char *const status[] = {[CAMPAIGN_COMPLETE] = "complete",
                                         [CAMPAIGN_SPENT] = "interrupted",
                                         [CAMPAIGN_INTERRUPTED] = "interrupted",
                                         [CAMPAIGN_FAILED] = "failed"};
    if (!campaign->info.id[0]) {
        end_ranks(campaign);
        return result; /* the campaign could not be stored at all */
    }
    const char *now = result == CAMPAIGN_COMPLETE && campaign->goes_on ? "running" : status[result];
    struct error unkept;
    if ((keep_changes(store, campaign, &unkept) < 0 ||
         store_end_campaign(store, campaign->info.id, now, campaign_spent(campaign), &unkept) <
             0) &&
        result != CAMPAIGN_FAILED) {
        *error = unkept;
        result = CAMPAIGN_FAILED;
    }
    end_ranks(campaign);
    return result;
}

enum campaign_result campaign_execute(struct campaign *campaign, struct store *store,
                                      struct error *error)
{
    enum campaign_result result = CAMPAIGN_COMPLETE;
    if (campaign_begin(campaign, store, error) == 0)
        result = run_blocks(campaign, store, error);
    else
        result = interrupted() ? CAMPAIGN_INTERRUPTED : CAMPAIGN_FAILED;
    return campaign_end(campaign, store, result, error);
}
