#include "command.h"

#include <stdio.h>

#include "bench/base/environment.h"
#include "bench/show/screen.h"

static const struct option_table options_table = {
    .program = "waitbench env",
    .brief = "what this machine and build are",
    .summary = "Print what is stored beside every campaign: machine, kernel, limits, build. (Of "
               "other languages, a campaign keeps those that its drivers use.)",
};

static int env_run(const struct command_line *line)
{
    (void)line;
    struct environment environment;
    environment_read(&environment);
    for (const struct driver *const *d = drivers; *d; d++)
        environment_add_program(&environment, *d);
    struct screen screen;
    screen_open(&screen, stdout, false);
    for (size_t i = 0; i < environment.count; i++)
        fprintf(screen.out, "%-30s %s\n", environment.entries[i].key, environment.entries[i].value);
    screen_close(&screen);
    return EXIT_FINE;
}

const struct command command_env = {&options_table, NULL, env_run};
