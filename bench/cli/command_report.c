#include "command.h"

#include <stdio.h>

#include "bench/keep/folder.h"
#include "bench/show/report.h"

static const struct option_table options_table = {
    .program = "waitbench report",
    .brief = "write a recorded campaign's page",
    .usage = "[CAMPAIGN] [options]",
    .summary = "Write a recorded campaign's page, results/ID/report.html, and the index of all of "
               "them: the latest, or the one whose id begins so or whose name is that.",
    .words = 1,
    .sets = {{.rows = folder_option_rows}},
};

static int report_run(int argc, char **argv)
{
    struct error error;
    int first;
    char path[FOLDER_PATH_BYTES];
    const char *results;
    int code = command_options(&options_table, &results, argc, argv, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    struct store *store = folder_open_store(results, STORE_READ, &error);
    code = EXIT_FINE;
    if (!store || report_write(store, argv[first], results, path, sizeof(path), &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    else
        printf("%s\n", path);
    store_close(store);
    return code;
}

const struct command command_report = {&options_table, report_run};
