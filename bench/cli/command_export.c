#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/output.h"
#include "bench/judge/judge.h"
#include "bench/keep/folder.h"
#include "bench/show/theory.h"

struct export_options {
    const char *kind, *output, *results;
    enum store_format format;
};

static int take_kind(void *target, const char *value, struct error *error)
{
    if (!store_can_export(value))
        return error_set(error, "there is no '%s' to export: %s", value, store_export_kinds());
    ((struct export_options *)target)->kind = value;
    return 0;
}

static const struct option_word format_words[] = {
    [STORE_CSV] = {"csv", NULL}, [STORE_JSON] = {"json", NULL}, {0}};

static const struct option_row rows[] = {
    {"what", 0, OPTION_CUSTOM, .take = take_kind, .argument = "KIND", .initial = "cases",
     .help = "what is exported; a wrong KIND names them all"},
    {"format", 'f', OPTION_WORD, OPTION_FIELD(struct export_options, format), .initial = "csv",
     .words = format_words, .help = "json: one object a line"},
    {"output", 'o', OPTION_TEXT, OPTION_FIELD(struct export_options, output), .argument = "FILE",
     .help = "instead of standard output"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench export",
    .brief = "write a recorded campaign as CSV or JSON",
    .usage = "[CAMPAIGN] [options]",
    .summary = "Write a recorded campaign as CSV or JSON: its cases with their statistics, its "
               "runs, every single request, or what else the store holds.",
    .words = 1,
    .sets = {{.rows = rows},
             {.rows = folder_option_rows, .offset = offsetof(struct export_options, results)}},
};

static int export_campaign(struct store *store, const char *id,
                           const struct export_options *options, FILE *out, struct error *error)
{
    struct judgement judgement;
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    int result = judge_lend_figures(store, &judgement, error);
    if (result == 0 && !strcmp(options->kind, "theory"))
        result = theory_lend(store, &judgement, error);
    if (result == 0)
        result =
            store_export(store, judgement.campaign.id, options->kind, options->format, out, error);
    judgement_release(&judgement);
    return result;
}

static struct export_options given;

static int export_run(const struct command_line *line)
{
    struct error error;
    struct store *store = folder_open_store(given.results, STORE_READ, &error);
    FILE *out = stdout;
    struct campaign_info info;
    int result = store ? store_find_campaign(store, line->words[0], &info, &error) : -1;
    if (result == 0 && given.output && !(out = output_open(given.output, &error)))
        result = -1;
    if (result == 0)
        result = export_campaign(store, line->words[0], &given, out, &error);
    if (out && out != stdout)
        result = output_close(out, given.output, result, &error);
    store_close(store);
    return result < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_FINE;
}

const struct command command_export = {&options_table, &given, export_run};
