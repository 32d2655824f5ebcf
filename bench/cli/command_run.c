#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/drive/campaign.h"
#include "bench/plan/plan_options.h"
#include "bench/show/table.h"
#include "bench/show/table_completion.h"
#include "bench/show/table_usage.h"
#include "bench/show/table_talk.h"

struct run_options {
    bool json, quiet;
};

static int take_json(void *target, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    ((struct run_options *)target)->json = true;
    return 0;
}

static int take_quiet(void *target, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    ((struct run_options *)target)->quiet = true;
    return 0;
}

static const struct option_row rows[] = {
    {"json", 'j', NULL, "one JSON object per run on standard output", take_json},
    {"quiet", 'q', NULL, "print nothing but what went wrong", take_quiet},
    {0},
};

static const struct command_help help = {
    .usage = "run --driver NAME [options]",
    .summary = "Run one case, against a server of its own unless --server names one, and print\n"
               "its figures. Nothing is recorded; 'waitbench campaign' does that.",
};

static int print_result(struct store *store, const struct campaign *campaign,
                        const struct run_options *options, struct error *error)
{
    struct judgement judgement;
    if (judge_campaign(store, campaign->info.id, &judgement, error) < 0)
        return command_fail(EXIT_FAILED, error);
    int code = judgement.invalid_runs ? EXIT_INVALID : EXIT_FINE;
    if (options->json &&
        store_export(store, campaign->info.id, "runs", STORE_JSON, stdout, error) < 0)
        code = command_fail(EXIT_FAILED, error);
    if (!options->json && !options->quiet) {
        table_print_talk(&judgement, GRID_TERMINAL, stdout);
        table_print_figures(&judgement, GRID_TERMINAL, stdout);
        table_print_completion(&judgement, GRID_TERMINAL, stdout);
        table_print_usage(&judgement, TABLE_ALL, GRID_TERMINAL, stdout);
        table_print_active(&judgement, stdout);
        table_print_breakdown(&judgement, TABLE_ALL, GRID_TERMINAL, stdout);
        table_print_control(&judgement, stdout);
    }
    table_print_caveats(&judgement, stderr);
    judgement_release(&judgement);
    return code;
}

static int run_case(struct plan_options *plan_options, const struct run_options *options)
{
    struct error error;
    struct campaign campaign = {.info = {.name = "run", .repetitions = plan_options->repetitions},
                                .runner = runner_make(&plan_options->run),
                                .without_samples = true};
    if (plan_options_finish(plan_options, &campaign.plan, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    campaign.info.seed = plan_options->seed;
    int code = EXIT_FAILED;
    struct store *store = NULL;
    size_t controls = plan_options->request.control ? 1 : 0;
    if (campaign.plan.case_count > 1 + controls) {
        error_set(&error, "that is %zu cases; 'run' does one, 'waitbench campaign' does many",
                  campaign.plan.case_count);
        code = command_fail(EXIT_USAGE, &error);
    } else if (!(store = store_open(STORE_IN_MEMORY, STORE_WRITE, &error))) {
        command_fail(code, &error);
    } else {
        switch (campaign_execute(&campaign, store, &error)) {
        case CAMPAIGN_COMPLETE: code = print_result(store, &campaign, options, &error); break;
        case CAMPAIGN_INTERRUPTED: fputs("waitbench: interrupted\n", stderr); break;
        case CAMPAIGN_FAILED: command_fail(code, &error); break;
        }
    }
    store_close(store);
    plan_release(&campaign.plan);
    return code;
}

static int run_run(int argc, char **argv)
{
    struct error error;
    int first;
    struct plan_options plan_options;
    struct run_options options = {0};
    const struct option_set sets[] = {{plan_option_rows, &plan_options}, {rows, &options}};
    plan_options_init(&plan_options);
    int code = command_options(argc, argv, &help, sets, 2, 0, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    if (plan_options.request.driver_count == 0) {
        error_set(&error, "say which driver: --driver NAME ('waitbench list' names them)");
        return command_fail(EXIT_USAGE, &error);
    }
    return run_case(&plan_options, &options);
}

const struct command command_run = {
    .name = "run",
    .summary = "run one case and print its figures",
    .run = run_run,
};
