#include "command.h"

#include <stdio.h>

#include "bench/base/interrupt.h"
#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/drive/limits.h"
#include "bench/plan/preflight.h"
#include "bench/show/screen.h"
#include "bench/show/table.h"

/* The report, the folder and the exit code of whatever was found out. */
static int show_results(const struct limits *limits, struct store *store,
                        const struct limits_options *options, enum campaign_result result)
{
    struct error error;
    struct judgement judgement;
    struct screen screen;
    const char *id = limits->campaign.info.id;
    if (judge_campaign(store, id, &judgement, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    int code = result != CAMPAIGN_COMPLETE        ? EXIT_FAILED
               : judgement_is_invalid(&judgement) ? EXIT_INVALID
                                                  : EXIT_FINE;
    interrupt_answered();
    screen_open(&screen, options->json ? stderr : stdout, options->output.all);
    if (!options->json)
        table_print_all(&judgement, screen.style, screen.out);
    else if (store_export(store, id, "limits", STORE_JSON, stdout, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    if (campaign_files_write(store, &judgement, options->results, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    if (campaign_files_finish(store, options->results, id, options->output.without_pictures,
                              screen.out, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    screen_close(&screen);
    judgement_release(&judgement);
    return code;
}

static int execute(struct limits *limits, struct store *store, const struct limits_options *options)
{
    struct error error;
    const struct plan nothing_planned = {0}; /* its demands are what is to be found out */
    if (preflight(&nothing_planned, options->results, stderr, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    fprintf(stderr, "%zu driver%s, in an order from seed %llu\n", limits->driver_count,
            limits->driver_count == 1 ? "" : "s", (unsigned long long)limits->campaign.info.seed);
    enum campaign_result result = limits_execute(limits, store, &error);
    command_say_ended(result, &error);
    if (!limits->campaign.info.id[0])
        return EXIT_FAILED; /* not even its beginning could be kept */
    return show_results(limits, store, options, result);
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
