/* One command of waitbench, one file: command_NAME.c. */
#ifndef WAITBENCH_COMMAND_H
#define WAITBENCH_COMMAND_H

#include "lib/error.h"

/* Exit codes. */
enum {
    EXIT_FINE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_INVALID = 3, /* finished, and something was INVALID */
};

struct command {
    const char *name, *summary;
    /* argv[0] is the command's name. Returns an exit code. */
    int (*run)(int argc, char **argv);
};

extern const struct command command_list, command_run, command_campaign, command_table,
    command_compare, command_export, command_env;

/* Print "waitbench: TEXT" to standard error; returns `code`. */
int command_fail(int code, const struct error *error);

/* Complain of a word that the command does not take. */
int command_no_word(const char *word);

#endif
