#include "cells.h"

#include <math.h>
#include <string.h>

#include "bench/plan/case_fields.h"
#include "html.h"

static const char missing[] = "–";

const char *seconds_text(double seconds, char text[UNITS_TEXT_BYTES])
{
    if (isnan(seconds))
        return strcpy(text, missing);
    return units_format_time((nsec_t)llround(seconds * 1e9), text);
}

const char *interval_text(struct stats_interval interval, const char *low, const char *high,
                          char text[INTERVAL_TEXT_BYTES])
{
    if (!(interval.coverage > 0))
        return strcpy(text, missing);
    snprintf(text, INTERVAL_TEXT_BYTES, "%s[%s, %s] (%.1f%%)",
             stats_is_interval(interval) ? "" : "range ", low, high, 100 * interval.coverage);
    return text;
}

void cell_text(struct grid *grid, const char *text)
{
    grid_cell(grid, "%s", text);
}

void cell_interval(struct grid *grid, struct stats_interval interval, const char *low,
                   const char *high)
{
    char text[INTERVAL_TEXT_BYTES];
    cell_text(grid, interval_text(interval, low, high, text));
}

void cell_interval_short(struct grid *grid, struct stats_interval interval, const char *low,
                         const char *high, bool titled)
{
    if (!(interval.coverage > 0))
        cell_text(grid, missing);
    else
        grid_cell(grid, "%s[%s, %s] %.0f%%", titled || stats_is_interval(interval) ? "" : "range ",
                  low, high, 100 * interval.coverage);
}

void cell_seconds(struct grid *grid, double seconds)
{
    char text[UNITS_TEXT_BYTES];
    cell_text(grid, seconds_text(seconds, text));
}

void cell_bytes(struct grid *grid, double bytes)
{
    char text[UNITS_TEXT_BYTES];
    cell_text(grid, isnan(bytes) ? missing : units_format_bytes((int64_t)bytes, text));
}

bool unit_is_apart(const char *unit)
{
    return strcmp(unit, "s") != 0 && strcmp(unit, "bytes") != 0;
}

const char *unit_text(double value, const char *unit, char text[UNITS_TEXT_BYTES])
{
    if (isnan(value))
        strcpy(text, "no figure");
    else if (!strcmp(unit, "s"))
        units_format_time((nsec_t)llround(value * NSEC_PER_SEC), text);
    else if (!strcmp(unit, "bytes"))
        units_format_bytes((int64_t)value, text);
    else
        snprintf(text, UNITS_TEXT_BYTES, fabs(value) < 1000 ? "%.3g" : "%.0f", value);
    return text;
}

/* A number in a format of printf, or that there is none. */
__attribute__((format(printf, 3, 0))) static void cell_number(struct grid *grid, double value,
                                                              const char *format)
{
    char text[UNITS_TEXT_BYTES];
    snprintf(text, sizeof(text), format, value);
    cell_text(grid, isnan(value) ? missing : text);
}

void cell_count(struct grid *grid, double count)
{
    cell_number(grid, count, "%.0f");
}

void cell_ratio(struct grid *grid, double value)
{
    cell_number(grid, value, "%.2f");
}

void cell_rate(struct grid *grid, double per_second)
{
    cell_number(grid, per_second, per_second < 100 ? "%.3g" : "%.0f");
}

void cell_per_second(struct grid *grid, double rate)
{
    cell_number(grid, rate, rate < 100 ? "%.1f/s" : "%.0f/s");
}

void cell_percent(struct grid *grid, double share)
{
    cell_number(grid, 100 * share, "%.1f%%");
}

void table_print_heading(const char *text, enum grid_style style, FILE *out)
{
    if (style == GRID_HTML)
        html_format(out, "<h3>%s</h3>\n", text);
    else
        fprintf(out, style == GRID_MARKDOWN ? "\n## %s\n\n" : "\n%s\n\n", text);
}

bool table_print_grid(const char *heading, struct grid *grid, enum grid_style style, FILE *out)
{
    bool any = !grid_is_empty(grid);
    if (any) {
        table_print_heading(heading, style, out);
        grid_name(grid, heading);
        grid_print(grid, style, out);
    }
    grid_free(grid);
    return any;
}

void table_print_remark(const char *text, enum grid_style style, FILE *out)
{
    if (style == GRID_HTML)
        html_format(out, "<p class=\"soft\">%s</p>\n", text);
    else
        fprintf(out, "\n%s\n", text);
}

const char *table_driver(const struct bench_case *c, char text[TABLE_DRIVER_BYTES])
{
    if (c->variant)
        snprintf(text, TABLE_DRIVER_BYTES, "%s (%s)", c->driver->name, c->variant);
    else if (case_has_usual_model(c))
        snprintf(text, TABLE_DRIVER_BYTES, "%s", c->driver->name);
    else
        snprintf(text, TABLE_DRIVER_BYTES, "%s → %s", c->driver->name, c->server_model);
    return text;
}

const char *table_setting(const struct bench_case *c, char text[CASE_LABEL_BYTES])
{
    unsigned said = case_fields_of(CASE_SAME_TABLE) & ~CASE_BIT(arrivals) & ~CASE_BIT(server_model);
    return case_label(c, said & (case_unusual(c) | CASE_BIT(backlog)), text);
}

const char *table_backlog(const struct bench_case *c, char text[UNITS_TEXT_BYTES])
{
    snprintf(text, UNITS_TEXT_BYTES, case_has_backlog(c) ? "%d" : "–", c->backlog);
    return text;
}
