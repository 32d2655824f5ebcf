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
    .word_values = "campaigns",
    .sets = {{.rows = folder_option_rows}},
};

static const char *given;

static int report_run(const struct command_line *line)
{
    struct error error;
    char path[FOLDER_PATH_BYTES];
    struct store *store = folder_open_store(given, STORE_READ, &error);
    int code = EXIT_FINE;
    if (!store || report_write(store, line->words[0], given, path, sizeof(path), &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    else
        printf("%s\n", path);
    store_close(store);
    return code;
}

const struct command command_report = {&options_table, &given, report_run};
