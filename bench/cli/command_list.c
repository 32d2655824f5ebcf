#include "command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/output_options.h"
#include "bench/show/driver_text.h"
#include "drivers/driver.h"
#include "lib/place.h"
#include "bench/show/grid.h"
#include "bench/show/screen.h"
#include "bench/plan/server_model.h"
#include "bench/run/ranks_command.h"
#include "bench/run/usage.h"
#include "workloads/workloads.h"

static const struct option_table options_table = {
    .program = "waitbench list",
    .brief = "the drivers, server models, workloads and figures there are",
    .summary =
        "Name the drivers, what they need and whether they can run here, the server models, the "
        "workloads, and the figures of resource usage. 'waitbench explain' says more of a "
        "driver or a server model.",
    .sets = {{.rows = output_option_rows, .only = output_only_all}},
};

static void add_driver_row(struct grid *grid, const struct driver *d)
{
    char text[DRIVER_TEXT_BYTES];
    grid_cell(grid, "%s", d->name);
    grid_cell(grid, "%s", driver_usable(d, 1, NULL) == 0 ? "yes" : "no");
    grid_cell(grid, "%s", driver_model_name(d->model));
    grid_cell(grid, "%s", driver_traits(d, text));
    grid_cell(grid, "%s", driver_library(d, text));
    grid_cell(grid, "%s", d->kernel ? d->kernel : "–");
    grid_cell(grid, "%s", d->summary);
}

static void print_other_programs(const char *page, FILE *out)
{
    char path[PATH_MAX];
    if (place_is_installed() && place_find_file(page, R_OK, path, sizeof(path), NULL) == 0)
        page = path;
    fprintf(out, "Any other program: exec:PATH (%s)\n", page);
}

static void print_drivers(const struct screen *screen)
{
    static const struct grid_column columns[] = {
        {"driver", GRID_LEFT},
        {"here", GRID_LEFT | GRID_DROP(5)},
        {"model", GRID_LEFT | GRID_DROP(4)},
        {"traits", GRID_LEFT | GRID_DROP(2)},
        {"shows", GRID_LEFT | GRID_DROP(3)},
        {"needs of the kernel", GRID_LEFT | GRID_DROP(1)},
        {"what it is", GRID_LEFT | GRID_WRAP},
    };
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (const struct driver *const *d = drivers; *d; d++)
        add_driver_row(grid, *d);
    grid_print(grid, screen->style, screen->out);
    grid_free(grid);
    struct error why;
    for (const struct driver *const *d = drivers; *d; d++)
        if (driver_usable(*d, 1, &why) < 0)
            fprintf(screen->out, "%s cannot run here: %s\n", (*d)->name, why.text);
        else if (driver_schedules(*d, &why) < 0)
            fprintf(screen->out, "No open arrivals here: %s\n", why.text);
    if (ranks_check(NULL, &why) < 0)
        fprintf(screen->out, "No load on many machines (--hosts, --ranks) here: %s\n", why.text);
    print_other_programs("docs/external-drivers.md", screen->out);
    fputs("Another program takes the workloads randint and http, and no --url.\n", screen->out);
}

/* The server knows its models. */
static void print_server_models(const struct screen *screen)
{
    static const struct grid_column columns[] = {{"server model", GRID_LEFT},
                                                 {"how it serves", GRID_LEFT | GRID_WRAP}};
    struct error error;
    char *text = server_model_print("--list", NULL, &error), *rest = text, *line;
    if (!text)
        fprintf(screen->out, "The server's models are not known: %s\n", error.text);
    struct grid *grid = grid_make(columns, 2);
    while (text && (line = strsep(&rest, "\n")) && *line) {
        const char *name = strsep(&line, "\t"), *what = line ? strsep(&line, "\t") : "";
        bool here = !line || !*line;
        grid_cell(grid, "%s", name);
        grid_cell(grid, here ? "%s" : "%s: %s", what, line);
    }
    grid_print(grid, screen->style, screen->out);
    grid_free(grid);
    free(text);
    print_other_programs("docs/server-programs.md", screen->out);
}

static void print_workloads(const struct screen *screen)
{
    static const struct grid_column columns[] = {{"workload", GRID_LEFT},
                                                 {"what a request is", GRID_LEFT | GRID_WRAP}};
    struct grid *grid = grid_make(columns, 2);
    for (const struct workload *const *w = workloads; *w; w++) {
        grid_cell(grid, "%s", (*w)->name);
        grid_cell(grid, "%s", (*w)->summary);
    }
    grid_print(grid, screen->style, screen->out);
    grid_free(grid);
}

/* What `export --what usage` calls its figures. */
static void print_usage(const struct screen *screen)
{
    static const struct grid_column columns[] = {{"usage", GRID_LEFT},
                                                 {"unit", GRID_LEFT | GRID_DROP(1)},
                                                 {"what it is", GRID_LEFT | GRID_WRAP}};
    struct grid *grid = grid_make(columns, 3);
    for (int m = 0; m < USAGE_METRICS; m++) {
        grid_cell(grid, "%s", usage_rows[m].name);
        grid_cell(grid, "%s", usage_rows[m].unit);
        grid_cell(grid, "%s", usage_rows[m].explain);
    }
    grid_print(grid, screen->style, screen->out);
    grid_free(grid);
}

static struct output_options given;

static int list_run(const struct command_line *line)
{
    (void)line;
    struct screen screen;
    screen_open(&screen, stdout, given.all);
    print_drivers(&screen);
    fputc('\n', screen.out);
    print_server_models(&screen);
    fputc('\n', screen.out);
    print_workloads(&screen);
    fputc('\n', screen.out);
    print_usage(&screen);
    screen_close(&screen);
    return EXIT_FINE;
}

const struct command command_list = {&options_table, &given, list_run};
