#include "results.h"

#include <inttypes.h>

#include "bench/base/output.h"
#include "bench/keep/store.h"
#include "bench/show/grid.h"
#include "lib/terminal.h"

static const enum grid_style styles[] = {GRID_TEXT, GRID_SCREEN};

static void print_reasons(const struct grade *grade, FILE *out)
{
    for (size_t i = 0; i < grade->row_count; i++)
        if (grade->rows[i].reason[0])
            terminal_print(out, "%s: %s\n", grade->rows[i].name, grade->rows[i].reason);
}

void results_print(const struct grade *grade, bool terminal, FILE *out)
{
    static const struct grid_column columns[] = {
        {"check", GRID_LEFT}, {"points", GRID_RIGHT}, {"outcome", GRID_LEFT}};
    char limits[512];
    struct grid *grid = grid_make(columns, 3);
    for (size_t i = 0; i < grade->row_count; i++) {
        const struct grade_row *row = &grade->rows[i];
        grid_cell(grid, "%s", row->name);
        grid_cell(grid, "%u of %u", row->outcome == GRADE_FAILED ? 0 : row->points, row->points);
        grid_cell(grid, "%s", grade_outcome_names[row->outcome]);
    }
    grid_print(grid, styles[terminal], out);
    grid_free(grid);
    fputc('\n', out);
    print_reasons(grade, out);
    confine_describe(grade->active, limits, sizeof(limits));
    fprintf(out, "score: %u of %u (seed %" PRIu64 ")\n", grade_score(grade, GRADE_GROUPS),
            grade_most(grade, GRADE_GROUPS), grade->seed);
    terminal_print(out, "limits of the driver: %s\n", limits);
}

void results_print_list(const struct grade *grade, bool terminal, FILE *out)
{
    static const struct grid_column columns[] = {
        {"part", GRID_LEFT},
        {"check", GRID_LEFT},
        {"points", GRID_RIGHT},
        {"what to look at where it fails", GRID_LEFT | GRID_WRAP}};
    struct grid *grid = grid_make(columns, 4);
    for (size_t i = 0; i < grade->row_count; i++) {
        const struct grade_row *row = &grade->rows[i];
        grid_cell(grid, "%s", grade_group_names[row->group]);
        grid_cell(grid, "%s", row->name);
        grid_cell(grid, "%u", row->points);
        grid_cell(grid, "%s", grade_advice(row->group, row->name));
    }
    grid_print(grid, styles[terminal], out);
    grid_free(grid);
}

/* The variants are not shown before the grades are, and with them what was drawn. */
static void put_test(const struct grade_row *row, FILE *out)
{
    fprintf(out, "    {\"name\": ");
    store_json_put(row->name, out);
    fprintf(out, ", \"score\": %u, \"max_score\": %u, \"status\": \"%s\", \"visibility\": \"%s\"",
            row->outcome == GRADE_FAILED ? 0 : row->points, row->points,
            row->outcome == GRADE_FAILED ? "failed" : "passed",
            row->group == GRADE_VARIANTS ? "after_published" : "visible");
    fprintf(out, ", \"output\": ");
    store_json_put(row->reason, out);
    fputc('}', out);
}

int results_write_gradescope(const struct grade *grade, const char *path, struct error *error)
{
    char limits[512];
    FILE *out = output_open(path, error);
    if (!out)
        return -1;
    confine_describe(grade->active, limits, sizeof(limits));
    fprintf(out, "{\n  \"score\": %u,\n  \"execution_time\": %lld,\n  \"output\": ",
            grade_score(grade, GRADE_GROUPS), (long long)(grade->took / NSEC_PER_SEC));
    store_json_put(limits, out);
    fprintf(out, ",\n  \"extra_data\": {\"seed\": \"%" PRIu64 "\"},\n  \"tests\": [\n",
            grade->seed);
    for (size_t i = 0; i < grade->row_count; i++) {
        put_test(&grade->rows[i], out);
        fputs(i + 1 < grade->row_count ? ",\n" : "\n", out);
    }
    fputs("  ]\n}\n", out);
    return output_close(out, path, 0, error);
}

void results_print_autolab(const struct grade *grade, FILE *out)
{
    const char *separator = "";
    fputs("{\"scores\": {", out);
    for (int group = 0; group < GRADE_GROUPS; group++)
        if (grade_most(grade, (enum grade_group)group)) {
            fprintf(out, "%s\"%s\": %u", separator, grade_group_names[group],
                    grade_score(grade, (enum grade_group)group));
            separator = ", ";
        }
    fputs("}}\n", out);
}
