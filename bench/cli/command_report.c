#include "command.h"

#include <stdio.h>

#include "bench/keep/folder.h"
#include "bench/show/report.h"

static const struct option_row rows[] = {{0}};

static const struct command_help help = {
    .usage = "report [CAMPAIGN] [options]",
    .summary = "Write a recorded campaign's page, results/ID/report.html, and the index of all of\n"
               "them: the latest, or the one whose id begins so or whose name is that.",
};

static int report_run(int argc, char **argv)
{
    struct error error;
    int first;
    char path[FOLDER_PATH_BYTES];
    const char *results = FOLDER_RESULTS_DEFAULT;
    const struct option_set sets[] = {{rows, NULL}, {folder_option_rows, &results}};
    int code = command_options(argc, argv, &help, sets, 2, 1, &first);
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

const struct command command_report = {
    .name = "report",
    .summary = "write a recorded campaign's page",
    .run = report_run,
};
