#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/interrupt.h"
#include "bench/base/output.h"
#include "bench/drive/campaign_options.h"
#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/show/screen.h"
#include "bench/show/worksheet_page.h"
#include "lib/units.h"

enum { SEEDS_MAX = 1000, SEED_MAX = 1000000000 };

struct worksheet_options {
    uint64_t seed, first, last; /* a worksheet's; those of --seeds */
    const char *student, *results, *predict, *path;
    bool run, key;
    struct output_options output;
};

static int take_seeds(void *target, const char *value, struct error *error)
{
    struct worksheet_options *options = target;
    char first[UNITS_TEXT_BYTES];
    const char *dash = strchr(value, '-');
    int64_t low, high;
    snprintf(first, sizeof(first), "%.*s", dash ? (int)(dash - value) : 0, value);
    if (!dash || units_parse_count(first, 1, SEED_MAX, &low, error) < 0 ||
        units_parse_count(dash + 1, low, SEED_MAX, &high, error) < 0 || high - low >= SEEDS_MAX)
        return error_set(error, "'%.40s' is no range of up to %d seeds, such as 1-30", value,
                         SEEDS_MAX);
    options->first = (uint64_t)low;
    options->last = (uint64_t)high;
    return 0;
}

static const struct option_row rows[] = {
    {"seed", 0, OPTION_COUNT, OPTION_FIELD(struct worksheet_options, seed), .unset = "needed",
     .min = 1, .max = SEED_MAX, .help = "of the parameters: a number for each student"},
    {"student", 0, OPTION_TEXT, OPTION_FIELD(struct worksheet_options, student), .argument = "NAME",
     .unset = "none",
     .help = "printed on the worksheet; students with the same seed get parameters of their own"},
    {"predict", 0, OPTION_TEXT, OPTION_FIELD(struct worksheet_options, predict),
     .argument = "q1=VALUE,…", .unset = "none",
     .help = "record predictions, which can be changed until the runs begin"},
    {"run", 0, OPTION_FLAG, OPTION_FIELD(struct worksheet_options, run),
     .help = "run all questions, and show the outcomes beside the predictions"},
    {"key", 0, OPTION_FLAG, OPTION_FIELD(struct worksheet_options, key),
     .help = "for instructors: print the solutions by theory, and nothing else"},
    {"seeds", 0, OPTION_CUSTOM, .take = take_seeds, .argument = "FIRST-LAST",
     .unset = "that of --seed", .help = "those of --key"},
    {"output", 'o', OPTION_TEXT, OPTION_FIELD(struct worksheet_options, path), .argument = "FILE",
     .values = "files", .unset = "standard output",
     .help = "a file: NAME.html is a page, NAME.md Markdown"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench worksheet",
    .brief = "a lab's worksheet with parameters of each student's own",
    .usage = "LAB --seed N [options]",
    .summary =
        "Print a worksheet for a lab of docs/course/ (lab1, lab2, lab3): its questions, with "
        "parameters drawn by the seed. With --predict record what a student predicts; with --run "
        "run all questions and print each prediction beside theory and what was measured.",
    .words = 1,
    .word_values = "labs",
    .sets = {{.rows = rows},
             {.rows = output_option_rows,
              .offset = offsetof(struct worksheet_options, output),
              .only = output_only_pictures},
             {.rows = folder_option_rows, .offset = offsetof(struct worksheet_options, results)}},
};

/* ---- output ---- */

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), end = strlen(ending);
    return length > end && !strcmp(path + length - end, ending);
}

static int check_path(const char *path, struct error *error)
{
    if (!path || ends_in(path, ".html") || ends_in(path, ".md"))
        return 0;
    return error_set(error, "--output %.80s: the name ends in .html or .md", path);
}

struct writing {
    void (*print)(const void *subject, enum grid_style style, FILE *out);
    const void *subject;
};

/* Markdown to standard output, or what the file's name says. */
static int write_out(const char *path, struct writing writing)
{
    struct error error;
    if (!path) {
        writing.print(writing.subject, GRID_MARKDOWN, stdout);
        return EXIT_FINE;
    }
    FILE *out = output_open(path, &error);
    if (!out)
        return command_fail(EXIT_FAILED, &error);
    writing.print(writing.subject, ends_in(path, ".html") ? GRID_HTML : GRID_MARKDOWN, out);
    if (output_close(out, path, 0, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    fprintf(stderr, "Written: %s\n", path);
    return EXIT_FINE;
}

/* ---- solutions ---- */

struct key {
    struct worksheet *sheets;
    size_t count;
};

static void print_key(const void *subject, enum grid_style style, FILE *out)
{
    const struct key *key = subject;
    worksheet_print_key(key->sheets, key->count, style, out);
}

static int show_key(const struct worksheet_lab *lab, const struct worksheet_options *options)
{
    struct error error;
    uint64_t first = options->first ? options->first : options->seed;
    uint64_t last = options->first ? options->last : options->seed;
    struct key key = {.count = (size_t)(last - first + 1)};
    key.sheets = xcalloc(key.count, sizeof(*key.sheets));
    int code = EXIT_FINE;
    for (size_t i = 0; i < key.count && code == EXIT_FINE; i++)
        if (worksheet_make(&key.sheets[i], lab, first + i, options->student, &error) < 0)
            code = command_fail(EXIT_USAGE, &error);
    if (code == EXIT_FINE)
        code = write_out(options->path, (struct writing){print_key, &key});
    free(key.sheets);
    return code;
}

/* ---- predictions ---- */

struct prediction_list {
    const struct worksheet *sheet;
    struct predictions *into;
};

static int take_prediction(void *target, const char *piece, struct error *error)
{
    struct prediction_list *list = target;
    struct prediction *item = &list->into->items[list->into->count];
    const char *equals = strchr(piece, '=');
    double value;
    if (!equals)
        return error_set(error, "--predict: '%.40s' is not like q1=0.8s", piece);
    if (list->into->count == PREDICTIONS_MAX || strlen(equals + 1) >= sizeof(item->text))
        return error_set(error, "--predict: '%.40s' is too much", piece);
    snprintf(item->name, sizeof(item->name), "%.*s", (int)(equals - piece), piece);
    snprintf(item->text, sizeof(item->text), "%s", equals + 1);
    int at = worksheet_find_question(list->sheet, item->name, error);
    if (at < 0)
        return -1;
    list->into->count++;
    return worksheet_parse_prediction(&list->sheet->questions[at], item->text, &value, error);
}

/* All of them or none. Returns an exit code. */
static int predict(const struct worksheet *sheet, const struct worksheet_options *options,
                   const struct predictions *known)
{
    struct error error;
    struct predictions added = {0};
    struct prediction_list list = {sheet, &added};
    if (options_each(options->predict, take_prediction, &list, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    if (known->begun) {
        error_set(&error,
                  "the runs of this worksheet have begun: its predictions stay as they are");
        return command_fail(EXIT_FAILED, &error);
    }
    if (predictions_add(options->results, sheet->id, &added, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    printf("%zu of the %zu questions predicted\n", added.count, sheet->count);
    return EXIT_FINE;
}

static int check_predicted(const struct worksheet *sheet, const struct predictions *predictions,
                           struct error *error)
{
    for (size_t i = 0; i < sheet->count; i++)
        if (!predictions_find(predictions, sheet->questions[i].name))
            return error_set(error, "predict first: there is none for %s (--predict %s=…)",
                             sheet->questions[i].name, sheet->questions[i].name);
    return 0;
}

/* ---- running ---- */

static int record_command(const struct worksheet *sheet, const struct worksheet_options *options,
                          struct campaign_info *info, struct error *error)
{
    char seed[UNITS_TEXT_BYTES];
    const char *words[9] = {"worksheet", sheet->lab->name, "--run", "--seed", seed};
    int count = 5;
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)sheet->seed);
    if (sheet->student[0]) {
        words[count++] = "--student";
        words[count++] = sheet->student;
    }
    if (!folder_is_usual(options->results)) {
        words[count++] = "--results";
        words[count++] = options->results;
    }
    return campaign_record_command(info, count, words, error);
}

/* Its tables, pictures and page, as of any campaign. */
static int publish(struct store *store, const char *id, const struct worksheet_options *options,
                   struct error *error)
{
    struct judgement judgement;
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    int result = campaign_files_write(store, &judgement, options->results, error);
    judgement_release(&judgement);
    return result < 0 ? -1
                      : campaign_files_finish(store, options->results, id,
                                              options->output.without_pictures, stderr, error);
}

/* Returns an exit code; `id` is that of the campaign. */
static int execute(const struct worksheet *sheet, const struct worksheet_options *options,
                   struct campaign *campaign, struct store *store, char id[STORE_ID_BYTES])
{
    struct error error;
    if (record_command(sheet, options, &campaign->info, &error) < 0 ||
        worksheet_possible(&campaign->plan, options->results, &error) < 0 ||
        predictions_begin(options->results, sheet->id, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    enum campaign_result ended = campaign_execute(campaign, store, &error);
    command_say_ended(ended, &error);
    if (ended != CAMPAIGN_COMPLETE) {
        fputs("waitbench: the predictions stay as they are; --run begins the runs anew\n", stderr);
        return EXIT_FAILED;
    }
    snprintf(id, STORE_ID_BYTES, "%s", campaign->info.id);
    if (predictions_end(options->results, sheet->id, id, &error) < 0 ||
        publish(store, id, options, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    return EXIT_FINE;
}

static int run_all(const struct worksheet *sheet, const struct worksheet_options *options,
                   struct store *store, struct predictions *predictions)
{
    struct error error;
    struct campaign campaign;
    if (check_predicted(sheet, predictions, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    if (worksheet_plan(sheet, &campaign, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    int code = execute(sheet, options, &campaign, store, predictions->campaign);
    plan_release(&campaign.plan);
    return code;
}

/* ---- the worksheet ---- */

static void print_sheet(const void *subject, enum grid_style style, FILE *out)
{
    worksheet_print(subject, style, out);
}

static nsec_t expected_time(const struct worksheet *sheet)
{
    struct error error;
    struct campaign campaign;
    if (worksheet_plan(sheet, &campaign, &error) < 0)
        return 0;
    nsec_t time = (nsec_t)(campaign_expected_s(&campaign.plan) * (double)NSEC_PER_SEC);
    plan_release(&campaign.plan);
    return time;
}

static int outcomes_code(const struct worksheet_outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (outcomes[i].quality == QUALITY_INVALID)
            return EXIT_INVALID;
    return EXIT_FINE;
}

/* After a run its outcomes on standard output, and everything in a file. */
static int show(const struct worksheet *sheet, const struct worksheet_options *options,
                struct store *store, const struct predictions *predictions)
{
    struct error error;
    struct worksheet_outcome outcomes[WORKSHEET_QUESTIONS_MAX];
    struct worksheet_page page = {.sheet = sheet,
                                  .predictions = predictions,
                                  .results = options->results,
                                  .takes = expected_time(sheet)};
    int code = EXIT_FINE;
    if (store) {
        if (worksheet_read_outcomes(sheet, store, predictions->campaign, outcomes, &error) < 0)
            return command_fail(EXIT_FAILED, &error);
        page.outcomes = outcomes;
        code = outcomes_code(outcomes, sheet->count);
    }
    if (options->run) {
        struct screen screen;
        screen_open(&screen, stdout, false);
        worksheet_print_outcomes(&page, screen.style, screen.out);
        screen_close(&screen);
    }
    if (options->run && !options->path)
        return code;
    int written = write_out(options->path, (struct writing){print_sheet, &page});
    return written ? written : code;
}

/* What writes into the results folder has its lock. */
static int change(const struct worksheet *sheet, const struct worksheet_options *options)
{
    struct error error;
    struct predictions predictions;
    struct store *store = folder_open_store(options->results, STORE_WRITE, &error);
    if (!store)
        return command_fail(EXIT_FAILED, &error);
    int code = EXIT_FINE;
    if (predictions_read(options->results, sheet->id, &predictions, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    if (code == EXIT_FINE && options->predict)
        code = predict(sheet, options, &predictions);
    if (code == EXIT_FINE && options->run) {
        if (options->predict && predictions_read(options->results, sheet->id, &predictions, &error))
            code = command_fail(EXIT_FAILED, &error);
        else
            code = run_all(sheet, options, store, &predictions);
        if (code == EXIT_FINE)
            code = show(sheet, options, store, &predictions);
    }
    store_close(store);
    return code;
}

static int look(const struct worksheet *sheet, const struct worksheet_options *options)
{
    struct error error;
    struct predictions predictions;
    struct store *store = NULL;
    if (predictions_read(options->results, sheet->id, &predictions, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    if (predictions.campaign[0] &&
        !(store = folder_open_store(options->results, STORE_READ, &error)))
        return command_fail(EXIT_FAILED, &error);
    int code = show(sheet, options, store, &predictions);
    store_close(store);
    return code;
}

static int check_options(const struct worksheet_options *options, struct error *error)
{
    if (options->key && (options->predict || options->run))
        return error_set(error, "--key is printed alone: leave out --predict and --run");
    if (!options->key && options->first)
        return error_set(error, "--seeds goes with --key; a worksheet has one --seed");
    if (!options->seed && !options->first)
        return error_set(error, "say which seed: --seed N%s",
                         options->key ? " or --seeds FIRST-LAST" : "");
    return check_path(options->path, error);
}

static struct worksheet_options given;

static int worksheet_command(const struct command_line *line)
{
    struct error error;
    struct worksheet sheet;
    const struct worksheet_lab *lab = worksheet_find_lab(line->words[0], &error);
    if (!given.student)
        given.student = "";
    if (!lab || check_options(&given, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    if (given.key)
        return show_key(lab, &given);
    if (worksheet_make(&sheet, lab, given.seed, given.student, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    return given.predict || given.run ? change(&sheet, &given) : look(&sheet, &given);
}

const struct command command_worksheet = {&options_table, &given, worksheet_command};
