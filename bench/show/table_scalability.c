/* The Universal Scalability Law, fitted where few requests are in flight, and held against what was
 * measured where more are; beside two forecasts that need no law. */
#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/case_fields.h"
#include "bench/predict/scalability.h"
#include "cells.h"

/* More would leave nothing to forecast in the sizes of the talk; with fewer points than these the
 * fit is exact, whatever they are. */
enum { FITTED_IN_FLIGHT = 128, FITTED_POINTS = 4 };

enum method { BY_LAW, BY_LINEAR, BY_LAST, METHODS };

/* What was measured at some C. */
struct point {
    unsigned in_flight;
    double rate; /* requests a second */
    enum quality quality;
};

/* Cases alike but for C, by rising C: the first `fitted` of them are fitted, the others forecast.
 */
struct curve {
    const struct bench_case *c; /* the first met */
    struct point *points;
    size_t point_count, fitted;
    struct scalability_law law;
};

struct curves {
    struct curve *items;
    size_t count;
};

static bool is_usable(const struct case_summary *s)
{
    return s->makespan.n && s->per_request.median > 0 && !case_is_open(&s->c);
}

static struct curve *curve_of(struct curves *curves, const struct case_summary *s)
{
    for (size_t i = 0; i < curves->count; i++)
        if (!(case_differences(curves->items[i].c, &s->c) & ~CASE_BIT(concurrency)))
            return &curves->items[i];
    curves->items = xrealloc(curves->items, curves->count + 1, sizeof(*curves->items));
    struct curve *curve = &curves->items[curves->count++];
    *curve = (struct curve){.c = &s->c};
    return curve;
}

static void curve_add(struct curve *curve, const struct case_summary *s)
{
    size_t at = curve->point_count++;
    curve->points = xrealloc(curve->points, curve->point_count, sizeof(*curve->points));
    for (; at > 0 && curve->points[at - 1].in_flight > s->c.concurrency; at--)
        curve->points[at] = curve->points[at - 1];
    curve->points[at] = (struct point){s->c.concurrency, 1 / s->per_request.median, s->quality};
    curve->fitted += s->c.concurrency <= FITTED_IN_FLIGHT;
}

static bool curve_has_points(const struct curve *curve)
{
    return curve->fitted >= FITTED_POINTS && curve->point_count > curve->fitted;
}

static void curves_release(struct curves *curves)
{
    for (size_t i = 0; i < curves->count; i++)
        free(curves->items[i].points);
    free(curves->items);
}

/* Those with points enough. */
static struct curves curves_make(const struct judgement *judgement)
{
    struct curves curves = {0};
    size_t kept = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (is_usable(&judgement->cases[i]))
            curve_add(curve_of(&curves, &judgement->cases[i]), &judgement->cases[i]);
    for (size_t i = 0; i < curves.count; i++)
        if (curve_has_points(&curves.items[i]))
            curves.items[kept++] = curves.items[i];
        else
            free(curves.items[i].points);
    curves.count = kept;
    return curves;
}

static int curves_fit(struct curves *curves, struct error *error)
{
    struct scalability_series *series = xcalloc(curves->count, sizeof(*series));
    for (size_t i = 0; i < curves->count; i++) {
        const struct curve *curve = &curves->items[i];
        series[i].point_count = curve->fitted;
        series[i].points = xcalloc(curve->fitted, sizeof(*series[i].points));
        for (size_t k = 0; k < curve->fitted; k++)
            series[i].points[k] =
                (struct scalability_point){curve->points[k].in_flight, curve->points[k].rate};
    }
    int result = scalability_fit(series, curves->count, error);
    for (size_t i = 0; i < curves->count; i++) {
        curves->items[i].law = series[i].law;
        free(series[i].points);
    }
    free(series);
    return result;
}

/* NAN without a fit. */
static double forecast(const struct curve *curve, unsigned in_flight, enum method method)
{
    const struct point *last = &curve->points[curve->fitted - 1];
    switch (method) {
    case BY_LAW: return curve->law.fitted ? scalability_rate(&curve->law, in_flight) : NAN;
    case BY_LINEAR: return last->rate * in_flight / last->in_flight;
    default: return last->rate;
    }
}

static double forecast_error(const struct curve *curve, const struct point *point,
                             enum method method)
{
    return forecast(curve, point->in_flight, method) / point->rate - 1;
}

/* The mean of what it is off by, over all that was forecast of a curve. */
static double mean_error(const struct curve *curve, enum method method)
{
    double sum = 0;
    for (size_t i = curve->fitted; i < curve->point_count; i++)
        sum += fabs(forecast_error(curve, &curve->points[i], method));
    return sum / (double)(curve->point_count - curve->fitted);
}

/* ---- printed ---- */

/* As many digits as say something: "97.1 ± 0.9", "1200 ± 30", "0.00138 ± 0.0005". */
static const char *figure_text(double value, int digits, char text[UNITS_TEXT_BYTES])
{
    if (fabs(value) < 100)
        snprintf(text, UNITS_TEXT_BYTES, "%.*g", digits, value);
    else
        snprintf(text, UNITS_TEXT_BYTES, "%.0f", value);
    return text;
}

static void cell_coefficient(struct grid *grid, const struct scalability_coefficient *coefficient)
{
    char value[UNITS_TEXT_BYTES], error[UNITS_TEXT_BYTES];
    if (coefficient->unbounded < 0)
        grid_cell(grid, "0 (%.2g without the bound)", coefficient->unbounded);
    else if (isnan(coefficient->error))
        cell_text(grid, figure_text(coefficient->value, 3, value));
    else
        grid_cell(grid, "%s ± %s", figure_text(coefficient->value, 3, value),
                  figure_text(coefficient->error, 2, error));
}

static void cells_curve(struct grid *grid, const struct curve *curve)
{
    char driver[TABLE_DRIVER_BYTES], label[CASE_LABEL_BYTES];
    const struct bench_case *c = curve->c;
    unsigned said = (case_unusual(c) | CASE_BIT(arrivals)) &
                    ~(CASE_BIT(driver) | CASE_BIT(concurrency) | CASE_BIT(server_model));
    cell_text(grid, table_driver(c, driver));
    cell_text(grid, case_label(c, said, label));
}

static void add_law(struct grid *grid, const struct curve *curve)
{
    const struct scalability_law *law = &curve->law;
    enum quality worst = QUALITY_OK;
    cells_curve(grid, curve);
    grid_cell(grid, "%zu", curve->fitted);
    if (law->fitted) {
        cell_coefficient(grid, &law->lambda);
        cell_coefficient(grid, &law->sigma);
        cell_coefficient(grid, &law->kappa);
        cell_count(grid, isinf(scalability_peak(law)) ? NAN : scalability_peak(law));
    } else {
        cell_text(grid, "no fit");
        for (int skipped = 0; skipped < 3; skipped++)
            cell_text(grid, "–");
    }
    for (enum method method = 0; method < METHODS; method++)
        cell_percent(grid, mean_error(curve, method));
    for (size_t i = 0; i < curve->point_count; i++)
        if (curve->points[i].quality > worst)
            worst = curve->points[i].quality;
    cell_text(grid, quality_names[worst]);
}

static void print_laws(const struct curves *curves, enum grid_style style, FILE *out)
{
    static const struct grid_column columns[] = {
        {"driver", GRID_LEFT},
        {"at", GRID_LEFT | GRID_WRAP | GRID_KEY | GRID_DROP(1)},
        {"points", GRID_RIGHT | GRID_DROP(2)},
        {"λ, requests/s", GRID_RIGHT | GRID_DROP(3)},
        {"σ", GRID_RIGHT | GRID_DROP(5)},
        {"κ", GRID_RIGHT | GRID_DROP(5)},
        {"peak C", GRID_RIGHT | GRID_DROP(4)},
        {"mean error", GRID_RIGHT},
        {"of linear growth", GRID_RIGHT},
        {"of the last rate kept", GRID_RIGHT},
        {"quality", GRID_LEFT | GRID_DROP(2)},
    };
    char heading[160];
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < curves->count; i++)
        add_law(grid, &curves->items[i]);
    snprintf(heading, sizeof(heading),
             "Universal Scalability Law, fitted on C up to %d, and how far off its forecasts of "
             "the larger C are",
             FITTED_IN_FLIGHT);
    table_print_grid(heading, grid, style, out);
}

static void add_forecasts(struct grid *grid, const struct curve *curve)
{
    for (size_t i = curve->fitted; i < curve->point_count; i++) {
        const struct point *point = &curve->points[i];
        cells_curve(grid, curve);
        grid_cell(grid, "%u", point->in_flight);
        cell_rate(grid, point->rate);
        cell_rate(grid, forecast(curve, point->in_flight, BY_LAW));
        for (enum method method = 0; method < METHODS; method++) {
            double off = 100 * forecast_error(curve, point, method);
            grid_cell(grid, isnan(off) ? "–" : "%+.1f%%", off);
        }
    }
}

static void print_forecasts(const struct curves *curves, enum grid_style style, FILE *out)
{
    static const struct grid_column columns[] = {
        {"driver", GRID_LEFT},
        {"at", GRID_LEFT},
        {"C", GRID_RIGHT},
        {"requests/s", GRID_RIGHT},
        {"forecast", GRID_RIGHT},
        {"error", GRID_RIGHT},
        {"linear growth", GRID_RIGHT},
        {"the last rate kept", GRID_RIGHT},
    };
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < curves->count; i++)
        add_forecasts(grid, &curves->items[i]);
    table_print_grid("Forecasts of the Universal Scalability Law, and their errors", grid, style,
                     out);
}

static bool is_closest(const double errors[METHODS])
{
    return errors[BY_LAW] < errors[BY_LINEAR] && errors[BY_LAW] < errors[BY_LAST];
}

/* How often the law is the closest, and the mean errors, over the curves that have one. */
static void remark_errors(const struct curves *curves, enum grid_style style, FILE *out)
{
    double sums[METHODS] = {0};
    size_t fitted = 0, closest = 0;
    char text[320];
    for (size_t i = 0; i < curves->count; i++) {
        double errors[METHODS];
        if (!curves->items[i].law.fitted)
            continue;
        for (enum method method = 0; method < METHODS; method++)
            sums[method] += errors[method] = mean_error(&curves->items[i], method);
        fitted++;
        closest += is_closest(errors);
    }
    snprintf(text, sizeof(text),
             "The law is closest for %zu of %zu; mean error %.1f%% by the law, %.1f%% by linear "
             "growth, %.1f%% by the last rate kept.",
             closest, fitted, 100 * sums[BY_LAW] / (double)fitted,
             100 * sums[BY_LINEAR] / (double)fitted, 100 * sums[BY_LAST] / (double)fitted);
    table_print_remark(text, style, out);
}

/* One line that names what has no fit, and says why. */
static void remark_unfitted(const struct curves *curves, const char *why, enum grid_style style,
                            FILE *out)
{
    char *text = NULL, driver[TABLE_DRIVER_BYTES];
    size_t size = 0, names = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory)
        return;
    for (size_t i = 0; i < curves->count; i++)
        if (!curves->items[i].law.fitted)
            fprintf(memory, "%s%s", names++ ? ", " : "No fit of the Universal Scalability Law to ",
                    table_driver(curves->items[i].c, driver));
    fprintf(memory, ": %s", why);
    fclose(memory);
    if (names)
        table_print_remark(text, style, out);
    free(text);
}

static bool curves_any_fitted(const struct curves *curves)
{
    for (size_t i = 0; i < curves->count; i++)
        if (curves->items[i].law.fitted)
            return true;
    return false;
}

static void print_curves(const struct curves *curves, enum grid_style style, FILE *out)
{
    print_laws(curves, style, out);
    remark_errors(curves, style, out);
    if (style != GRID_SCREEN)
        print_forecasts(curves, style, out);
}

void table_print_scalability(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    struct curves curves = curves_make(judgement);
    struct error error = {.text = "the least squares did not converge"};
    if (curves.count) {
        curves_fit(&curves, &error);
        if (curves_any_fitted(&curves))
            print_curves(&curves, style, out);
        remark_unfitted(&curves, error.text, style, out);
    }
    curves_release(&curves);
}
