/* Drivers by server models: a table for each setting, and three lines on which pairs to choose. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/case_fields.h"
#include "cells.h"
#include "lib/units.h"

/* What all cases of one table have in common: everything but the pair. */
static unsigned place_fields(void)
{
    return case_fields_of(CASE_SAME_PLACE) & ~CASE_BIT(server_model);
}

static bool same_place(const struct case_summary *a, const struct case_summary *b)
{
    return case_order(&a->c, &b->c, place_fields()) == 0;
}

static bool has_place(const struct case_summary *s)
{
    return !case_is_alone(&s->c) && !case_is_local(&s->c) && !case_is_open(&s->c) && !s->c.variant;
}

bool matrix_is(const struct judgement *judgement)
{
    const struct case_summary *first = NULL;
    bool models = false, pairs = false;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (!has_place(s))
            continue;
        if (!first)
            first = s;
        models |= strcmp(case_model(&first->c), case_model(&s->c)) != 0;
        pairs |= first->c.driver != s->c.driver;
    }
    return models && pairs;
}

/* Distinct words of the cases, in their order. */
struct names {
    const char *items[PLAN_LIST_MAX];
    size_t count;
};

static void names_add(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (!strcmp(names->items[i], name))
            return;
    if (names->count < PLAN_LIST_MAX)
        names->items[names->count++] = name;
}

static const struct case_summary *find(const struct judgement *judgement,
                                       const struct case_summary *place, const char *driver,
                                       const char *model)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (has_place(s) && same_place(s, place) && !strcmp(s->c.driver->name, driver) &&
            !strcmp(case_model(&s->c), model))
            return s;
    }
    return NULL;
}

/* Why pairs were not measured: the plan's reasons, see plan_make(). */
struct reasons {
    bool driver, model;
};

static void reasons_add(struct reasons *why, const struct case_summary *place, const char *driver)
{
    const struct driver *known = driver_find(driver);
    bool too_many = known && known->concurrency_max && /* as in plan_add_group() */
                    place->c.concurrency > known->concurrency_max;
    *(too_many ? &why->driver : &why->model) = true;
}

static void reasons_print(const struct reasons *why, const struct case_summary *place,
                          enum grid_style style, FILE *out)
{
    char text[256];
    if (!why->driver && !why->model)
        return;
    snprintf(text, sizeof(text), "– is not measured: %s%s%s.",
             why->driver ? "the driver has fewer requests in flight" : "",
             why->driver && why->model ? ", or " : "",
             !why->model           ? ""
             : place->c.keep_alive ? "the server model serves fewer kept connections at once"
                                   : "the server model's few workers would make the run too long");
    table_print_remark(text, style, out);
}

/* ---- tables ---- */

typedef double matrix_figure(const struct case_summary *s);

static double time_per_request(const struct case_summary *s)
{
    return s->per_request.median;
}

static double cpu_per_request(const struct case_summary *s, enum usage_side side)
{
    return s->usage.median[side][USAGE_CPU_NS] / 1e9 / (double)s->completed;
}

static double client_cpu(const struct case_summary *s)
{
    return cpu_per_request(s, USAGE_CLIENT);
}

static double server_cpu(const struct case_summary *s)
{
    return cpu_per_request(s, USAGE_SERVER);
}

static const struct {
    const char *title;
    matrix_figure *of;
} figures[] = {
    {"time per request", time_per_request},
    {"the client's CPU time per request", client_cpu},
    {"the server's CPU time per request", server_cpu},
};

static void add_cell(struct grid *grid, const struct case_summary *s, matrix_figure *of)
{
    char text[UNITS_TEXT_BYTES];
    if (!s)
        grid_cell(grid, "–");
    else if (!s->makespan.n)
        grid_cell(grid, "%s", quality_names[s->quality]);
    else
        grid_cell(grid, "%s%s", seconds_text(of(s), text), s->quality == QUALITY_NOISY ? "~" : "");
}

static const char *place_label(const struct case_summary *place, char text[CASE_LABEL_BYTES])
{
    unsigned unnamed = CASE_BIT(driver) | CASE_BIT(arrivals) | CASE_BIT(concurrency) |
                       CASE_BIT(requests) | CASE_BIT(workload);
    case_label(&place->c, place_fields() & ~unnamed, text);
    size_t used = strlen(text);
    snprintf(text + used, CASE_LABEL_BYTES - used, ", %u in flight", place->c.concurrency);
    return text;
}

static void print_place(const struct judgement *judgement, const struct case_summary *place,
                        size_t figure, const struct names *rows, const struct names *models,
                        enum grid_style style, FILE *out)
{
    struct grid_column columns[1 + PLAN_LIST_MAX] = {{"driver", GRID_LEFT}};
    char label[CASE_LABEL_BYTES], heading[CASE_LABEL_BYTES + 64];
    struct reasons why = {false, false};
    for (size_t m = 0; m < models->count; m++)
        columns[1 + m] = (struct grid_column){models->items[m], GRID_RIGHT};
    struct grid *grid = grid_make(columns, 1 + models->count);
    for (size_t d = 0; d < rows->count; d++) {
        grid_cell(grid, "%s", rows->items[d]);
        for (size_t m = 0; m < models->count; m++) {
            const struct case_summary *s = find(judgement, place, rows->items[d], models->items[m]);
            add_cell(grid, s, figures[figure].of);
            if (!s)
                reasons_add(&why, place, rows->items[d]);
        }
    }
    snprintf(heading, sizeof(heading), "%s: %s", place_label(place, label), figures[figure].title);
    table_print_grid(heading, grid, style, out);
    reasons_print(&why, place, style, out);
}

void table_print_matrix(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct names rows = {.count = 0}, models = {.count = 0};
    if (!matrix_is(judgement))
        return;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (has_place(&judgement->cases[i])) {
            names_add(&rows, judgement->cases[i].c.driver->name);
            names_add(&models, case_model(&judgement->cases[i].c));
        }
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *place = &judgement->cases[i];
        bool first = has_place(place);
        for (size_t j = 0; j < i && first; j++)
            first = !has_place(&judgement->cases[j]) || !same_place(&judgement->cases[j], place);
        for (size_t f = 0; first && f < sizeof(figures) / sizeof(figures[0]); f++)
            print_place(judgement, place, f, &rows, &models, style, out);
    }
}

/* ---- the summary ---- */

/* The pairs with the lowest and the highest median where most requests are in flight. */
struct extremes {
    const struct case_summary *best, *worst;
};

enum { SETTINGS_MAX = 16 };

static void extremes_add(struct extremes *extremes, const struct case_summary *s)
{
    if (!extremes->best || s->per_request.median < extremes->best->per_request.median)
        extremes->best = s;
    if (!extremes->worst || s->per_request.median > extremes->worst->per_request.median)
        extremes->worst = s;
}

static bool same_setting(const struct case_summary *a, const struct case_summary *b)
{
    unsigned fields = place_fields() & ~(CASE_BIT(concurrency) | CASE_BIT(requests));
    return case_order(&a->c, &b->c, fields) == 0;
}

/* Returns how many settings there are. */
static size_t find_extremes(const struct judgement *judgement, struct extremes found[SETTINGS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        size_t at = 0;
        if (!has_place(s) || !s->makespan.n)
            continue;
        while (at < count && !same_setting(found[at].best, s))
            at++;
        if (at == SETTINGS_MAX)
            continue;
        if (at == count || s->c.concurrency > found[at].best->c.concurrency)
            found[at] = (struct extremes){NULL, NULL};
        count += at == count;
        if (!found[at].best || s->c.concurrency == found[at].best->c.concurrency)
            extremes_add(&found[at], s);
    }
    return count;
}

static void say_pair(const struct case_summary *s, FILE *out)
{
    char text[UNITS_TEXT_BYTES];
    fprintf(out, "%s → %s%s (%s a request", s->c.driver->name, case_model(&s->c),
            s->quality == QUALITY_NOISY ? " (NOISY)" : "",
            seconds_text(s->per_request.median, text));
}

static void say_cpu(const struct case_summary *s, FILE *out)
{
    char client[UNITS_TEXT_BYTES], server[UNITS_TEXT_BYTES];
    fprintf(out, "%s and %s", seconds_text(client_cpu(s), client),
            seconds_text(server_cpu(s), server));
}

/* Below this ratio the worst pair is hardly one to avoid. */
static const double WORTH_AVOIDING = 1.1;

static bool is_worth_avoiding(const struct extremes *e)
{
    return e->worst->per_request.median > WORTH_AVOIDING * e->best->per_request.median;
}

void matrix_summary_print(const struct judgement *judgement, FILE *out)
{
    struct extremes found[SETTINGS_MAX];
    size_t count = find_extremes(judgement, found);
    char label[CASE_LABEL_BYTES];
    fputs("Best pairs, by median: ", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s%s: ", i ? "; " : "", place_label(found[i].best, label));
        say_pair(found[i].best, out);
        fputc(')', out);
    }
    fputs(".\nPairs to avoid: ", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s%s: ", i ? "; " : "", place_label(found[i].best, label));
        if (!is_worth_avoiding(&found[i])) {
            fputs("none, all are within 10% of the best", out);
            continue;
        }
        say_pair(found[i].worst, out);
        fprintf(out, ", %.3g times the best)",
                found[i].worst->per_request.median / found[i].best->per_request.median);
    }
    fputs(".\nWhy: CPU time per request of client and server: ", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s%s: ", i ? "; " : "", place_label(found[i].best, label));
        say_cpu(found[i].best, out);
        if (!is_worth_avoiding(&found[i]))
            continue;
        fputs(", of the pair to avoid ", out);
        say_cpu(found[i].worst, out);
    }
    fputs(".\n", out);
}
