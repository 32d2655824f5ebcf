#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/show/grid.h"
#include "bench/base/interrupt.h"
#include "bench/drive/lesson_run.h"
#include "lib/units.h"
#include "bench/show/report.h"
#include "bench/show/table_evidence.h"

struct lesson_options {
    const char *results;
    struct lesson_overrides overrides;
    unsigned repeats;
    bool list, all;
};

static int take_with(void *target, const char *value, struct error *error)
{
    struct lesson_overrides *overrides = &((struct lesson_options *)target)->overrides;
    if (overrides->count == LESSON_OVERRIDES_MAX)
        return error_set(error, "%d at most", LESSON_OVERRIDES_MAX);
    overrides->items[overrides->count++] = value;
    return 0;
}

static const struct option_row rows[] = {
    {"list", 'l', OPTION_FLAG, OPTION_FIELD(struct lesson_options, list),
     .help = "name the lessons"},
    {"all", 'a', OPTION_FLAG, OPTION_FIELD(struct lesson_options, all),
     .help = "all of them, one after the other"},
    {"with", 0, OPTION_CUSTOM, .take = take_with, .argument = "[CASE=]OPTIONS",
     .help = "run a case, or all, with other options of 'waitbench run'"},
    {"repeat", 0, OPTION_COUNT, OPTION_FIELD(struct lesson_options, repeats), .initial = "1",
     .min = 1, .max = 1000, .help = "the whole lesson so many times, and count the verdicts"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench lesson",
    .brief = "carry out a lesson: a claim, the evidence, a verdict",
    .usage = "NAME [options]",
    .summary =
        "Carry out a lesson: its claim, the runs that would show it, the evidence, and whether it "
        "HOLDS, is INCONCLUSIVE or DOES NOT HOLD HERE. docs/lessons/ has a page for each.",
    .words = 1,
    .sets = {{.rows = rows},
             {.rows = folder_option_rows, .offset = offsetof(struct lesson_options, results)}},
};

static void print_list(void)
{
    static const struct grid_column columns[] = {
        {"", GRID_RIGHT}, {"lesson", GRID_LEFT}, {"what it is about", GRID_LEFT}};
    struct grid *grid = grid_make(columns, 3);
    for (const struct lesson *const *l = lessons(); *l; l++) {
        grid_cell(grid, "%u", (*l)->number);
        grid_cell(grid, "%s", (*l)->name);
        grid_cell(grid, "%s", (*l)->title);
    }
    grid_print(grid, GRID_TERMINAL, stdout);
    grid_free(grid);
}

static void print_opening(const struct lesson *lesson, const struct plan *plan)
{
    char label[CASE_LABEL_BYTES];
    unsigned variant = CASE_BIT(variant);
    printf("Lesson %u: %s\n\nQuestion  %s\nClaim     %s\nTheory    %s\n\n", lesson->number,
           lesson->title, lesson->question, lesson->claim, lesson->theory);
    for (size_t i = 0; i < plan->case_count; i++)
        printf("  %-16s %s\n", lesson->variants[i].name,
               case_label(&plan->cases[i], case_unusual(&plan->cases[i]) & ~variant, label));
}

static void print_evidence(const struct evidence *evidence)
{
    const struct evidence_line *lines;
    size_t n = evidence_lines(evidence, &lines);
    putchar('\n');
    table_print_evidence(lines, n, GRID_TERMINAL, stdout);
}

/* What the picture is called, what came out, and what is to be drawn. */
static int write_headline(const struct lesson *lesson, const struct lesson_result *result,
                          const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = folder_open_file(results, result->campaign_id, "lesson.txt", path, error);
    if (!out)
        return -1;
    fprintf(out, "Lesson %u: %s\n%s: %s\nPictures: lesson %s\n", lesson->number, lesson->title,
            finding_name(result->verdict), result->why, lesson->pictures ? lesson->pictures : "");
    return folder_close_file(out, path, 0, error);
}

static int write_folder(struct store *store, const struct lesson_options *options, const char *id,
                        struct error *error)
{
    char page[FOLDER_PATH_BYTES];
    struct judgement judgement;
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    int result = campaign_files_write(store, &judgement, options->results, error);
    judgement_release(&judgement);
    if (result == 0)
        result = folder_write_csv(store, options->results, id, "evidence", error);
    if (result == 0)
        result = report_write(store, id, options->results, page, sizeof(page), error);
    return result;
}

/* As it would have to be typed to have the same again. */
static void name_command(const struct lesson *lesson, const struct lesson_overrides *overrides,
                         struct campaign_info *info)
{
    size_t size = sizeof(info->command);
    size_t used = (size_t)snprintf(info->command, size, "waitbench lesson %s", lesson->name);
    for (size_t i = 0; i < overrides->count && used < size; i++)
        used += (size_t)snprintf(info->command + used, size - used, " --with '%s'",
                                 overrides->items[i]);
}

/* One time. `*verdict` is what came out. Returns an exit code. */
static int carry_out(const struct lesson *lesson, const struct lesson_options *options,
                     struct store *store, enum finding *verdict)
{
    struct error error;
    struct campaign campaign;
    struct lesson_result result = {.verdict = FINDING_INCONCLUSIVE};
    if (lesson_plan(lesson, &options->overrides, &campaign, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    name_command(lesson, &options->overrides, &campaign.info);
    print_opening(lesson, &campaign.plan);
    fflush(stdout);
    int code = EXIT_FINE;
    if (lesson_possible(lesson, &campaign.plan, options->results, &error) < 0) {
        snprintf(result.why, sizeof(result.why), "it cannot be carried out here: %s", error.text);
    } else {
        switch (lesson_run(lesson, &campaign, store, &result, &error)) {
        case CAMPAIGN_COMPLETE: print_evidence(result.evidence); break;
        case CAMPAIGN_INTERRUPTED:
            code = EXIT_FAILED;
            fputs("waitbench: interrupted\n", stderr);
            break;
        case CAMPAIGN_FAILED: code = command_fail(EXIT_FAILED, &error); break;
        }
        if (result.campaign_id[0] &&
            (write_folder(store, options, result.campaign_id, &error) < 0 ||
             write_headline(lesson, &result, options->results, &error) < 0))
            code = command_fail(EXIT_FAILED, &error);
    }
    *verdict = result.verdict;
    if (code == EXIT_FINE)
        printf("\n%s: %s: %s\n", finding_name(result.verdict), lesson->claim, result.why);
    if (result.campaign_id[0])
        printf("Recorded in %s/%s\n", options->results, result.campaign_id);
    evidence_free(result.evidence);
    plan_release(&campaign.plan);
    return code;
}

static int repeat(const struct lesson *lesson, const struct lesson_options *options,
                  struct store *store, unsigned counts[FINDING_SHOWN])
{
    int code = EXIT_FINE;
    for (unsigned i = 0; i < options->repeats && code == EXIT_FINE; i++) {
        enum finding verdict = FINDING_INCONCLUSIVE;
        code = carry_out(lesson, options, store, &verdict);
        if (code == EXIT_FINE)
            counts[verdict]++;
        putchar('\n');
        fflush(stdout);
    }
    return code;
}

static int carry_out_chosen(const struct lesson *chosen, const struct lesson_options *options,
                            struct store *store)
{
    static const struct grid_column columns[] = {{"", GRID_RIGHT},
                                                 {"lesson", GRID_LEFT},
                                                 {"HOLDS", GRID_RIGHT},
                                                 {"INCONCLUSIVE", GRID_RIGHT},
                                                 {"DOES NOT HOLD HERE", GRID_RIGHT}};
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    int code = EXIT_FINE;
    size_t carried = 0;
    for (const struct lesson *const *l = lessons(); *l && !interrupted(); l++) {
        unsigned counts[FINDING_SHOWN] = {0};
        if (chosen && chosen != *l)
            continue;
        int ended = repeat(*l, options, store, counts); /* one that fails stops no other */
        code = ended > code ? ended : code;
        carried++;
        grid_cell(grid, "%u", (*l)->number);
        grid_cell(grid, "%s", (*l)->name);
        for (int f = 0; f < FINDING_SHOWN; f++)
            grid_cell(grid, "%u", counts[f]);
    }
    if (carried > 1 || options->repeats > 1)
        grid_print(grid, GRID_TERMINAL, stdout);
    grid_free(grid);
    return code;
}

static int lesson_command(int argc, char **argv)
{
    struct error error;
    int first;
    struct lesson_options options = {0};
    int code = command_options(&options_table, &options, argc, argv, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    if (options.list) {
        print_list();
        return EXIT_FINE;
    }
    const struct lesson *lesson = argv[first] ? lesson_find(argv[first]) : NULL;
    if (!!lesson == options.all || (options.all && argv[first])) {
        if (options.all)
            error_set(&error, "'%s' and --all: one of the two", argv[first]);
        else if (argv[first])
            error_set(&error, "there is no lesson '%s'; 'waitbench lesson --list' names them",
                      argv[first]);
        else
            error_set(&error, "say which lesson: 'waitbench lesson --list' names them");
        return command_fail(EXIT_USAGE, &error);
    }
    struct store *store = folder_open_store(options.results, STORE_WRITE, &error);
    int lock = store ? folder_lock(options.results, &error) : -1;
    code = lock < 0 ? command_fail(EXIT_FAILED, &error) : carry_out_chosen(lesson, &options, store);
    folder_unlock(lock);
    store_close(store);
    return code;
}

const struct command command_lesson = {&options_table, lesson_command};
