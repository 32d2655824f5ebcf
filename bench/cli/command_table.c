#include "command.h"

#include <stdio.h>

#include "bench/base/output_options.h"
#include "bench/keep/folder.h"
#include "bench/show/screen.h"
#include "bench/show/table.h"

struct table_options {
    bool markdown;
    struct output_options output;
    const char *results;
};

static const struct option_row rows[] = {
    {"markdown", 'm', OPTION_FLAG, OPTION_FIELD(struct table_options, markdown),
     .help = "as Markdown"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench table",
    .brief = "print a recorded campaign's tables",
    .usage = "[CAMPAIGN] [options]",
    .summary = "Print a recorded campaign's tables: the latest, or the one whose id begins so or "
               "whose name is that.",
    .words = 1,
    .word_values = "campaigns",
    .sets = {{.rows = rows},
             {.rows = output_option_rows,
              .offset = offsetof(struct table_options, output),
              .only = output_only_all},
             {.rows = folder_option_rows, .offset = offsetof(struct table_options, results)}},
};

static struct table_options given;

static int table_run(const struct command_line *line)
{
    struct error error;
    struct store *store = folder_open_store(given.results, STORE_READ, &error);
    struct judgement judgement;
    struct screen screen;
    int code = EXIT_FAILED;
    if (!store || judge_campaign(store, line->words[0], &judgement, &error) < 0) {
        command_fail(code, &error);
    } else {
        code = judgement_is_invalid(&judgement) ? EXIT_INVALID : EXIT_FINE;
        screen_open(&screen, stdout, given.output.all || given.markdown);
        table_print_all(&judgement, given.markdown ? GRID_MARKDOWN : screen.style, screen.out);
        if (screen.style == GRID_SCREEN)
            fputs("\nAll tables, such as resource usage and latency breakdown: --all\n",
                  screen.out);
        screen_close(&screen);
        judgement_release(&judgement);
    }
    store_close(store);
    return code;
}

const struct command command_table = {&options_table, &given, table_run};
