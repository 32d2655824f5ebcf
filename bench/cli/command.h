/* One command of waitbench, one file: command_NAME.c. */
#ifndef WAITBENCH_COMMAND_H
#define WAITBENCH_COMMAND_H

#include "lib/options.h"

/* Exit codes. */
enum {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_INVALID = 3, /* finished, and something was INVALID */
};

struct command {
    const struct option_table *options;
    /* argv[0] is the command's name. Returns an exit code. */
    int (*run)(int argc, char **argv);
};

extern const struct command command_list, command_explain, command_run, command_campaign,
    command_limits, command_lesson, command_table, command_draw, command_report, command_compare,
    command_export, command_env;

/* In the order of --help; NULL is their end. */
extern const struct command *const commands[];

/* "run", of which the options' program is "waitbench run". */
const char *command_name(const struct command *command);

/* Take the command's options into `target` and its other words, of which argv[*first] is the first.
 * Returns COMMAND_GOES_ON, or the exit code where --help was printed or something was wrong. */
enum { COMMAND_GOES_ON = -1 };

int command_options(const struct option_table *table, void *target, int argc, char **argv,
                    int *first);

/* Print "waitbench: TEXT" to standard error; returns `code`. */
int command_fail(int code, const struct error *error);

#endif
