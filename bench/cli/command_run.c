#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/drive/campaign.h"
#include "bench/base/output_options.h"
#include "bench/plan/plan_options.h"
#include "bench/plan/preflight.h"
#include "bench/show/screen.h"
#include "bench/show/table.h"

struct run_options {
    struct plan_options plan;
    bool json, quiet;
    struct output_options output;
};

static const struct option_row rows[] = {
    {"json", 'j', OPTION_FLAG, OPTION_FIELD(struct run_options, json),
     .help = "one JSON object per run on standard output"},
    {"quiet", 'q', OPTION_FLAG, OPTION_FIELD(struct run_options, quiet),
     .help = "print nothing but what went wrong"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench run",
    .brief = "run one case and print its figures",
    .usage = "--driver NAME [options]",
    .summary = "Run one case, against a server of its own unless --server names one, and print its "
               "figures. Nothing is recorded; 'waitbench campaign' does that.",
    .sets = {PLAN_OPTION_SETS(offsetof(struct run_options, plan), NULL),
             {.rows = output_option_rows,
              .offset = offsetof(struct run_options, output),
              .only = output_only_all},
             {.rows = rows}},
};

static void print_tables(const struct judgement *judgement, bool all)
{
    struct screen screen;
    screen_open(&screen, stdout, all);
    table_print_talk(judgement, screen.style, screen.out);
    table_print_figures(judgement, screen.style, screen.out);
    table_print_audit(judgement, screen.style, screen.out);
    table_print_completion(judgement, screen.style, screen.out);
    table_print_usage(judgement, screen.style, screen.out);
    table_print_active(judgement, screen.out);
    table_print_ranks(judgement, screen.style, screen.out);
    table_print_breakdown(judgement, screen.style, screen.out);
    table_print_control(judgement, screen.out);
    screen_close(&screen);
}

static int print_result(struct store *store, const struct campaign *campaign,
                        const struct run_options *options, struct error *error)
{
    struct judgement judgement;
    struct screen errors;
    if (judge_campaign(store, campaign->info.id, &judgement, error) < 0)
        return command_fail(EXIT_FAILED, error);
    int code = judgement.invalid_runs ? EXIT_INVALID : EXIT_FINE;
    if (options->json &&
        store_export(store, campaign->info.id, "runs", STORE_JSON, stdout, error) < 0)
        code = command_fail(EXIT_FAILED, error);
    if (!options->json && !options->quiet)
        print_tables(&judgement, options->output.all);
    screen_open(&errors, stderr, options->output.all);
    table_print_caveats(&judgement, errors.style, errors.out);
    screen_close(&errors);
    judgement_release(&judgement);
    return code;
}

static int run_case(struct run_options *options)
{
    struct error error;
    struct campaign campaign = {.info = {.name = "run", .repetitions = options->plan.repetitions},
                                .runner = runner_make(&options->plan.run),
                                .without_samples = true};
    if (plan_options_finish(&options->plan, &campaign.plan, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    campaign.info.seed = options->plan.seed;
    int code = EXIT_FAILED;
    struct store *store = NULL;
    size_t controls = options->plan.request.control ? 1 : 0;
    if (campaign.plan.case_count > 1 + controls) {
        error_set(&error, "that is %zu cases; 'run' does one, 'waitbench campaign' does many",
                  campaign.plan.case_count);
        code = command_fail(EXIT_USAGE, &error);
    } else if (preflight_memory(&campaign.plan, &error) < 0 ||
               !(store = store_open(STORE_IN_MEMORY, STORE_WRITE, &error))) {
        command_fail(code, &error);
    } else {
        enum campaign_result result = campaign_execute(&campaign, store, &error);
        command_say_ended(result, &error);
        if (result == CAMPAIGN_COMPLETE)
            code = print_result(store, &campaign, options, &error);
    }
    store_close(store);
    plan_release(&campaign.plan);
    return code;
}

static struct run_options given;

static int run_run(const struct command_line *line)
{
    (void)line;
    struct error error;
    if (given.plan.request.driver_count == 0) {
        error_set(&error, "say which driver: --driver NAME ('waitbench list' names them)");
        return command_fail(EXIT_USAGE, &error);
    }
    return run_case(&given);
}

const struct command command_run = {&options_table, &given, run_run};
