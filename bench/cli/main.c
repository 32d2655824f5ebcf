/* waitbench: how should a program wait? */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "bench/base/interrupt.h"
#include "bench/base/output.h"
#include "bench/grade/confine.h"
#include "bench/run/measure.h"
#include "bench/show/screen.h"
#include "lib/process.h"

static void print_usage(FILE *to)
{
    struct screen screen;
    screen_open(&screen, to, false);
    fprintf(screen.out, "usage: waitbench COMMAND [options]\n\n%s\n\n", commands_introduction);
    for (const struct command *const *c = commands; *c; c++)
        fprintf(screen.out, "  %-10s %s\n", command_name(*c), (*c)->options->brief);
    fputs("\n'waitbench campaign' reproduces the talk's tables and charts (3 minutes), with\n"
          "'--preset quick' in 25 seconds.\n",
          screen.out);
    fprintf(screen.out, "\n'waitbench COMMAND --help' says more. %s\n", commands_exit_codes);
    screen_close(&screen);
}

static void do_nothing(int number)
{
    (void)number;
}

/* Half a table must not pass for a whole one. */
static int printed_whole(int code)
{
    struct error error;
    if (code == EXIT_FAILED || output_flush(stdout, "standard output", &error) == 0)
        return code;
    return command_fail(EXIT_FAILED, &error);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct error error;
    int first;
    switch (options_parse(command->options, command->given, argc, argv, &first, &error)) {
    case OPTIONS_HELPED: return EXIT_FINE;
    case OPTIONS_WRONG: return command_fail(EXIT_USAGE, &error);
    case OPTIONS_OK: break;
    }
    return command->run(&(struct command_line){argc, argv, argv + first});
}

int main(int argc, char **argv)
{
    process_occupy_standard();
    interrupt_catch(SIGPIPE, do_nothing); /* a write to a reader that has gone fails */
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return printed_whole(EXIT_FINE);
    }
    signal(SIGCHLD,
           SIG_DFL); /* whoever started us may ignore it: then no child can be waited for */
    if (!strcmp(argv[1], MEASURE_COMMAND))
        return measure_main();
    if (!strcmp(argv[1], CONFINE_COMMAND) && argc == 3)
        return confine_main(argv[2]);
    interrupt_init();
    for (const struct command *const *c = commands; *c; c++)
        if (!strcmp(argv[1], command_name(*c)))
            return printed_whole(run(*c, argc - 1, argv + 1));
    fprintf(stderr, "waitbench: there is no command '%s'\n\n", argv[1]);
    print_usage(stderr);
    return EXIT_USAGE;
}
