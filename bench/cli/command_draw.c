#include "command.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/show/draw.h"
#include "bench/show/report.h"
#include "bench/show/screen.h"

struct draw_options {
    char results[FOLDER_PATH_BYTES], id[FOLDER_PATH_BYTES]; /* of what is drawn */
    const char *results_typed, *highlight;
    bool chart;
};

static const struct option_row rows[] = {
    {"highlight", 0, OPTION_TEXT, OPTION_FIELD(struct draw_options, highlight),
     .argument = "DRIVERS", .values = "drivers",
     .help = "these in colour, the others grey and behind"},
    {"terminal", 0, OPTION_FLAG, OPTION_FIELD(struct draw_options, chart),
     .help = "only the talk's chart, in letters, to standard output"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench draw",
    .brief = "draw a recorded campaign's pictures again",
    .usage = "[CAMPAIGN | FOLDER] [options]",
    .summary = "Draw a recorded campaign's pictures again, and renew its page: the latest, or the "
               "one whose id begins so or whose name is that, or a results folder, which has a / "
               "in its name.",
    .words = 1,
    .word_values = "campaigns",
    .sets = {{.rows = rows},
             {.rows = folder_option_rows, .offset = offsetof(struct draw_options, results_typed)}},
};

/* "results/ID", or a link to it beside it, such as results/latest. It need not be in a store. */
static int take_folder(const char *folder, struct draw_options *options, struct error *error)
{
    struct stat status;
    char link[FOLDER_PATH_BYTES];
    snprintf(options->results, sizeof(options->results), "%s", folder);
    char *end = options->results + strlen(options->results);
    while (end > options->results && end[-1] == '/')
        *--end = '\0';
    char *slash = strrchr(options->results, '/');
    if (!slash || stat(options->results, &status) < 0 || !S_ISDIR(status.st_mode))
        return error_set(error,
                         "%s is not a folder: name one that a campaign wrote, such as "
                         "results/latest",
                         folder);
    ssize_t length = readlink(options->results, link, sizeof(link) - 1);
    link[length > 0 ? length : 0] = '\0';
    strcpy(options->id, *link && !strchr(link, '/') ? link : slash + 1);
    *slash = '\0';
    return 0;
}

static int take_campaign(const char *name, struct draw_options *options, struct error *error)
{
    struct campaign_info info;
    snprintf(options->results, sizeof(options->results), "%s", options->results_typed);
    struct store *store = folder_open_store(options->results, STORE_READ, error);
    int result = store ? store_find_campaign(store, name, &info, error) : -1;
    if (result == 0)
        strcpy(options->id, info.id);
    store_close(store);
    return result;
}

/* The page shows the pictures, too. A folder without a store has none, or keeps the one it has. */
static int renew_page(const struct draw_options *options, struct error *error)
{
    char page[FOLDER_PATH_BYTES];
    struct campaign_info info;
    struct store *store = folder_open_store(options->results, STORE_READ, error);
    int result = 0;
    if (store && store_find_campaign(store, options->id, &info, error) == 0)
        result = report_write(store, info.id, options->results, page, sizeof(page), error);
    store_close(store);
    return result;
}

static int draw(const struct draw_options *options)
{
    struct error error;
    struct screen screen;
    char folder[FOLDER_PATH_BYTES];
    folder_path(options->results, options->id, "", folder);
    enum draw_result result = draw_folder(folder, options->chart ? DRAW_CHART : DRAW_PICTURES,
                                          options->highlight, &error);
    int code = result == DRAW_DONE      ? EXIT_FINE
               : result == DRAW_USAGE   ? EXIT_USAGE
               : result == DRAW_NOT_RUN ? command_fail(EXIT_FAILED, &error)
                                        : EXIT_FAILED;
    if (options->chart || result == DRAW_USAGE || result == DRAW_NOT_RUN)
        return code;
    if (renew_page(options, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    screen_open(&screen, stdout, false);
    campaign_files_name(options->results, options->id, screen.out);
    screen_close(&screen);
    return code;
}

static struct draw_options given;

static int draw_run(const struct command_line *line)
{
    struct error error;
    const char *word = line->words[0];
    bool is_folder = word && strchr(word, '/');
    if (is_folder && take_folder(word, &given, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    if (!is_folder && take_campaign(word, &given, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    return draw(&given);
}

const struct command command_draw = {&options_table, &given, draw_run};
