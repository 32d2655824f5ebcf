#include "command.h"

#include <stdio.h>

#include "bench/drive/capacity_run.h"
#include "bench/keep/folder.h"
#include "bench/plan/preflight.h"

static int execute(struct capacity *capacity, struct store *store,
                   const struct capacity_options *options)
{
    struct error error;
    size_t pairs = capacity->campaign.plan.case_count;
    plan_print_left_out(&options->plan.request, stderr);
    fprintf(stderr, "%zu pair%s of a driver and a server model, in an order from seed %llu\n",
            pairs, pairs == 1 ? "" : "s", (unsigned long long)capacity->campaign.info.seed);
    enum campaign_result result = capacity_execute(capacity, store, &error);
    command_say_ended(result, &error);
    return command_show(&capacity->campaign, store, result, options->results, &options->output,
                        false);
}

static struct capacity_options given;

static int capacity_run(const struct command_line *line)
{
    struct error error;
    struct capacity capacity;
    struct store *store = NULL;
    int code = EXIT_FAILED;
    if (given.resume && command_check_resumed(line, "search", &error) < 0)
        code = command_fail(EXIT_USAGE, &error);
    else if (!(store = folder_open_store(given.results, STORE_WRITE, &error)))
        command_fail(code, &error);
    else if (capacity_options_apply(&given, line->argc, line->argv, store, &capacity, &error) < 0)
        code = command_fail(given.resume ? EXIT_FAILED : EXIT_USAGE, &error);
    else if (preflight(&capacity.campaign.plan, given.results, stderr, &error) < 0) {
        command_fail(code, &error);
        plan_release(&capacity.campaign.plan);
    } else {
        code = execute(&capacity, store, &given);
    }
    store_close(store);
    return code;
}

const struct command command_capacity = {&capacity_option_table, &given, capacity_run};
