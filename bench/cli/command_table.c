#include "command.h"

#include <stdio.h>

#include "bench/keep/folder.h"
#include "bench/show/table.h"

static int take_markdown(void *target, const char *value, struct error *error)
{
    (void)value;
    (void)error;
    *(enum grid_style *)target = GRID_MARKDOWN;
    return 0;
}

static const struct option_row rows[] = {
    {"markdown", 'm', NULL, "as Markdown", take_markdown},
    {0},
};

static const struct command_help help = {
    .usage = "table [CAMPAIGN] [options]",
    .summary =
        "Print a recorded campaign's tables: the latest, or the one whose id begins so or whose\n"
        "name is that.",
};

static int table_run(int argc, char **argv)
{
    struct error error;
    int first;
    enum grid_style style = GRID_TERMINAL;
    const char *results = FOLDER_RESULTS_DEFAULT;
    const struct option_set sets[] = {{rows, &style}, {folder_option_rows, &results}};
    int code = command_options(argc, argv, &help, sets, 2, 1, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    struct store *store = folder_open_store(results, STORE_READ, &error);
    struct judgement judgement;
    code = EXIT_FAILED;
    if (!store || judge_campaign(store, argv[first], &judgement, &error) < 0) {
        command_fail(code, &error);
    } else {
        code = judgement_is_invalid(&judgement) ? EXIT_INVALID : EXIT_FINE;
        table_print_all(&judgement, style, stdout);
        judgement_release(&judgement);
    }
    store_close(store);
    return code;
}

const struct command command_table = {
    .name = "table",
    .summary = "print a recorded campaign's tables",
    .run = table_run,
};
