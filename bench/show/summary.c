/* A campaign in three lines: the result where most requests are in flight, what explains it, and
 * where it ceases to hold. */
#include "table.h"

#include <math.h>
#include <stdlib.h>

#include "bench/judge/ranking.h"
#include "bench/plan/case_fields.h"
#include "lib/units.h"
#include "cells.h"

/* A phase explains a difference if it grew by this share of a request's time beside the delay. */
#define NOTABLE_SHARE 0.2

/* Another backlog is mentioned if it changes the ratio by this factor. */
#define NOTABLE_CHANGE 1.5

enum { NAMES_SHOWN = 3 };

static void say_driver(const struct case_summary *s, FILE *out)
{
    fprintf(out, "%s%s", s->c.driver->name, s->quality == QUALITY_NOISY ? " (NOISY)" : "");
}

/* "a, b, c and 4 more" */
static void say_drivers(const struct case_summary *const *cases, size_t n, FILE *out)
{
    size_t shown = n <= NAMES_SHOWN + 1 ? n : NAMES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        fputs(i == 0 ? "" : i + 1 == n ? " and " : ", ", out);
        say_driver(cases[i], out);
    }
    if (shown < n)
        fprintf(out, " and %zu more", n - shown);
}

/* Three significant digits, without an exponent. */
static void say_number(double value, FILE *out)
{
    double step = pow(10, floor(log10(value)) - 2);
    fprintf(out, "%.10g", round(value / step) * step);
}

static double requests_per_second(const struct case_summary *s)
{
    return (double)s->completed / s->makespan.median;
}

/* "makespan 20.0 ms, 51200 requests/s, efficiency 50%" */
static void say_figures(const struct case_summary *s, FILE *out)
{
    char time[UNITS_TEXT_BYTES];
    fprintf(out, "makespan %s, ",
            units_format_time((nsec_t)llround(s->makespan.median * NSEC_PER_SEC), time));
    say_number(requests_per_second(s), out);
    fputs(" requests/s", out);
    if (!isnan(s->efficiency))
        fprintf(out, ", efficiency %.0f%%", 100 * s->efficiency);
}

/* "takes 2.13 times as long as libev, interval [2.05, 2.20] (96.9%)" */
static void say_times(const struct ranking *ranking, const struct stats_comparison *c, size_t runs,
                      const char *reference, FILE *out)
{
    const struct stats_interval interval = c->ratio.interval;
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES], text[INTERVAL_TEXT_BYTES];
    snprintf(low, sizeof(low), "%.2f", interval.low);
    snprintf(high, sizeof(high), "%.2f", interval.high);
    fprintf(out, "takes %.2f times as long as %s", c->ratio.ratio, reference);
    if (interval.coverage > 0)
        fprintf(out, ", %s%s", stats_is_interval(interval) ? "interval " : "",
                interval_text(interval, low, high, text));
    if (c->too_few)
        fprintf(out, " (%zu run%s; a significance test of %zu drivers takes %zu)", runs,
                runs == 1 ? "" : "s", ranking->count, ranking_runs_needed(ranking));
}

/* ---- the result ---- */

/* Those with that outcome; returns how many. */
static size_t say_ties(const struct ranking *ranking, enum stats_outcome outcome, FILE *out)
{
    const struct case_summary **tied = xcalloc(ranking->count, sizeof(const struct case_summary *));
    size_t n = ranking_ties(ranking, outcome, tied);
    if (n && outcome == STATS_EQUIVALENT)
        fprintf(out, "; equivalent within %g%%: ", 100 * ranking->judgement->rule.margin);
    else if (n)
        fputs("; undecided: ", out);
    say_drivers(tied, n, out);
    free(tied);
    return n;
}

/* Nothing is called the fastest that is not significantly faster than every other. */
static void say_first(const struct ranking *ranking, FILE *out)
{
    char *ties = NULL;
    size_t size;
    FILE *memory = open_memstream(&ties, &size);
    if (!memory)
        return;
    size_t n = say_ties(ranking, STATS_EQUIVALENT, memory);
    n += say_ties(ranking, STATS_UNDECIDED, memory);
    fclose(memory);
    say_driver(ranking->first, out);
    fputs(n == 0 && ranking_difference(&ranking->comparison) == DIFFERENCE_CLEAR
              ? " is fastest: "
              : " has the lowest median: ",
          out);
    say_figures(ranking->first, out);
    fputs(ties, out);
    free(ties);
}

static void say_last(const struct ranking *ranking, FILE *out)
{
    if (ranking_difference(&ranking->comparison) == DIFFERENCE_NONE)
        return;
    fputs(ranking->count > 2 ? "; the slowest, " : "; ", out);
    say_driver(ranking->last, out);
    fputs(ranking->count > 2 ? ", " : " ", out);
    say_times(ranking, &ranking->comparison, ranking->last->valid_count,
              ranking->first->c.driver->name, out);
}

/* A driver that failed here is not ranked, but must not go unmentioned. */
static void say_invalid(const struct ranking *ranking, FILE *out)
{
    const struct judgement *judgement = ranking->judgement;
    const struct case_summary **invalid =
        xcalloc(judgement->case_count, sizeof(const struct case_summary *));
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (ranking_same_place(ranking->first, &judgement->cases[i]) &&
            judgement->cases[i].quality == QUALITY_INVALID)
            invalid[n++] = &judgement->cases[i];
    if (n) {
        fputs("; INVALID, so without figures: ", out);
        say_drivers(invalid, n, out);
    }
    free(invalid);
}

static void say_serial(const struct ranking *ranking, FILE *out)
{
    struct stats_comparison comparison;
    const struct case_summary *serial = ranking_serial(ranking, &comparison);
    if (!serial)
        return;
    fputs("; ", out);
    say_driver(serial, out);
    fputs(", one request at a time, completes ", out);
    say_number(requests_per_second(serial), out);
    fputs(" requests/s (", out);
    if (ranking_difference(&comparison) == DIFFERENCE_NONE) {
        fprintf(out, "no significant difference from %s)", ranking->first->c.driver->name);
    } else {
        fprintf(out, "%s: ", ranking->first->c.driver->name);
        say_number(comparison.ratio.ratio, out);
        fputs(" times as many)", out);
    }
}

static void say_result(const struct ranking *ranking, FILE *out)
{
    const struct bench_case *first = &ranking->first->c;
    fprintf(out, "Result: at %u in flight (%s", first->concurrency,
            arrivals_words[first->arrivals].name);
    if (!case_is_work(first))
        fprintf(out, ", backlog %d", first->backlog);
    fputs("), ", out);
    say_first(ranking, out);
    say_last(ranking, out);
    say_invalid(ranking, out);
    say_serial(ranking, out);
    fputs(".\n", out);
}

/* ---- the explanation ---- */

static double per_request(const struct case_summary *s, enum usage_metric metric)
{
    return s->usage.median[USAGE_CLIENT][metric] / (double)s->completed;
}

static double switches(const struct case_summary *s)
{
    return per_request(s, USAGE_VOLUNTARY_SWITCHES) + per_request(s, USAGE_INVOLUNTARY_SWITCHES);
}

static void say_cost(const struct case_summary *first, const struct case_summary *last, FILE *out)
{
    double ns[] = {per_request(first, USAGE_CPU_NS), per_request(last, USAGE_CPU_NS)};
    char text[2][UNITS_TEXT_BYTES];
    if (isnan(ns[0]) || isnan(ns[1])) {
        fputs("no CPU times were recorded", out);
        return;
    }
    fprintf(out, "CPU time per request: %s %s, %s %s", first->c.driver->name,
            units_format_time((nsec_t)llround(ns[0]), text[0]), last->c.driver->name,
            units_format_time((nsec_t)llround(ns[1]), text[1]));
    if (!isnan(switches(first)) && !isnan(switches(last)))
        fprintf(out, "; context switches per request: %.1f and %.1f", switches(first),
                switches(last));
}

/* The phase in which a request of the last spends most time beyond one of the first. */
static void say_breakdown(const struct case_summary *first, const struct case_summary *last,
                          FILE *out)
{
    char time[UNITS_TEXT_BYTES];
    double most = 0, beside = 0;
    int phase = -1;
    for (int p = 0; p < BREAKDOWN_PHASES; p++) {
        double more = last->usage.breakdown_s[p] - first->usage.breakdown_s[p];
        if (p == BREAKDOWN_DELAY || isnan(more))
            continue;
        beside += last->usage.breakdown_s[p];
        if (more > most) {
            most = more;
            phase = p;
        }
    }
    if (phase >= 0 && most > NOTABLE_SHARE * beside)
        fprintf(out, "; a request of %s spends %s more in phase \"%s\" (%s)", last->c.driver->name,
                units_format_time((nsec_t)llround(most * NSEC_PER_SEC), time),
                breakdown_rows[phase].name, breakdown_rows[phase].explain);
}

static void say_syns(const struct case_summary *first, const struct case_summary *last, FILE *out)
{
    if (last->syn_retransmits >= 1 && !(first->syn_retransmits >= last->syn_retransmits))
        fprintf(out, "; %.0f SYN retransmissions with %s, each after 1 s or more",
                last->syn_retransmits, last->c.driver->name);
}

static void say_explanation(const struct ranking *ranking, FILE *out)
{
    const struct case_summary *first = ranking->first, *last = ranking->last;
    bool differ = ranking_difference(&ranking->comparison) != DIFFERENCE_NONE;
    fputs(differ ? "Explanation: " : "Explanation: no difference in makespan to explain; ", out);
    if (case_is_work(&first->c) && !isnan(cores_at_work(first)))
        fprintf(out, "cores in use on average, of %u: %s %.2f, %s %.2f; ",
                ranking->judgement->cores, first->c.driver->name, cores_at_work(first),
                last->c.driver->name, cores_at_work(last));
    say_cost(first, last, out);
    if (differ) {
        say_breakdown(first, last, out);
        say_syns(first, last, out);
    }
    fputs(".\n", out);
}

/* ---- the limits ---- */

/* So few runs cannot be significantly different at any number in flight. */
static const char *is_faster(const struct ranking *ranking)
{
    return ranking->comparison.too_few ? "has a lower median than" : "is faster than";
}

/* The program's own work has no server and so no delay; the number of cores limits it. */
static void say_try(const struct ranking *ranking, FILE *out)
{
    fputs("; try fewer (--concurrency) or ", out);
    if (!case_is_work(&ranking->first->c))
        fputs("a longer server delay (--delay)", out);
    else if (ranking->judgement->cores > 1)
        fputs("one core (taskset -c 0)", out);
    else
        fputs("a machine with more cores", out);
}

static void say_range_of_equals(const struct ranking *ranking, const struct ranking_range *range,
                                FILE *out)
{
    const char *first = ranking->first->c.driver->name, *last = ranking->last->c.driver->name;
    if (range->last_faster > range->first_faster)
        fprintf(out, "at %u in flight %s %s %s", range->last_faster, last, is_faster(ranking),
                first);
    else if (range->first_faster)
        fprintf(out, "at %u in flight %s %s %s", range->first_faster, first, is_faster(ranking),
                last);
    else
        fprintf(out, "no significant difference at any of %zu numbers in flight",
                range->places + 1);
}

static void say_range(const struct ranking *ranking, FILE *out)
{
    const char *first = ranking->first->c.driver->name, *last = ranking->last->c.driver->name;
    const struct ranking_range range = ranking_range(ranking);
    if (range.places == 0) {
        fputs("only one number in flight was measured", out);
        say_try(ranking, out);
    } else if (ranking_difference(&ranking->comparison) == DIFFERENCE_NONE) {
        say_range_of_equals(ranking, &range, out);
    } else if (range.last_faster) {
        fprintf(out, "at %u in flight the order is reversed: %s %s %s", range.last_faster, last,
                is_faster(ranking), first);
    } else if (range.same_up_to) {
        fprintf(out, "up to %u in flight %s and %s differ by less than %.0f%%", range.same_up_to,
                first, last, 100 * RANKING_NEGLIGIBLE);
    } else if (range.not_significant) {
        fprintf(out, "no significant difference between %s and %s at %u in flight", first, last,
                range.not_significant);
    } else {
        fprintf(out, "the order is the same at all %zu numbers in flight", range.places + 1);
        say_try(ranking, out);
    }
}

/* `a` over `b` instead of `b` over `a`. */
static struct stats_comparison inverse(struct stats_comparison c)
{
    c.ratio.ratio = 1 / c.ratio.ratio;
    struct stats_interval *interval = &c.ratio.interval;
    *interval = (struct stats_interval){1 / interval->high, 1 / interval->low, interval->coverage};
    return c;
}

/* Another backlog that makes much of the difference, or reverses it. */
static void say_backlog(const struct ranking *ranking, FILE *out)
{
    const struct bench_case *first = &ranking->first->c;
    for (size_t i = 0; i < ranking->judgement->case_count; i++) {
        int backlog = ranking->judgement->cases[i].c.backlog;
        struct ranking_pair pair;
        if (backlog == first->backlog ||
            !ranking_elsewhere(ranking, first->concurrency, backlog, &pair))
            continue;
        double change = pair.comparison.ratio.ratio / ranking->comparison.ratio.ratio;
        if (ranking_difference(&pair.comparison) == DIFFERENCE_NONE ||
            (change < NOTABLE_CHANGE && change > 1 / NOTABLE_CHANGE))
            continue;
        bool reversed = pair.comparison.ratio.ratio < 1;
        const struct case_summary *slower = reversed ? pair.first : pair.last;
        const struct case_summary *faster = reversed ? pair.last : pair.first;
        struct stats_comparison c = reversed ? inverse(pair.comparison) : pair.comparison;
        fprintf(out, "; with a backlog of %d, %s ", backlog, slower->c.driver->name);
        say_times(ranking, &c, slower->valid_count, faster->c.driver->name, out);
        say_syns(faster, slower, out);
        return;
    }
}

void summary_print(const struct judgement *judgement, FILE *out)
{
    if (matrix_is(judgement)) {
        matrix_summary_print(judgement, out);
        return;
    }
    struct ranking ranking;
    if (judgement->case_count && judgement->cases[0].c.variant) {
        fputs("No comparison: the variants of a lesson are compared by its evidence.\n", out);
        return;
    }
    if (!ranking_make(judgement, &ranking)) {
        fputs("No comparison: no two drivers have figures for the same load.\n", out);
        return;
    }
    say_result(&ranking, out);
    say_explanation(&ranking, out);
    fputs("Limits: ", out);
    say_range(&ranking, out);
    say_backlog(&ranking, out);
    fputs(".\n", out);
    ranking_release(&ranking);
}
