#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/output_options.h"
#include "bench/show/table.h"
#include "bench/show/screen.h"
#include "bench/keep/folder.h"

struct compare_options {
    char drivers[2][STORE_DRIVER_BYTES];
    size_t driver_count;
    double slower_limit; /* below 0: none was given */
    const char *slower_text;
    double margin; /* 0: that of the campaign, or the usual one */
    bool markdown;
    struct output_options output;
    const char *results;
};

static int take_driver(void *target, const char *piece, struct error *error)
{
    struct compare_options *options = target;
    if (options->driver_count == 2 || strlen(piece) >= STORE_DRIVER_BYTES)
        return error_set(error, "two drivers are compared, as in --drivers threadpool,libev");
    strcpy(options->drivers[options->driver_count++], piece);
    return 0;
}

static int take_drivers(void *target, const char *value, struct error *error)
{
    struct compare_options *options = target;
    options->driver_count = 0;
    if (options_each(value, take_driver, target, error) < 0)
        return -1;
    if (options->driver_count != 2 || !strcmp(options->drivers[0], options->drivers[1]))
        return error_set(error, "two drivers are compared, as in --drivers threadpool,libev");
    return 0;
}

static int take_limit(void *target, const char *value, struct error *error)
{
    struct compare_options *options = target;
    char *end;
    double percent = strtod(value, &end);
    bool plain = strspn(value, "0123456789.") == (size_t)(end - value) && end != value;
    if (!plain || strcmp(end, "%") != 0 || !(percent <= 10000))
        return error_set(error, "'%.80s' is not a share: write it as 5%% or 2.5%%", value);
    options->slower_limit = percent / 100;
    options->slower_text = value;
    return 0;
}

static const struct option_row rows[] = {
    {"drivers", 'd', OPTION_CUSTOM, .take = take_drivers, .argument = "X,Y", .values = "drivers",
     .help = "within one campaign: driver Y to driver X"},
    {"fail-if-slower", 0, OPTION_CUSTOM, .take = take_limit, .argument = "PERCENT",
     .help = "exit with 1 if B is slower by more than that"},
    {"margin", 0, OPTION_SHARE, OPTION_FIELD(struct compare_options, margin),
     .unset = "the campaign's, or 1%",
     .help = "equivalent is what has the ratio's whole interval within it"},
    {"markdown", 'm', OPTION_FLAG, OPTION_FIELD(struct compare_options, markdown),
     .help = "as Markdown"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench compare",
    .brief = "compare two campaigns, or two drivers in one",
    .usage = "A B [options] | compare [CAMPAIGN] --drivers X,Y [options]",
    .summary =
        "Compare two campaigns case by case, or two drivers in one, block by block: ratios of "
        "makespans (with open arrivals, of p99 latencies) with their intervals, and which are "
        "faster, slower, equivalent or undecided. "
        "Each of A and B is a campaign (an "
        "id, the beginning of one, a name, or latest) or a file that 'waitbench export --what "
        "runs' wrote, on any machine; where a file has that name, the file is meant. Two cases "
        "are a pair if every field that both sides have is the same.\n\n"
        "B counts as slower by more than, say, 5% only where it is called slower and even the "
        "lower end of the ratio's interval is above 1.05. Exit codes: 0; 1 for "
        "--fail-if-slower; 3 if a case is INVALID on either side (and 1 does not apply).",
    .words = 2,
    .word_values = "campaigns",
    .sets = {{.rows = rows},
             {.rows = output_option_rows,
              .offset = offsetof(struct compare_options, output),
              .only = output_only_all},
             {.rows = folder_option_rows, .offset = offsetof(struct compare_options, results)}},
};

/* ---- what to compare ---- */

static int open_sides(char **words, const struct compare_options *options,
                      struct compare_side sides[2], struct error *error)
{
    struct compare_side whole;
    if (options->driver_count == 0) {
        if (compare_open(words[0], options->results, &sides[0], error) < 0)
            return -1;
        return compare_open(words[1], options->results, &sides[1], error);
    }
    if (compare_open(words[0], options->results, &whole, error) < 0)
        return -1;
    int result = compare_split_driver(&whole, options->drivers[0], &sides[0], error);
    if (result == 0)
        result = compare_split_driver(&whole, options->drivers[1], &sides[1], error);
    compare_side_release(&whole);
    return result;
}

static int check_words(char **words, const struct compare_options *options, struct error *error)
{
    int n = words[0] ? words[1] ? 2 : 1 : 0;
    if (options->driver_count && n > 1)
        return error_set(error, "--drivers compares within one campaign, and %d were named", n);
    if (!options->driver_count && n != 2)
        return error_set(error,
                         "two campaigns or files are compared, and %d %s named; see "
                         "'waitbench compare --help'",
                         n, n == 1 ? "was" : "were");
    return 0;
}

/* ---- the quality ---- */

static int judge_limit(const struct comparison *comparison, const struct compare_options *options,
                       FILE *out)
{
    char label[CASE_LABEL_BYTES];
    size_t slower = 0;
    for (size_t i = 0; i < comparison->row_count; i++) {
        const struct compare_row *row = &comparison->rows[i];
        if (!compare_slower_than(row, options->slower_limit))
            continue;
        fprintf(out, "%s slower by more than %s: %s\n", comparison->b_name, options->slower_text,
                case_label(compare_row_case(row), comparison->fields, label));
        slower++;
    }
    if (comparison->too_few)
        fprintf(stderr, "waitbench: too few runs to tell whether %zu of the cases are slower\n",
                comparison->too_few);
    return slower ? EXIT_FAILED : EXIT_FINE;
}

/* A campaign that is still to be gone on with has fewer runs than it was to have. */
static void tell_incomplete(const char *which, const struct compare_side *side, FILE *out)
{
    if (side->status[0] && strcmp(side->status, "complete") != 0)
        fprintf(out, "%s is not complete (%s): its figures are those of the runs that were made.\n",
                which, side->status);
}

static void tell_stopped(const char *which, const struct compare_side *side, FILE *out)
{
    if (side->rule.anytime_pairs)
        fprintf(out,
                "%s ended when its pairs were decided; p assumes that the number of runs was fixed "
                "before.\n",
                which);
}

/* Exports of earlier versions lack the newer fields of a case. */
static void tell_untold(const char *which, const struct compare_side *side, FILE *out)
{
    size_t n = 0;
    for (size_t i = 0; case_fields[i].name; i++)
        if (case_fields[i].exported && !(side->told & 1U << i))
            fprintf(out, n++ ? ", %s" : "%s", case_fields[i].exported);
    if (n)
        fprintf(out, " %s not in %s: cases that differ in nothing else are one case here.\n",
                n == 1 ? "is" : "are", which);
}

static int print_comparison(const struct comparison *comparison, const struct compare_side sides[2],
                            const struct compare_options *options, const struct screen *screen)
{
    FILE *out = screen->out;
    if (options->driver_count)
        fprintf(out, "%s: %s to %s\n", sides[0].name, comparison->b_name, comparison->a_name);
    else
        fprintf(out, "A: %s\nB: %s\n", sides[0].name, sides[1].name);
    tell_incomplete(options->driver_count ? "The campaign" : "A", &sides[0], out);
    if (!options->driver_count) {
        tell_incomplete("B", &sides[1], out);
        tell_untold("A", &sides[0], out);
        tell_untold("B", &sides[1], out);
        tell_stopped("A", &sides[0], out);
        tell_stopped("B", &sides[1], out);
    }
    fputc('\n', out);
    table_print_comparison(comparison, options->markdown ? GRID_MARKDOWN : screen->style, out);
    if (comparison->count[COMPARE_NO_PARTNER] == comparison->row_count) {
        struct error error;
        error_set(&error, "nothing to compare: no case has a partner on the other side");
        return command_fail(EXIT_FAILED, &error);
    }
    int code = options->slower_limit >= 0 ? judge_limit(comparison, options, out) : EXIT_FINE;
    return code == EXIT_FINE && comparison->count[COMPARE_INVALID] ? EXIT_INVALID : code;
}

static struct compare_options given = {.slower_limit = -1};

static int compare_run(const struct command_line *line)
{
    struct error error;
    if (check_words(line->words, &given, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    struct compare_side sides[2] = {0};
    int code = EXIT_FAILED;
    if (open_sides(line->words, &given, sides, &error) < 0) {
        command_fail(code, &error);
    } else {
        struct comparison comparison;
        struct screen screen;
        compare_sides(&sides[0], given.driver_count ? given.drivers[0] : "A", &sides[1],
                      given.driver_count ? given.drivers[1] : "B", given.driver_count > 0,
                      given.margin, &comparison);
        screen_open(&screen, stdout, given.output.all || given.markdown);
        code = print_comparison(&comparison, sides, &given, &screen);
        screen_close(&screen);
        comparison_release(&comparison);
    }
    compare_side_release(&sides[0]);
    compare_side_release(&sides[1]);
    return code;
}

const struct command command_compare = {&options_table, &given, compare_run};
