#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/output.h"
#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/show/grid.h"
#include "bench/base/interrupt.h"
#include "bench/base/output_options.h"
#include "bench/drive/campaign_options.h"
#include "bench/drive/lesson_run.h"
#include "lib/units.h"
#include "bench/show/screen.h"
#include "bench/show/table.h"

struct lesson_options {
    const char *results;
    struct lesson_overrides overrides;
    unsigned repeats;
    bool list, all;
    struct output_options output;
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
    {"with", 0, OPTION_CUSTOM, .take = take_with, .argument = "[VARIANT=]OPTIONS",
     .help = "run a variant, or all, with other options of 'waitbench run'"},
    {"repeat", 0, OPTION_COUNT, OPTION_FIELD(struct lesson_options, repeats), .initial = "1",
     .min = 1, .max = 1000, .help = "the whole lesson so many times, and count the verdicts"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench lesson",
    .brief = "carry out a lesson: a claim, the evidence, a verdict",
    .usage = "NAME [options]",
    .summary = "Carry out a lesson and print its claim, the evidence, and the verdict: HOLDS, "
               "INCONCLUSIVE "
               "or DOES NOT HOLD HERE. docs/lessons/ has a page for each.",
    .words = 1,
    .word_values = "lessons",
    .sets = {{.rows = rows},
             {.rows = output_option_rows,
              .offset = offsetof(struct lesson_options, output),
              .only = output_only_pictures},
             {.rows = folder_option_rows, .offset = offsetof(struct lesson_options, results)}},
};

static void print_list(const struct screen *screen)
{
    static const struct grid_column columns[] = {
        {"", GRID_RIGHT}, {"lesson", GRID_LEFT}, {"what it is about", GRID_LEFT | GRID_WRAP}};
    struct grid *grid = grid_make(columns, 3);
    for (const struct lesson *const *l = lessons(); *l; l++) {
        grid_cell(grid, "%u", (*l)->number);
        grid_cell(grid, "%s", (*l)->name);
        grid_cell(grid, "%s", (*l)->title);
    }
    grid_print(grid, screen->style, screen->out);
    grid_free(grid);
}

static void print_opening(const struct lesson *lesson, const struct plan *plan, FILE *out)
{
    char label[CASE_LABEL_BYTES];
    unsigned variant = CASE_BIT(variant);
    fprintf(out, "Lesson %u: %s\n\nQuestion  %s\nClaim     %s\nTheory    %s\n\n", lesson->number,
            lesson->title, lesson->question, lesson->claim, lesson->theory);
    for (size_t i = 0; i < plan->case_count; i++)
        fprintf(out, "  %-16s %s\n", lesson->variants[i].name,
                case_label(&plan->cases[i], case_unusual(&plan->cases[i]) & ~variant, label));
}

/* Returns 0 or -1. */
static int print_evidence(struct store *store, const char *id, const struct screen *screen,
                          struct error *error)
{
    struct judgement judgement;
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    fputc('\n', screen->out);
    table_print_evidence(&judgement, screen->style, screen->out);
    judgement_release(&judgement);
    return 0;
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
            finding_names[result->verdict], result->why, lesson->pictures ? lesson->pictures : "");
    return output_close(out, path, 0, error);
}

static int write_folder(struct store *store, const struct lesson *lesson,
                        const struct lesson_result *lesson_result, const char *results,
                        struct error *error)
{
    struct judgement judgement;
    const char *id = lesson_result->campaign_id;
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    int result = campaign_files_write(store, &judgement, results, error);
    judgement_release(&judgement);
    if (result == 0)
        result = folder_write_csv(store, results, id, "evidence", error);
    return result == 0 ? write_headline(lesson, lesson_result, results, error) : -1;
}

/* As it would have to be typed to have the same again. */
static int record_command(const struct lesson *lesson, const struct lesson_options *options,
                          struct campaign_info *info, struct error *error)
{
    const struct lesson_overrides *overrides = &options->overrides;
    const char *words[4 + 2 * LESSON_OVERRIDES_MAX] = {"lesson", lesson->name};
    int count = 2;
    for (size_t i = 0; i < overrides->count; i++) {
        words[count++] = "--with";
        words[count++] = overrides->items[i];
    }
    if (!folder_is_usual(options->results)) {
        words[count++] = "--results";
        words[count++] = options->results;
    }
    return campaign_record_command(info, count, words, error);
}

/* What a call of the command goes through. */
struct course {
    const struct lesson_options *options;
    struct store *store;
    struct screen screen;
    bool stopped; /* by a Ctrl-C: no further lesson is begun */
};

/* Run and judge; returns an exit code. */
static int carry_out(const struct lesson *lesson, struct campaign *campaign, struct course *course,
                     struct lesson_result *result)
{
    struct error error;
    if (lesson_possible(lesson, &campaign->plan, course->options->results, &error) < 0) {
        snprintf(result->why, sizeof(result->why), "it cannot be carried out here: %s", error.text);
        return EXIT_FINE;
    }
    switch (lesson_run(lesson, campaign, course->store, result, &error)) {
    case CAMPAIGN_COMPLETE:
        return print_evidence(course->store, result->campaign_id, &course->screen, &error) < 0
                   ? command_fail(EXIT_FAILED, &error)
                   : EXIT_FINE;
    case CAMPAIGN_FAILED: return command_fail(EXIT_FAILED, &error);
    case CAMPAIGN_SPENT:
    case CAMPAIGN_INTERRUPTED: break;
    }
    course->stopped = true;
    interrupt_answered();
    fputs("waitbench: interrupted\n", stderr);
    return EXIT_FAILED;
}

/* Tables, pictures and page of what was recorded. Returns 0 or -1. */
static int publish(const struct lesson *lesson, const struct lesson_result *result,
                   const struct course *course, struct error *error)
{
    const struct lesson_options *options = course->options;
    if (!result->campaign_id[0])
        return 0;
    if (write_folder(course->store, lesson, result, options->results, error) < 0)
        return -1;
    return campaign_files_finish(course->store, options->results, result->campaign_id,
                                 options->output.without_pictures, course->screen.out, error);
}

/* One time. `*verdict` is what came out. Returns an exit code. */
static int give_lesson(const struct lesson *lesson, struct course *course, enum finding *verdict)
{
    struct error error;
    struct campaign campaign;
    struct lesson_result result = {.verdict = FINDING_INCONCLUSIVE};
    const struct lesson_overrides *overrides = &course->options->overrides;
    if (lesson_plan(lesson, overrides, &campaign, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    if (record_command(lesson, course->options, &campaign.info, &error) < 0) {
        plan_release(&campaign.plan);
        return command_fail(EXIT_USAGE, &error);
    }
    print_opening(lesson, &campaign.plan, course->screen.out);
    fflush(course->screen.out);
    int code = carry_out(lesson, &campaign, course, &result);
    *verdict = result.verdict;
    if (code == EXIT_FINE)
        fprintf(course->screen.out, "\n%s: %s: %s\n", finding_names[result.verdict], lesson->claim,
                result.why);
    if (publish(lesson, &result, course, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    evidence_free(result.evidence);
    plan_release(&campaign.plan);
    return code;
}

static int repeat(const struct lesson *lesson, struct course *course,
                  unsigned counts[FINDING_SHOWN])
{
    int code = EXIT_FINE;
    for (unsigned i = 0; i < course->options->repeats && code == EXIT_FINE; i++) {
        enum finding verdict = FINDING_INCONCLUSIVE;
        code = give_lesson(lesson, course, &verdict);
        if (code == EXIT_FINE)
            counts[verdict]++;
        fputc('\n', course->screen.out);
        fflush(course->screen.out);
    }
    return code;
}

static int give_chosen(const struct lesson *chosen, struct course *course)
{
    static const struct grid_column columns[] = {{"", GRID_RIGHT},
                                                 {"lesson", GRID_LEFT},
                                                 {"HOLDS", GRID_RIGHT},
                                                 {"INCONCLUSIVE", GRID_RIGHT},
                                                 {"DOES NOT HOLD HERE", GRID_RIGHT}};
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    int code = EXIT_FINE;
    size_t given = 0;
    for (const struct lesson *const *l = lessons(); *l && !course->stopped && !interrupted(); l++) {
        unsigned counts[FINDING_SHOWN] = {0};
        if (chosen && chosen != *l)
            continue;
        int ended = repeat(*l, course, counts); /* one that fails stops no other */
        code = ended > code ? ended : code;
        given++;
        grid_cell(grid, "%u", (*l)->number);
        grid_cell(grid, "%s", (*l)->name);
        for (int f = 0; f < FINDING_SHOWN; f++)
            grid_cell(grid, "%u", counts[f]);
    }
    if (given > 1 || course->options->repeats > 1)
        grid_print(grid, course->screen.style, course->screen.out);
    grid_free(grid);
    return code;
}

/* All lessons, or the one that is named. Returns an exit code. */
static int choose(const char *name, const struct lesson_options *options, struct course *course)
{
    struct error error;
    const struct lesson *lesson = name ? lesson_find(name) : NULL;
    if (!!lesson == options->all || (options->all && name)) {
        if (options->all)
            error_set(&error, "'%s' and --all: one of the two", name);
        else if (name)
            error_set(&error, "there is no lesson '%s'; 'waitbench lesson --list' names them",
                      name);
        else
            error_set(&error, "say which lesson: 'waitbench lesson --list' names them");
        return command_fail(EXIT_USAGE, &error);
    }
    course->store = folder_open_store(options->results, STORE_WRITE, &error);
    int code = course->store ? give_chosen(lesson, course) : command_fail(EXIT_FAILED, &error);
    store_close(course->store);
    return code;
}

static struct lesson_options given;

static int lesson_command(const struct command_line *line)
{
    struct course course = {.options = &given};
    screen_open(&course.screen, stdout, false);
    if (given.list)
        print_list(&course.screen);
    int code = given.list ? EXIT_FINE : choose(line->words[0], &given, &course);
    screen_close(&course.screen);
    return code;
}

const struct command command_lesson = {&options_table, &given, lesson_command};
