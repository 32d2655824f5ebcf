#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/judge/judge.h"
#include "bench/keep/folder.h"

struct export_options {
    const char *kind, *output;
    enum store_format format;
};

static int take_kind(void *target, const char *value, struct error *error)
{
    if (!store_can_export(value))
        return error_set(error, "there is no '%s' to export: %s", value, store_export_kinds());
    ((struct export_options *)target)->kind = value;
    return 0;
}

static int take_output(void *target, const char *value, struct error *error)
{
    (void)error;
    ((struct export_options *)target)->output = value;
    return 0;
}

static int take_format(void *target, const char *value, struct error *error)
{
    enum store_format *format = &((struct export_options *)target)->format;
    if (strcmp(value, "csv") != 0 && strcmp(value, "json") != 0)
        return error_set(error, "'%s' is not a format: csv or json", value);
    *format = strcmp(value, "csv") ? STORE_JSON : STORE_CSV;
    return 0;
}

static const struct option_row rows[] = {
    {"what", 0, "KIND", "cases (default); a wrong one names them all", take_kind},
    {"format", 'f', "FORMAT", "csv (default), or json: one object a line", take_format},
    {"output", 'o', "FILE", "instead of standard output", take_output},
    {0},
};

static const struct command_help help = {
    .usage = "export [CAMPAIGN] [options]",
    .summary =
        "Write a recorded campaign as CSV or JSON: its cases with their statistics, its runs,\n"
        "every single request, or what else the store holds.",
};

static int export_campaign(struct store *store, const char *id,
                           const struct export_options *options, FILE *out, struct error *error)
{
    struct judgement judgement;
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    int result = store_put_summaries(store, judgement.cases, judgement.case_count, error);
    if (result == 0)
        result =
            store_export(store, judgement.campaign.id, options->kind, options->format, out, error);
    judgement_release(&judgement);
    return result;
}

static int export_run(int argc, char **argv)
{
    struct error error;
    int first;
    struct export_options options = {.kind = "cases", .format = STORE_CSV};
    const char *results = FOLDER_RESULTS_DEFAULT;
    const struct option_set sets[] = {{rows, &options}, {folder_option_rows, &results}};
    int code = command_options(argc, argv, &help, sets, 2, 1, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    struct store *store = folder_open_store(results, STORE_READ, &error);
    FILE *out = stdout;
    struct campaign_info info;
    int result = store ? store_find_campaign(store, argv[first], &info, &error) : -1;
    if (result == 0 && options.output && !(out = fopen(options.output, "w")))
        result = error_errno(&error, errno, "cannot write %s", options.output);
    if (result == 0)
        result = export_campaign(store, argv[first], &options, out, &error);
    if (out && out != stdout && fclose(out) != 0 && result == 0)
        result = error_errno(&error, errno, "%s could not be written whole", options.output);
    store_close(store);
    return result < 0 ? command_fail(EXIT_FAILED, &error) : EXIT_FINE;
}

const struct command command_export = {
    .name = "export",
    .summary = "write a recorded campaign as CSV or JSON",
    .run = export_run,
};
