#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/output.h"
#include "bench/judge/judge.h"
#include "bench/keep/folder.h"
#include "bench/show/theory.h"
#include "bench/show/trace.h"

struct export_options {
    const char *kind, *output, *results;
    enum store_format format;
    bool format_given;
    struct trace_choice trace;
};

/* No table of the store, but a run's events. */
static const char trace_kind[] = "trace";

static bool is_trace(const char *kind)
{
    return !strcmp(kind, trace_kind);
}

const char *command_export_kinds(void)
{
    static char text[512];
    snprintf(text, sizeof(text), "%s, %s", store_export_kinds(), trace_kind);
    return text;
}

static int take_kind(void *target, const char *value, struct error *error)
{
    if (!store_can_export(value) && !is_trace(value))
        return error_set(error, "there is no '%s' to export: %s", value, command_export_kinds());
    ((struct export_options *)target)->kind = value;
    return 0;
}

static const struct option_word format_words[] = {
    [STORE_CSV] = {"csv", NULL}, [STORE_JSON] = {"json", NULL}, {0}};

static const struct option_row rows[] = {
    {"what", 0, OPTION_CUSTOM, .take = take_kind, .argument = "KIND", .values = "exports",
     .initial = "cases", .help = "what is exported; a wrong KIND names them all"},
    {"format", 'f', OPTION_WORD, OPTION_FIELD(struct export_options, format), .initial = "csv",
     .words = format_words, .given = offsetof(struct export_options, format_given),
     .help = "json: one object a line; a trace is JSON, and one object"},
    {"output", 'o', OPTION_TEXT, OPTION_FIELD(struct export_options, output), .argument = "FILE",
     .values = "files", .help = "instead of standard output"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench export",
    .brief = "write a recorded campaign as CSV or JSON",
    .usage = "[CAMPAIGN] [options]",
    .summary =
        "Write a recorded campaign as CSV or JSON: its cases with their statistics, its "
        "runs, every single request, or what else the store holds.\n\n"
        "'--what trace' writes one run as a trace of events, for Perfetto (ui.perfetto.dev) and "
        "chrome://tracing: what each slot and the server did when, with counters. It is the "
        "median run of the campaign's first case that sends requests, unless a case, a block or a "
        "run is named.",
    .words = 1,
    .word_values = "campaigns",
    .sets = {{.rows = rows},
             {.rows = trace_choice_rows, .offset = offsetof(struct export_options, trace)},
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

static int export_trace(struct store *store, const struct campaign_info *campaign,
                        const struct trace_choice *choice, FILE *out, struct error *error)
{
    struct trace_chosen chosen;
    if (trace_choose(store, campaign, choice, &chosen, error) < 0)
        return -1;
    trace_tell_chosen(&chosen, campaign, stderr);
    return trace_write(store, campaign, &chosen, out, error);
}

/* What would be passed over in silence. */
static int check_uses(const struct export_options *options, struct error *error)
{
    bool trace = is_trace(options->kind);
    if (trace && options->format_given && options->format == STORE_CSV)
        return error_set(error, "a trace is JSON: leave out --format csv");
    if (!trace && !trace_choice_is_empty(&options->trace))
        return error_set(
            error,
            "a case, a block and a run are chosen for --what trace; %s are of the whole "
            "campaign: leave the choice out",
            options->kind);
    return 0;
}

static struct export_options given;

static int export_run(const struct command_line *line)
{
    struct error error;
    if (check_uses(&given, &error) < 0)
        return command_fail(EXIT_USAGE, &error);
    struct store *store = folder_open_store(given.results, STORE_READ, &error);
    FILE *out = stdout;
    struct campaign_info info;
    int result = store ? store_find_campaign(store, line->words[0], &info, &error) : -1;
    if (result == 0 && given.output && !(out = output_open(given.output, &error)))
        result = -1;
    if (result == 0 && is_trace(given.kind))
        result = export_trace(store, &info, &given.trace, out, &error);
    else if (result == 0)
        result = export_campaign(store, line->words[0], &given, out, &error);
    if (out && out != stdout)
        result = output_close(out, given.output, result, &error);
    store_close(store);
    return result < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_FINE;
}

const struct command command_export = {&options_table, &given, export_run};
