/* One command of waitbench, one file: command_NAME.c. */
#ifndef WAITBENCH_COMMAND_H
#define WAITBENCH_COMMAND_H

#include "bench/base/output_options.h"
#include "bench/drive/campaign.h"
#include "lib/options.h"

/* Exit codes. */
enum {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_INVALID = 3, /* finished, and something was INVALID */
};

struct command_line {
    int argc;
    char **argv;  /* all of it; argv[0] is the command's name */
    char **words; /* what is no option, ended by NULL */
};

struct command {
    const struct option_table *options;
    void *given; /* into which they are taken before `run` is called */
    int (*run)(const struct command_line *line); /* returns an exit code */
};

extern const struct command command_list, command_explain, command_run, command_campaign,
    command_limits, command_capacity, command_lesson, command_table, command_draw, command_report,
    command_compare, command_export, command_grade, command_env, command_worksheet;

/* In the order of --help; NULL is their end. */
extern const struct command *const commands[];

/* What --help says first and last, of all of them. */
extern const char commands_introduction[], commands_exit_codes[];

/* "run", of which the options' program is "waitbench run". */
const char *command_name(const struct command *command);

/* What `export --what` takes: "cases, runs, …". */
const char *command_export_kinds(void);

/* Say so where a campaign was interrupted or failed, or its budget was spent. */
void command_say_ended(enum campaign_result result, const struct error *error);

/* Write the folder of what a campaign recorded, print it (`json`: the rows of its limits), draw it,
 * and name its files. Returns an exit code. */
int command_show(const struct campaign *campaign, struct store *store, enum campaign_result result,
                 const char *results, const struct output_options *output, bool json);

/* With --resume there are no other options but for where the results are and how they are shown.
 * Returns 0, or -1 with what keeps its options: a "campaign" or a "search". */
int command_check_resumed(const struct command_line *line, const char *what, struct error *error);

/* Print "waitbench: TEXT" to standard error; returns `code`. */
int command_fail(int code, const struct error *error);

#endif
