/* Makes, from the tables of options, what is installed beside the programs: pages for man(1) and
 * completion for shells. A program of its own, so that the measured ones hold none of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "page.h"

enum { EXIT_USAGE = 2 };

static int fail(const struct error *error)
{
    fprintf(stderr, "manual: %s\n", error->text);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct error error;
    if (argc == 4 && !strcmp(argv[1], "pages"))
        return pages_write(argv[2], argv[3], &error) == 0 ? EXIT_SUCCESS : fail(&error);
    if (argc == 2 && !strcmp(argv[1], "bash"))
        completion_print_bash(stdout);
    else if (argc == 2 && !strcmp(argv[1], "zsh"))
        completion_print_zsh(stdout);
    else {
        fputs("usage: manual pages FOLDER DATE | bash | zsh\n", stderr);
        return EXIT_USAGE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
