#include "command.h"

#include <stdio.h>
#include <string.h>

#include "folder.h"
#include "lib/units.h"
#include "plan_options.h"
#include "preset.h"
#include "table.h"
#include "whole_process.h"

struct campaign_options {
    struct plan_options plan;
    const char *results;
    char name[STORE_NAME_BYTES];
    unsigned whole[PLAN_LIST_MAX];
    size_t whole_count;
};

static int add_whole(void *target, const char *piece, struct error *error)
{
    struct campaign_options *options = target;
    int64_t count;
    if (options->whole_count == PLAN_LIST_MAX)
        return error_set(error, "%d at most", PLAN_LIST_MAX);
    if (units_parse_count(piece, 1, CASE_CONCURRENCY_MAX, &count, error) < 0)
        return -1;
    options->whole[options->whole_count++] = (unsigned)count;
    return 0;
}

static int take_whole(void *target, const char *value, struct error *error)
{
    struct campaign_options *options = target;
    options->whole_count = 0;
    return strcmp(value, "none") ? options_each(value, add_whole, options, error) : 0;
}

/* A name becomes a folder's: nothing that a path or a shell would take apart. */
static int take_name(void *target, const char *value, struct error *error)
{
    struct campaign_options *options = target;
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t length = strspn(value, allowed);
    if (length == 0 || value[length] || length >= sizeof(options->name))
        return error_set(error, "'%s' is not a name: up to %zu letters, digits, - and _", value,
                         sizeof(options->name) - 1);
    strcpy(options->name, value);
    return 0;
}

static int take_preset(void *target, const char *value, struct error *error)
{
    struct campaign_options *options = target;
    const struct preset *preset = preset_find(value);
    if (!preset)
        return error_set(error, "there is no preset '%s': %s", value, preset_names());
    if (preset_apply(preset, &options->plan, error) < 0)
        return -1;
    strcpy(options->name, preset->name);
    return take_whole(options, preset->whole_processes, error);
}

static const struct option_row rows[] = {
    {"preset", 'p', "NAME", "begin from talk, quick or full; options after it change it",
     take_preset},
    {"name", 0, "NAME", "of the campaign and its folder", take_name},
    {"whole-process", 0, "NUMBERS",
     "concurrencies at which hyperfine times whole processes, or none", take_whole},
    {0},
};

static const struct command_help help = {
    .usage = "campaign [--preset NAME] [options]",
    .summary =
        "Run every combination of the lists given, interleaved in a seeded order, each run in a\n"
        "fresh process; record everything, print the tables, leave a folder. Lists are\n"
        "separated by commas.",
};

static void command_text(int argc, char **argv, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "waitbench");
    for (int i = 0; i < argc && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, " %s", argv[i]);
}

static enum campaign_result time_whole(const struct campaign_options *options,
                                       const struct campaign *campaign, struct store *store,
                                       struct error *error)
{
    char folder[FOLDER_PATH_BYTES], path[FOLDER_PATH_BYTES];
    folder_path(options->results, campaign->info.id, "", folder);
    folder_path(options->results, campaign->info.id, "hyperfine.json", path);
    if (folder_make(options->results, campaign->info.id, error) < 0)
        return CAMPAIGN_FAILED;
    fprintf(stderr, "hyperfine times whole processes …\n");
    return whole_process_run(campaign, store, options->whole, options->whole_count, path, error);
}

/* Tables, folder and exit code of whatever was recorded. */
static int show_results(const struct campaign_options *options, const struct campaign *campaign,
                        struct store *store, enum campaign_result result)
{
    struct error error;
    struct judgement judgement;
    char path[FOLDER_PATH_BYTES];
    if (judge_campaign(store, campaign->info.id, &judgement, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    int code = result != CAMPAIGN_COMPLETE  ? EXIT_FAILED
               : judgement.invalid_runs > 0 ? EXIT_INVALID
                                            : EXIT_FINE;
    table_print_all(&judgement, GRID_TERMINAL, stdout);
    if (folder_write(store, &judgement, options->results, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    folder_path(options->results, campaign->info.id, "", path);
    size_t planned = campaign->plan.case_count * campaign->info.repetitions;
    if (judgement.run_count < planned)
        fprintf(stderr, "waitbench: %zu of %zu runs were made; they are kept\n",
                judgement.run_count, planned);
    printf("\nRecorded in %s\n", path);
    judgement_release(&judgement);
    return code;
}

static int execute(struct campaign_options *options, struct campaign *campaign, struct store *store)
{
    struct error error;
    const struct plan *plan = &campaign->plan;
    fprintf(stderr, "%zu cases, %u times each, in an order from seed %llu\n", plan->case_count,
            campaign->info.repetitions, (unsigned long long)campaign->info.seed);
    enum campaign_result result = campaign_execute(campaign, store, &error);
    if (result == CAMPAIGN_COMPLETE && options->whole_count)
        result = time_whole(options, campaign, store, &error);
    if (result == CAMPAIGN_INTERRUPTED)
        fputs("waitbench: interrupted\n", stderr);
    if (result == CAMPAIGN_FAILED)
        command_fail(EXIT_FAILED, &error);
    if (!campaign->info.id[0])
        return EXIT_FAILED; /* not even its beginning could be kept */
    return show_results(options, campaign, store, result);
}

static int campaign_run(int argc, char **argv)
{
    struct error error;
    int first;
    struct campaign_options options = {.results = FOLDER_RESULTS_DEFAULT, .name = "campaign"};
    struct campaign campaign = {0};
    plan_options_init(&options.plan);
    if (take_preset(&options, "talk", &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    strcpy(options.name, "campaign");
    const struct option_set sets[] = {{rows, &options},
                                      {plan_option_rows, &options.plan},
                                      {folder_option_rows, &options.results}};
    command_text(argc, argv, campaign.info.command, sizeof(campaign.info.command));
    switch (options_parse(argc, argv, &help, sets, 3, &first, &error)) {
    case OPTIONS_HELPED: return EXIT_FINE;
    case OPTIONS_WRONG: return command_fail(EXIT_USAGE, &error);
    case OPTIONS_OK: break;
    }
    if (first < argc)
        return command_no_word(argv[first]);
    if (plan_options_finish(&options.plan, &campaign.plan, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    strcpy(campaign.info.name, options.name);
    campaign.info.seed = options.plan.seed;
    campaign.info.repetitions = options.plan.repetitions;
    campaign.runner = options.plan.runner;

    int code = EXIT_FAILED;
    struct store *store = NULL;
    if ((options.whole_count && whole_process_check(&error) < 0) ||
        !(store = folder_open_store(options.results, STORE_WRITE, &error)))
        command_fail(code, &error);
    else
        code = execute(&options, &campaign, store);
    store_close(store);
    plan_release(&campaign.plan);
    return code;
}

const struct command command_campaign = {
    .name = "campaign",
    .summary = "run many cases, interleaved, and record them",
    .run = campaign_run,
};
