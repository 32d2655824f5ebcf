#include "campaign_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/shell.h"
#include "bench/judge/decisions.h"
#include "bench/plan/case_fields.h"
#include "bench/keep/folder.h"

/* ---- presets ---- */

const struct option_word preset_words[] = {{"talk", NULL}, {"quick", NULL},  {"full", NULL},
                                           {"fib", NULL},  {"matrix", NULL}, {0}};

/* The talk's drivers and sizes, which a campaign without a preset has too. */
static const struct option_value preset_talk_options[] = {
    {"driver", "null,sequential,threadpool,libev"},
    {"workload", "randint"},
    {"concurrency", "32,64,128,256,512,1024"},
    {"arrivals", "closed,burst"},
    {"backlog", "4096,100"},
    {"delay", "100ms"},
    {"repetitions", "6"},
    {"whole-process", "32,256,1024"},
    {0},
};

/* The same in 20 seconds. */
static const struct option_value quick_options[] = {
    {"delay", "10ms"},
    {"repetitions", "3"},
    {"whole-process", "1024"},
    {0},
};

/* Every driver there is. */
static const struct option_value full_options[] = {{"driver", "all"}, {0}};

/* The talk's work for the CPU: in series, on threads, processes and a loop. Its eight elements take
 * under 1 ms here, at eight at once; 1024 of them are work enough to tell. */
static const struct option_value fib_options[] = {
    {"driver", "sequential,threadpool,prefork,libev"},
    {"workload", "fib"},
    {"concurrency", "1,2,4,8"},
    {"backlog", "4096"},
    {"repetitions", "9"},
    {"whole-process", "none"},
    {0},
};

/* Drivers by server models. */
static const struct option_value matrix_options[] = {
    {"driver",
     "thread-per-request,threadpool,fork-per-request,prefork,select,poll,epoll,libev,libuv,"
     "multiloop,io_uring,coroutine"},
    {"server-model", "iterative,fork,thread,prefork,threadpool,select,poll,epoll,libev,io_uring,"
                     "reuseport,reuseport-processes"},
    {"concurrency", "32,1024"},
    {"arrivals", "closed"},
    {"backlog", "4096"},
    {"repetitions", "3"},
    {"predict", "off"},
    {"whole-process", "none"},
    {0},
};

/* Waiting and working, each over new and over kept connections. */
static const struct plan_setting matrix_settings[] = {
    {.delay = 10 * NSEC_PER_MSEC},
    {.delay = 10 * NSEC_PER_MSEC, .keep_alive = true},
    {.work = 50 * NSEC_PER_USEC},
    {.work = 50 * NSEC_PER_USEC, .keep_alive = true},
};

#define CLOSED_ONLY                                                                                \
    {                                                                                              \
        .items = {ARRIVALS_CLOSED}, .count = 1                                                     \
    }

const struct preset presets[] = {
    {.options = preset_talk_options},
    {.options = quick_options,
     .exclusions = {.overflow_arrivals = CLOSED_ONLY, .overflow_from = 1024}},
    {.options = full_options},
    {.options = fib_options, .exclusions = {.overflow_arrivals = CLOSED_ONLY, .burst_from = 8}},
    {.options = matrix_options,
     .exclusions = {.longest = 2 * NSEC_PER_SEC},
     .settings = matrix_settings,
     .setting_count = sizeof(matrix_settings) / sizeof(matrix_settings[0])},
};

/* ---- options ---- */

/* A name becomes that of a folder: no characters that are special in paths or shells. */
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
    {"name", 0, OPTION_CUSTOM, .take = take_name, .argument = "NAME",
     .help = "name of the campaign and of its folder"},
    {0},
};

static int take_preset(void *target, const char *value, struct error *error)
{
    struct campaign_options *options = target;
    int found = option_word_find(preset_words, value, error);
    if (found < 0 || options_set(&campaign_option_table, options, preset_talk_options, error) < 0 ||
        options_set(&campaign_option_table, options, presets[found].options, error) < 0)
        return -1;
    options->plan.request.base.requests = 0; /* as many as usual */
    options->plan.request.concurrency_given = false;
    options->plan.request.exclusions = presets[found].exclusions;
    options->plan.request.settings = presets[found].settings;
    options->plan.request.setting_count = presets[found].setting_count;
    strcpy(options->name, preset_words[found].name);
    return 0;
}

/* The margin, and that the campaign ends with it. */
static int take_until_decided(void *target, const char *value, struct error *error)
{
    struct campaign_options *options = target;
    options->until_decided = true;
    return units_parse_share(value, &options->margin, error);
}

static const struct option_word off_on_words[] = {{"off", NULL}, {"on", NULL}, {0}};

static const struct option_row rows[] = {
    {"preset", 'p', OPTION_CUSTOM, .take = take_preset, .unset = "talk", .words = preset_words,
     .help = "start from other values; only options after it change them"},
    {"until-decided", 0, OPTION_CUSTOM, .take = take_until_decided, .argument = "MARGIN",
     .help = "go on until of each pair of drivers one is faster, or both are equal within MARGIN"},
    {"budget", 0, OPTION_TIME, OPTION_FIELD(struct campaign_options, budget), .initial = "10m",
     .help = "how long to try to decide them all"},
    {"margin", 0, OPTION_SHARE, OPTION_FIELD(struct campaign_options, margin), .initial = "1%",
     .help = "two drivers are equivalent where the whole interval of their ratio is within it"},
    {"predict", 0, OPTION_WORD, OPTION_FIELD(struct campaign_options, with_prediction),
     .initial = "on", .words = off_on_words,
     .help = "calibrate, and predict each makespan before measuring it"},
    {"whole-process", 0, OPTION_COUNT, .list_may_be_none = true,
     OPTION_LIST(struct campaign_options, whole, whole_count), .min = 1,
     .max = CASE_CONCURRENCY_MAX,
     .help = "burst arrivals whose whole processes hyperfine times, by concurrency; or none"},
    {"resume", 0, OPTION_TEXT, OPTION_FIELD(struct campaign_options, resume),
     .argument = "CAMPAIGN", .values = "campaigns",
     .help = "continue an interrupted campaign with the options it was started with"},
    {"switches", 0, OPTION_FLAG, OPTION_FIELD(struct campaign_options, plan.run.switches),
     .help = "record when the kernel switches a driver's threads, for traces: slows the runs"},
    {"precision", 0, OPTION_SHARE, OPTION_FIELD(struct campaign_options, precision),
     .retired = true},
    {0},
};

/* Preset fields that were options in earlier versions: campaigns of these can be resumed. */
static const struct option_row retired_rows[] = {
    {"overflow-arrivals", 0, OPTION_WORD,
     OPTION_LIST(struct plan_exclusions, overflow_arrivals.items, overflow_arrivals.count),
     .alias = "overflow-shape", .words = arrivals_words, .retired = true},
    {"overflow-from", 0, OPTION_COUNT, OPTION_FIELD(struct plan_exclusions, overflow_from),
     .max = CASE_CONCURRENCY_MAX, .retired = true},
    {"burst-from", 0, OPTION_COUNT, OPTION_FIELD(struct plan_exclusions, burst_from),
     .alias = "gather-from", .max = CASE_CONCURRENCY_MAX, .retired = true},
    {0},
};

const struct option_table campaign_option_table = {
    .program = "waitbench campaign",
    .brief = "run many cases, interleaved, and record them",
    .usage = "[--preset NAME] [options] | campaign --resume CAMPAIGN",
    .summary = "Run every combination of the lists given, interleaved in a seeded order, each run "
               "in a fresh process; record everything, print the tables, leave a folder. Lists are "
               "separated by commas.",
    .initial = preset_talk_options,
    .sets = {{.rows = rows},
             {.rows = campaign_name_rows, .offset = offsetof(struct campaign_options, name)},
             PLAN_OPTION_SETS(offsetof(struct campaign_options, plan), NULL),
             {.rows = folder_option_rows, .offset = offsetof(struct campaign_options, results)},
             {.rows = retired_rows,
              .offset = offsetof(struct campaign_options, plan.request.exclusions)},
             {.rows = output_option_rows, .offset = offsetof(struct campaign_options, output)}},
};

int campaign_record_command(struct campaign_info *info, int argc, const char *const *argv,
                            struct error *error)
{
    FILE *command = fmemopen(info->command, sizeof(info->command), "w");
    FILE *arguments = fmemopen(info->arguments, sizeof(info->arguments), "w");
    if (!command || !arguments)
        return error_errno(error, errno, "cannot record the command");
    fputs("waitbench", command);
    for (int i = 0; i < argc; i++) {
        fputc(' ', command);
        shell_put_word(argv[i], command);
        fprintf(arguments, "%s\n", argv[i]);
    }
    bool whole = fflush(command) == 0 && fflush(arguments) == 0;
    fclose(command);
    fclose(arguments);
    return whole ? 0
                 : error_set(error, "the command is too long to be recorded: it may have %zu bytes",
                             sizeof(info->arguments));
}

int campaign_recall(struct store *store, const char *id, const struct stored_options *stored,
                    struct campaign_info *info, struct error *error)
{
    static char words[STORE_ARGUMENTS_BYTES]; /* options keep pointing into it */
    char *argv[2 * OPTIONS_MAX + 2];
    size_t length = strlen(stored->command);
    int argc = 0, first;
    if (store_find_campaign(store, id, info, error) < 0)
        return -1;
    if (!strcmp(info->status, "complete"))
        return error_set(error, "campaign %s is complete: there is nothing to resume", info->id);
    if (strncmp(info->arguments, stored->command, length) != 0 || info->arguments[length] != '\n')
        return error_set(error,
                         "campaign %s was made by '%s': only those of 'waitbench %s' can be "
                         "resumed so; start it again",
                         info->id, info->command, stored->command);
    strcpy(words, info->arguments);
    char *rest = words, *word;
    while ((word = strsep(&rest, "\n")) && *word && argc < 2 * OPTIONS_MAX)
        argv[argc++] = word;
    argv[argc] = NULL;
    memset(stored->options, 0, stored->size);
    if (argc == 0 ||
        options_parse(stored->table, stored->options, argc, argv, &first, error) != OPTIONS_OK)
        return error_prefix(error, "the options of campaign %s", info->id);
    return 0;
}

static int options_restore(struct campaign_options *options, struct store *store,
                           struct campaign_info *info, struct error *error)
{
    const struct campaign_options typed = *options;
    const struct stored_options stored = {"campaign", &campaign_option_table, options,
                                          sizeof(*options)};
    if (campaign_recall(store, typed.resume, &stored, info, error) < 0)
        return -1;
    options->resume = typed.resume;
    options->results = typed.results; /* where it is now, not where it was then */
    options->output = typed.output;
    options->plan.seed = info->seed;
    return 0;
}

/* A preset's settings are in place of the options for them. */
static int check_settings(const struct plan_request *request, struct error *error)
{
    const struct bench_case usual = case_usual();
    if (!request->settings ||
        (!request->base.keep_alive && !request->base.work && request->base.delay == usual.delay))
        return 0;
    return error_set(error, "this preset has its own delays, work and connections: leave out "
                            "--delay, --work and --keep-alive");
}

/* A campaign of an earlier version that has it ends with its repetitions. */
static int check_retired(const struct campaign_options *options, struct error *error)
{
    return options->precision > 0
               ? error_set(error, "--precision is no longer there, since stopping as soon as an "
                                  "interval looks narrow favours those that are so by chance: use "
                                  "--until-decided or more --repetitions")
               : 0;
}

static int check_switches(const struct run_settings *run, struct error *error)
{
    return run->switches && run_ranks(run)
               ? error_set(error, "--switches records the threads of one process: leave it out, "
                                  "or --hosts and --ranks")
               : 0;
}

static int count_pairs(const struct plan *plan, size_t *out, struct error *error)
{
    struct decision *decisions;
    *out = decisions_make(plan->cases, plan->case_count, &decisions);
    free(decisions);
    return *out ? 0
                : error_set(error, "--until-decided compares drivers, and no two do the same here: "
                                   "name two with --driver, or add --control same");
}

int campaign_options_apply(struct campaign_options *options, int argc, char **argv,
                           struct store *store, struct campaign *campaign, struct error *error)
{
    struct campaign_info resumed = {0};
    if (options->resume && options_restore(options, store, &resumed, error) < 0)
        return -1;
    *campaign = (struct campaign){.info = resumed,
                                  .runner = runner_make(&options->plan.run),
                                  .budget = options->budget,
                                  .with_prediction = options->with_prediction};
    if (check_settings(&options->plan.request, error) < 0 ||
        check_switches(&options->plan.run, error) < 0 ||
        (!resumed.id[0] && check_retired(options, error) < 0) ||
        plan_options_finish(&options->plan, &campaign->plan, error) < 0)
        return -1;
    if (run_ranks(&options->plan.run)) { /* the calibration and hyperfine are of one process */
        campaign->with_prediction = false;
        options->whole_count = 0;
    }
    if (resumed.id[0])
        return 0;
    strcpy(campaign->info.name, options->name[0] ? options->name : "campaign");
    campaign->info.seed = options->plan.seed;
    campaign->info.repetitions = options->plan.repetitions;
    campaign->info.margin = options->margin;
    if ((!options->until_decided ||
         count_pairs(&campaign->plan, &campaign->info.decided_pairs, error) == 0) &&
        campaign_record_command(&campaign->info, argc, (const char *const *)argv, error) == 0)
        return 0;
    plan_release(&campaign->plan);
    return -1;
}
