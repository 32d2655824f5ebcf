#include "command.h"

#include <stdio.h>

int command_fail(int code, const struct error *error)
{
    fprintf(stderr, "waitbench: %s\n", error->text);
    return code;
}

int command_options(int argc, char **argv, const struct command_help *help,
                    const struct option_set *sets, size_t set_count, int words, int *first)
{
    struct error error;
    switch (options_parse(argc, argv, help, sets, set_count, first, &error)) {
    case OPTIONS_HELPED: return EXIT_FINE;
    case OPTIONS_WRONG: return command_fail(EXIT_USAGE, &error);
    case OPTIONS_OK: break;
    }
    if (*first + words < argc) {
        error_set(&error, "'%s' was not expected; every option begins with '-'",
                  argv[*first + words]);
        return command_fail(EXIT_USAGE, &error);
    }
    return COMMAND_GOES_ON;
}
