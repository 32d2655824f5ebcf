#include "command.h"

#include <stdio.h>

int command_fail(int code, const struct error *error)
{
    fprintf(stderr, "waitbench: %s\n", error->text);
    return code;
}

int command_no_word(const char *word)
{
    fprintf(stderr, "waitbench: '%s' was not expected; every option begins with '-'\n", word);
    return EXIT_USAGE;
}
