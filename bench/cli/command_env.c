#include "command.h"

#include <stdio.h>

#include "bench/base/environment.h"
#include "bench/base/options.h"

static const struct option_row rows[] = {{0}};

static const struct command_help help = {
    .usage = "env",
    .summary = "Print what is stored beside every campaign: machine, kernel, limits, build.\n"
               "(Of other languages, a campaign keeps those that its drivers use.)",
};

static int env_run(int argc, char **argv)
{
    int first;
    const struct option_set sets[] = {{rows, NULL}};
    int code = command_options(argc, argv, &help, sets, 1, 0, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    struct environment environment;
    environment_read(&environment);
    for (const struct driver *const *d = drivers; *d; d++)
        environment_add_program(&environment, *d);
    for (size_t i = 0; i < environment.count; i++)
        printf("%-30s %s\n", environment.entries[i].key, environment.entries[i].value);
    return EXIT_FINE;
}

const struct command command_env = {
    .name = "env",
    .summary = "what this machine and build are",
    .run = env_run,
};
