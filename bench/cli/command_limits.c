#include "command.h"

#include <stdio.h>

#include "bench/keep/folder.h"
#include "bench/drive/limits.h"
#include "bench/plan/preflight.h"

static int execute(struct limits *limits, struct store *store, const struct limits_options *options)
{
    struct error error;
    const struct plan nothing_planned = {0}; /* its demands are what is to be found out */
    if (preflight(&nothing_planned, options->results, stderr, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    if (limits->rules.divided)
        room_print(&limits->room, options->rules.max, stderr);
    fprintf(stderr, "%zu driver%s, in an order from seed %llu\n", limits->driver_count,
            limits->driver_count == 1 ? "" : "s", (unsigned long long)limits->campaign.info.seed);
    enum campaign_result result = limits_execute(limits, store, &error);
    command_say_ended(result, &error);
    return command_show(&limits->campaign, store, result, options->results, &options->output,
                        options->json);
}

static struct limits_options given;

static int limits_run(const struct command_line *line)
{
    struct error error;
    struct limits limits;
    if (limits_options_apply(&given, line->argc, line->argv, &limits, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    struct store *store = folder_open_store(given.results, STORE_WRITE, &error);
    int code = store ? execute(&limits, store, &given) : command_fail(EXIT_FAILED, &error);
    store_close(store);
    return code;
}

const struct command command_limits = {&limits_option_table, &given, limits_run};
