#include "command.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/grade/grade.h"
#include "bench/grade/results.h"
#include "lib/rng.h"

struct grade_options {
    struct grade grade;
    const char *gradescope;
    bool autolab, list;
};

static const struct option_row rows[] = {
    {"seed", 0, OPTION_COUNT, OPTION_FIELD(struct grade_options, grade.seed),
     .unset = "a fresh one", .min = 1, .max = INT64_MAX,
     .help = "of what the variants draw: the same seed draws the same"},
    {"checks-only", 0, OPTION_FLAG, OPTION_FIELD(struct grade_options, grade.without_claim),
     .help = "no claim: nothing is measured"},
    {"check", 0, OPTION_TEXT, OPTION_FIELD(struct grade_options, grade.only), .argument = "NAME",
     .unset = "all", .help = "only this check, or 'the claim'"},
    {"claim", 0, OPTION_SHARE, OPTION_FIELD(struct grade_options, grade.share), .initial = "50%",
     .help = "the share of the reference's efficiency that the driver is to reach"},
    {"reference", 0, OPTION_TEXT, OPTION_FIELD(struct grade_options, grade.reference),
     .argument = "DRIVER", .values = "drivers",
     .unset = "one of the same model; of a program epoll",
     .help = "the driver that it is compared with"},
    {"concurrency", 'c', OPTION_COUNT, OPTION_FIELD(struct grade_options, grade.concurrency),
     .initial = "256", .min = 1, .max = 4096, .help = "requests in flight, of the claim"},
    {"delay", 0, OPTION_TIME, OPTION_FIELD(struct grade_options, grade.delay), .initial = "200ms",
     .min = NSEC_PER_MSEC, .max = 10 * NSEC_PER_SEC, .help = "the server's, of the claim"},
    {"time", 0, OPTION_TIME, OPTION_FIELD(struct grade_options, grade.time), .initial = "60s",
     .min = NSEC_PER_SEC, .max = 3600 * NSEC_PER_SEC,
     .help = "after which no more runs are made for the claim, and it stays undecided"},
    {"gradescope", 0, OPTION_TEXT, OPTION_FIELD(struct grade_options, gradescope),
     .argument = "FILE", .values = "files", .unset = "none",
     .help = "write the results as Gradescope's results.json"},
    {"autolab", 0, OPTION_FLAG, OPTION_FIELD(struct grade_options, autolab),
     .help = "print the scores for Autolab, as the last line"},
    {"list", 0, OPTION_FLAG, OPTION_FIELD(struct grade_options, list),
     .help = "print the checks and their points, and grade nothing"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench grade",
    .usage = "DRIVER.c|PROGRAM [options]",
    .brief = "grade a student's driver: checks, and one claim",
    .summary =
        "Build a driver in C (docs/adding-a-driver.md), or take a program that follows the "
        "protocol of external drivers, run it with limited rights, and print which checks it "
        "passes, with a reason for each that fails; then whether it reaches a share of another "
        "driver's efficiency. Exit codes: 0 all passed, 1 something failed, 2 wrong usage, 3 the "
        "claim stayed undecided.",
    .words = 1,
    .word_values = "files",
    .sets = {{.rows = rows}},
};

static struct grade_options given;

static int print_results(bool terminal)
{
    struct error error;
    const struct grade *grade = &given.grade;
    int code = grade_has(grade, GRADE_FAILED)      ? EXIT_FAILED
               : grade_has(grade, GRADE_UNDECIDED) ? EXIT_INVALID
                                                   : EXIT_FINE;
    results_print(grade, terminal, stdout);
    if (given.gradescope && results_write_gradescope(grade, given.gradescope, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    if (given.autolab)
        results_print_autolab(grade, stdout);
    return code;
}

static int grade_command_run(const struct command_line *line)
{
    struct error error;
    bool terminal = isatty(STDOUT_FILENO);
    if (grade_list(&given.grade, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    if (given.list) {
        results_print_list(&given.grade, terminal, stdout);
        return EXIT_FINE;
    }
    given.grade.file = line->words[0];
    if (!given.grade.file) {
        error_set(&error, "say what to grade: a driver's source (FILE.c) or a program");
        return command_fail(EXIT_USAGE, &error);
    }
    if (given.grade.reference && !driver_find(given.grade.reference)) {
        error_set(&error, "--reference: there is no driver '%s' ('waitbench list' names them)",
                  given.grade.reference);
        return command_fail(EXIT_USAGE, &error);
    }
    if (!given.grade.seed)
        given.grade.seed = rng_fresh_seed() >> 1;
    switch (grade_run(&given.grade, &error)) {
    case GRADE_DONE: return print_results(terminal);
    case GRADE_INTERRUPTED: fputs("waitbench: interrupted\n", stderr); return EXIT_FAILED;
    case GRADE_IMPOSSIBLE: break;
    }
    return command_fail(EXIT_FAILED, &error);
}

const struct command command_grade = {&options_table, &given, grade_command_run};
