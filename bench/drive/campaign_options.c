#include "campaign_options.h"

#include <stdio.h>
#include <string.h>

#include "bench/keep/folder.h"
#include "lib/units.h"
#include "bench/plan/preset.h"

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
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    size_t length = strspn(value, allowed);
    if (length == 0 || value[length] || length >= STORE_NAME_BYTES)
        return error_set(error, "'%s' is not a name: up to %d letters, digits, - and _", value,
                         STORE_NAME_BYTES - 1);
    strcpy(target, value);
    return 0;
}

const struct option_row campaign_name_rows[] = {
    {"name", 0, "NAME", "of the campaign and its folder", take_name},
    {0},
};

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

static int take_precision(void *target, const char *value, struct error *error)
{
    return units_parse_share(value, &((struct campaign_options *)target)->precision, error);
}

static int take_budget(void *target, const char *value, struct error *error)
{
    return units_parse_time(value, &((struct campaign_options *)target)->budget, error);
}

static int take_predict(void *target, const char *value, struct error *error)
{
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return error_set(error, "'%s' is neither on nor off", value);
    ((struct campaign_options *)target)->without_prediction = !strcmp(value, "off");
    return 0;
}

static int take_resume(void *target, const char *value, struct error *error)
{
    (void)error;
    ((struct campaign_options *)target)->resume = value;
    return 0;
}

static const struct option_row rows[] = {
    {"preset", 'p', "NAME", "talk (default), quick, full or fib; only options after it change it",
     take_preset},
    {"precision", 0, "SHARE", "go on until every interval is this narrow, such as 2%",
     take_precision},
    {"budget", 0, "TIME", "how long to try for the precision (10m)", take_budget},
    {"predict", 0, "on|off", "calibrate and foretell each makespan (on)", take_predict},
    {"whole-process", 0, "NUMBERS",
     "where hyperfine times whole processes, with burst arrivals; or none", take_whole},
    {"resume", 0, "CAMPAIGN", "go on with one that was interrupted, as it was begun", take_resume},
    {0},
};

static const struct command_help help = {
    .usage = "campaign [--preset NAME] [options] | campaign --resume CAMPAIGN",
    .summary =
        "Run every combination of the lists given, interleaved in a seeded order, each run in a\n"
        "fresh process; record everything, print the tables, leave a folder. Lists are\n"
        "separated by commas.",
};

static enum options_result parse_words(struct campaign_options *options, int argc, char **argv,
                                       struct error *error)
{
    int first;
    plan_options_init(&options->plan);
    options->budget = 10 * 60 * NSEC_PER_SEC;
    if (take_preset(options, "talk", error) < 0)
        return OPTIONS_WRONG;
    strcpy(options->name, "campaign");
    const struct option_set sets[] = {{rows, options},
                                      {campaign_name_rows, options->name},
                                      {plan_option_rows, &options->plan},
                                      {folder_option_rows, &options->results}};
    enum options_result result = options_parse(argc, argv, &help, sets, 4, &first, error);
    if (result == OPTIONS_OK && first < argc) {
        error_set(error, "'%s' was not expected; every option begins with '-'", argv[first]);
        return OPTIONS_WRONG;
    }
    return result;
}

/* run.sh puts its preset before whatever is typed. */
static bool only_resumes(int argc, char **argv)
{
    static const char *const allowed[] = {"--resume", "--results", "--preset"};
    for (int i = 1; i < argc; i++) {
        bool known = false;
        for (size_t a = 0; a < sizeof(allowed) / sizeof(allowed[0]); a++)
            known |= !strncmp(argv[i], allowed[a], strlen(allowed[a]));
        if (!known)
            return false;
        i += !strchr(argv[i], '='); /* its value is the next word */
    }
    return true;
}

enum options_result campaign_options_parse(struct campaign_options *options, int argc, char **argv,
                                           struct error *error)
{
    *options = (struct campaign_options){.results = FOLDER_RESULTS_DEFAULT};
    size_t used = (size_t)snprintf(options->command, sizeof(options->command), "waitbench ");
    options_join(argc, argv, ' ', options->command + used, sizeof(options->command) - used);
    if (options_join(argc, argv, '\n', options->arguments, sizeof(options->arguments)) < 0) {
        error_set(error, "the command is too long");
        return OPTIONS_WRONG;
    }
    enum options_result result = parse_words(options, argc, argv, error);
    if (result == OPTIONS_OK && options->resume && !only_resumes(argc, argv)) {
        error_set(error, "--resume goes on with a campaign as it was begun: leave out all other "
                         "options but --results");
        return OPTIONS_WRONG;
    }
    return result;
}

/* Parse what was typed when the campaign was begun; what is stored stands for the rest. */
static int options_restore(struct campaign_options *options, struct store *store,
                           struct campaign_info *info, struct error *error)
{
    static char words[STORE_ARGUMENTS_BYTES]; /* options keep pointing into it */
    char *argv[2 * OPTIONS_MAX + 2];
    int argc = 0;
    const char *results = options->results, *resume = options->resume;
    if (store_find_campaign(store, options->resume, info, error) < 0)
        return -1;
    if (!strcmp(info->status, "complete"))
        return error_set(error, "campaign %s is complete: there is nothing to resume", info->id);
    if (strncmp(info->arguments, "campaign\n", strlen("campaign\n")) != 0)
        return error_set(error,
                         "campaign %s was made by '%s': only what 'waitbench campaign' made can be "
                         "resumed, start it again",
                         info->id, info->command);
    strcpy(words, info->arguments);
    char *rest = words, *word;
    while ((word = strsep(&rest, "\n")) && *word && argc < 2 * OPTIONS_MAX)
        argv[argc++] = word;
    argv[argc] = NULL;
    *options = (struct campaign_options){.results = results};
    if (argc == 0 || parse_words(options, argc, argv, error) != OPTIONS_OK)
        return error_prefix(error, "the options of campaign %s", info->id);
    options->resume = resume;
    options->results = results; /* where we found it, wherever that was then */
    options->plan.seed = info->seed;
    return 0;
}

int campaign_options_apply(struct campaign_options *options, struct store *store,
                           struct campaign *campaign, struct error *error)
{
    struct campaign_info resumed = {0};
    if (options->resume && options_restore(options, store, &resumed, error) < 0)
        return -1;
    *campaign = (struct campaign){.info = resumed,
                                  .runner = runner_make(&options->plan.run),
                                  .budget = options->budget,
                                  .with_prediction = !options->without_prediction};
    if (plan_options_finish(&options->plan, &campaign->plan, error) < 0)
        return -1;
    if (resumed.id[0])
        return 0;
    strcpy(campaign->info.name, options->name);
    strcpy(campaign->info.command, options->command);
    strcpy(campaign->info.arguments, options->arguments);
    campaign->info.seed = options->plan.seed;
    campaign->info.repetitions = options->plan.repetitions;
    campaign->info.precision = options->precision;
    return 0;
}
