/* What each driver sustained, and which limit it hit. */
#include "table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "html.h"
#include "lib/units.h"
#include "cells.h"

/* With fewer in flight, or others at work, what the machine had less of is mostly somebody else's.
 */
enum { MACHINE_MEMORY_FROM = 1024 };

static const struct grid_column columns[] = {
    {"driver", GRID_LEFT},
    {"capacity", GRID_RIGHT},
    {"efficiency", GRID_RIGHT},
    {"in flight", GRID_RIGHT | GRID_DROP(3)},
    {"worked up to", GRID_RIGHT | GRID_DROP(4)},
    {"ended at", GRID_RIGHT},
    {"by", GRID_LEFT | GRID_WRAP},
    {"CPU/req", GRID_RIGHT | GRID_DROP(6)},
    {"server CPU", GRID_RIGHT | GRID_DROP(5)},
    {"client/conn", GRID_RIGHT | GRID_DROP(7)},
    {"peak/conn", GRID_RIGHT | GRID_DROP(1)},
    {"server/conn", GRID_RIGHT | GRID_DROP(4)},
    {"buffers/conn", GRID_RIGHT | GRID_DROP(2)},
    {"slab/conn", GRID_RIGHT | GRID_DROP(1)},
    {"machine/conn", GRID_RIGHT | GRID_DROP(1)},
};

static void cell_c(struct grid *grid, int64_t c)
{
    if (c > 0)
        grid_cell(grid, "%" PRId64, c);
    else
        grid_cell(grid, "–");
}

/* "EMFILE", or "" for none. */
static const char *errno_name(int errnum)
{
    const char *name = errnum ? strerrorname_np(errnum) : NULL;
    return name ? name : "";
}

static const char *end_in_short(const struct limits_row *row, char text[LIMIT_TEXT_BYTES])
{
    switch (row->ended.end) {
    case LIMITS_RAMPING: return "";
    case LIMITS_TOP: return "--max";
    case LIMITS_MEMORY: return "--memory";
    case LIMITS_TIME: return "--time";
    case LIMITS_INTERRUPTED: return "interrupted";
    case LIMITS_UNUSABLE: return "cannot run here";
    case LIMITS_INVALID: return "INVALID";
    default: break;
    }
    if (row->ended.limit.name[0])
        return limit_text(row->ended.limit.name, row->ended.limit.value, text);
    if (row->ended.errnum)
        return errno_name(row->ended.errnum);
    return row->ended.end == LIMITS_SLOW ? "slow" : "failed";
}

static void add_row(struct grid *grid, const struct limits_row *row)
{
    const struct limits_costs *costs = &row->best.costs;
    char text[LIMIT_TEXT_BYTES];
    bool ours = row->capacity >= MACHINE_MEMORY_FROM && !row->best.noise[0];
    grid_cell(grid, "%s", row->driver);
    cell_c(grid, row->capacity);
    cell_percent(grid, row->best.efficiency);
    cell_c(grid, costs->server_in_flight > 0 ? costs->server_in_flight : costs->in_flight);
    cell_c(grid, row->worked);
    cell_c(grid, row->ended_at);
    grid_cell(grid, "%s", end_in_short(row, text));
    cell_seconds(grid, costs->client_cpu_ns / 1e9);
    cell_seconds(grid, costs->server_cpu_ns / 1e9);
    cell_bytes(grid, costs->client_bytes);
    cell_bytes(grid, costs->peak_bytes);
    cell_bytes(grid, costs->server_bytes);
    cell_bytes(grid, costs->socket_bytes);
    cell_bytes(grid, ours ? costs->slab_bytes : NAN);
    cell_bytes(grid, ours ? costs->machine_bytes : NAN);
}

/* "; at 256 it fell to 31% of that: REASON (EMFILE)" */
static void say_end(const struct limits_row *row, FILE *out)
{
    const char *reason = row->ended.reason;
    switch (row->ended.end) {
    case LIMITS_TOP: fputs("; that is the last step (--max)", out); return;
    case LIMITS_INTERRUPTED: fputs("; interrupted there", out); return;
    case LIMITS_OWN: fputs("; it cannot have more", out); return;
    case LIMITS_MEMORY:
    case LIMITS_TIME: fprintf(out, "; not %u: %s", row->ended_at, reason); return;
    case LIMITS_RAMPING: return;
    default: break;
    }
    fprintf(out, "; at %u", row->ended_at);
    if (row->ended.end == LIMITS_SLOW && !isnan(row->ended.efficiency))
        fprintf(out, " the efficiency is %.0f%%", 100 * row->ended.efficiency);
    if (*reason)
        fprintf(out, ": %s", reason);
    if (row->ended.errnum)
        fprintf(out, " (%s)", errno_name(row->ended.errnum));
}

static void say(const struct limits_row *row, FILE *out)
{
    char text[LIMIT_TEXT_BYTES];
    fprintf(out, "%s: ", row->driver);
    if (row->ended.end == LIMITS_UNUSABLE || (row->ended.end == LIMITS_OWN && !row->capacity)) {
        fprintf(out, "%s%s.\n",
                row->ended.end == LIMITS_OWN ? "" : "cannot run here: ", row->ended.reason);
        return;
    }
    if (row->capacity)
        fprintf(out, "%u in flight", row->capacity);
    if (row->capacity && !isnan(row->best.efficiency))
        fprintf(out, " at %.0f%% efficiency", 100 * row->best.efficiency);
    if (!row->capacity)
        fputs("none in flight", out);
    if (!row->capacity && row->share > 0)
        fprintf(out, " at %.0f%% efficiency", 100 * row->share);
    say_end(row, out);
    if (row->ended.limit.name[0])
        fprintf(out, ". The limit: %s",
                limit_text(row->ended.limit.name, row->ended.limit.value, text));
    if (row->ended.limit.advice[0])
        fprintf(out, "; %s", row->ended.limit.advice);
    if (row->best.noise[0])
        fprintf(out, ". NOISY at its capacity: %s", row->best.noise);
    fputs(".\n", out);
}

static void say_all(const void *subject, FILE *out)
{
    const struct judgement *judgement = subject;
    for (size_t i = 0; i < judgement->limits_count; i++)
        say(&judgement->limits[i], out);
}

void table_print_limits(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    char heading[128];
    const struct limits_row *rows = judgement->limits;
    struct grid *grid = grid_make(columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < judgement->limits_count; i++)
        if (rows[i].ended.end != LIMITS_UNUSABLE)
            add_row(grid, &rows[i]);
    if (rows[0].share > 0)
        snprintf(heading, sizeof(heading),
                 "Capacity: the most requests in flight at %.3g%% efficiency or more",
                 100 * rows[0].share);
    else
        snprintf(heading, sizeof(heading),
                 "Capacity: the most requests in flight that were all completed in time");
    table_print_grid(heading, grid, style, out);
    fputc('\n', out);
    if (style == GRID_HTML)
        html_list(say_all, judgement, out);
    else
        for (size_t i = 0; i < judgement->limits_count; i++) {
            fputs(style == GRID_MARKDOWN ? "- " : "", out);
            say(&rows[i], out);
        }
}
