#include "command.h"

#include <stdio.h>
#include <string.h>

#include "lib/terminal.h"

const struct command *const commands[] = {
    &command_list,   &command_explain, &command_run,  &command_campaign, &command_limits,
    &command_lesson, &command_table,   &command_draw, &command_report,   &command_compare,
    &command_export, &command_env,     NULL,
};

const char *command_name(const struct command *command)
{
    return command->options->program + strlen("waitbench ");
}

int command_fail(int code, const struct error *error)
{
    terminal_print(stderr, "waitbench: %s\n", error->text);
    return code;
}

void command_say_ended(enum campaign_result result, const struct error *error)
{
    if (result == CAMPAIGN_INTERRUPTED)
        fputs("waitbench: interrupted\n", stderr);
    if (result == CAMPAIGN_FAILED)
        command_fail(EXIT_FAILED, error);
}
