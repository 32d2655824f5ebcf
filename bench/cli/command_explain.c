#include "command.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/base/output_options.h"
#include "bench/show/driver_text.h"
#include "bench/keep/folder.h"
#include "bench/plan/server_model.h"
#include "bench/show/screen.h"
#include "bench/show/table.h"

struct explain_options {
    struct output_options output;
    const char *results, *server_model;
};

static const struct option_row model_rows[] = {
    {"server-model", 'S', OPTION_TEXT, OPTION_FIELD(struct explain_options, server_model),
     .argument = "NAME", .values = "server models",
     .help = "explain a server model instead of a driver"},
    {0},
};

static const struct option_table options_table = {
    .program = "waitbench explain",
    .brief = "the lesson of a driver or a server model, and where its code is",
    .usage = "DRIVER [options] | -S MODEL",
    .summary = "Print a driver's lesson, as its source begins, what it cost in the latest campaign "
               "that ran it, and where its code is.",
    .words = 1,
    .word_values = "drivers",
    .sets = {{.rows = output_option_rows,
              .offset = offsetof(struct explain_options, output),
              .only = output_only_all},
             {.rows = model_rows},
             {.rows = folder_option_rows, .offset = offsetof(struct explain_options, results)}},
};

static void print_facts(const struct driver *d, FILE *out)
{
    char text[DRIVER_TEXT_BYTES];
    struct error why;
    fprintf(out, "  model      %s\n", driver_model_name(d->model));
    fprintf(out, "  traits     %s\n", driver_traits(d, text));
    fprintf(out, "  shows      %s\n", driver_library(d, text));
    fprintf(out, "  needs      %s\n", d->kernel ? d->kernel : "–");
    fprintf(out, "  here       %s\n", driver_usable(d, 1, &why) == 0 ? "yes" : why.text);
}

static void print_comment(const char *source, const struct screen *screen)
{
    char *lesson = opening_comment(source ? source : "");
    if (screen->style == GRID_SCREEN)
        join_paragraphs(lesson);
    fprintf(screen->out, "%s\n\n", lesson);
    free(lesson);
}

/* A source's lesson, and where it is. */
static void print_source(const char *source, const char *path, const struct screen *screen)
{
    size_t lines = 0;
    for (const char *at = source; at && *at; at++)
        lines += *at == '\n';
    print_comment(source, screen);
    if (source)
        fprintf(screen->out, "  code       %s, %zu lines\n", path, lines);
}

/* What the latest campaign that ran it says. A store without one is no failure: it is said. */
static int print_costs(const char *results, const struct driver *d, const struct screen *screen)
{
    struct error error;
    struct campaign_info campaign;
    struct judgement judgement;
    struct store *store = folder_open_store(results, STORE_READ, &error);
    if (!store || store_find_campaign_of(store, d->name, &campaign, &error) < 0) {
        fprintf(screen->out, "\nWhat it costs is not measured yet: %s\n", error.text);
        store_close(store);
        return EXIT_FINE;
    }
    int code = EXIT_FINE;
    if (judge_campaign(store, campaign.id, &judgement, &error) < 0) {
        code = command_fail(EXIT_FAILED, &error);
    } else {
        judgement_keep_driver(&judgement, d->name);
        fprintf(screen->out, "\nMeasured in campaign %s:\n", campaign.id);
        table_print_figures(&judgement, screen->style, screen->out);
        table_print_usage(&judgement, screen->style, screen->out);
        table_print_active(&judgement, screen->out);
        table_print_breakdown(&judgement, screen->style, screen->out);
        fputc('\n', screen->out);
        table_print_caveats(&judgement, screen->style, screen->out);
        judgement_release(&judgement);
    }
    store_close(store);
    return code;
}

static struct explain_options given;

static int explain_model(const char *name)
{
    struct error error;
    struct screen screen;
    char *source = server_model_print("--explain", name, &error);
    char *path = source ? server_model_print("--path", name, &error) : NULL;
    if (path) {
        screen_open(&screen, stdout, given.output.all);
        print_source(source, path, &screen);
        screen_close(&screen);
    }
    int code = path ? EXIT_FINE : command_fail(EXIT_USAGE, &error);
    free(source);
    free(path);
    return code;
}

static int explain_run(const struct command_line *line)
{
    struct error error;
    struct screen screen;
    const char *name = line->words[0];
    if (given.server_model && name) {
        error_set(&error, "name a driver or a --server-model, not both");
        return command_fail(EXIT_USAGE, &error);
    }
    if (given.server_model)
        return explain_model(given.server_model);
    const struct driver *driver = name ? driver_find(name) : NULL;
    if (!driver) {
        if (name)
            error_set(&error,
                      "there is no driver '%s'; 'waitbench list' names them, and "
                      "--server-model NAME explains a server model",
                      name);
        else
            error_set(&error, "say which driver: 'waitbench list' names them");
        return command_fail(EXIT_USAGE, &error);
    }
    screen_open(&screen, stdout, given.output.all);
    print_source(driver_source_text(driver), driver_source_path(driver), &screen);
    print_facts(driver, screen.out);
    int code = print_costs(given.results, driver, &screen);
    screen_close(&screen);
    return code;
}

const struct command command_explain = {&options_table, &given, explain_run};
