#include "command.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/show/driver_text.h"
#include "bench/keep/folder.h"
#include "bench/show/table.h"
#include "bench/show/table_usage.h"

static const struct option_table options_table = {
    .program = "waitbench explain",
    .brief = "a driver's lesson, its measured costs and where its code is",
    .usage = "DRIVER [options]",
    .summary = "Print a driver's lesson, as its source begins, what it cost in the latest campaign "
               "that ran it, and where its code is.",
    .words = 1,
    .sets = {{.rows = folder_option_rows}},
};

static void print_facts(const struct driver *d)
{
    char text[DRIVER_TEXT_BYTES];
    struct error why;
    printf("  model      %s\n", driver_model_name(d->model));
    printf("  traits     %s\n", driver_traits(d, text));
    printf("  shows      %s\n", driver_library(d, text));
    printf("  needs      %s\n", d->kernel ? d->kernel : "–");
    printf("  here       %s\n", driver_usable(d, 1, &why) == 0 ? "yes" : why.text);
}

static void print_lesson(const struct driver *d)
{
    const char *source = driver_source_text(d);
    char *lesson = opening_comment(source ? source : "");
    size_t lines = 0;
    for (const char *at = source; at && *at; at++)
        lines += *at == '\n';
    printf("%s\n\n", lesson);
    if (source)
        printf("  code       %s, %zu lines\n", driver_source_path(d), lines);
    free(lesson);
}

/* What the latest campaign that ran it says. A store without one is no failure: it is said. */
static int print_costs(const char *results, const struct driver *d)
{
    struct error error;
    struct campaign_info campaign;
    struct judgement judgement;
    struct store *store = folder_open_store(results, STORE_READ, &error);
    if (!store || store_find_campaign_of(store, d->name, &campaign, &error) < 0) {
        printf("\nWhat it costs is not measured yet: %s\n", error.text);
        store_close(store);
        return EXIT_FINE;
    }
    int code = EXIT_FINE;
    if (judge_campaign(store, campaign.id, &judgement, &error) < 0) {
        code = command_fail(EXIT_FAILED, &error);
    } else {
        judgement_keep_driver(&judgement, d->name);
        printf("\nMeasured in campaign %s:\n", campaign.id);
        table_print_figures(&judgement, GRID_TERMINAL, stdout);
        table_print_usage(&judgement, TABLE_ALL, GRID_TERMINAL, stdout);
        table_print_active(&judgement, stdout);
        table_print_breakdown(&judgement, TABLE_ALL, GRID_TERMINAL, stdout);
        table_print_caveats(&judgement, stdout);
        judgement_release(&judgement);
    }
    store_close(store);
    return code;
}

static int explain_run(int argc, char **argv)
{
    struct error error;
    int first;
    const char *results;
    int code = command_options(&options_table, &results, argc, argv, &first);
    if (code != COMMAND_GOES_ON)
        return code;
    const char *name = argv[first];
    const struct driver *driver = name ? driver_find(name) : NULL;
    if (!driver) {
        if (name)
            error_set(&error, "there is no driver '%s'; 'waitbench list' names them", name);
        else
            error_set(&error, "say which driver: 'waitbench list' names them");
        return command_fail(EXIT_USAGE, &error);
    }
    print_lesson(driver);
    print_facts(driver);
    return print_costs(results, driver);
}

const struct command command_explain = {&options_table, explain_run};
