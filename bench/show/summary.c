/* A campaign in three lines: the result where most requests are in flight, what explains it, and
 * where it ceases to hold. Of open arrivals, which have no makespan to compare, three others: the
 * latencies at the highest rate that two drivers sustain, and from which rate on each is
 * overloaded. */
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

void table_say_each(const struct case_summary *const *cases, size_t n, size_t most,
                    void (*say)(const struct case_summary *, FILE *), FILE *out)
{
    size_t shown = n <= most + 1 ? n : most;
    for (size_t i = 0; i < shown; i++) {
        fputs(i == 0 ? "" : i + 1 == n ? " and " : ", ", out);
        say(cases[i], out);
    }
    if (shown < n)
        fprintf(out, " and %zu more", n - shown);
}

static void say_drivers(const struct case_summary *const *cases, size_t n, FILE *out)
{
    table_say_each(cases, n, NAMES_SHOWN, say_driver, out);
}

static void say_seconds(double seconds, FILE *out)
{
    char text[UNITS_TEXT_BYTES];
    fputs(seconds_text(seconds, text), out);
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

/* "57.8 ms (service time 20.1 ms), p50 14.2 ms" */
static void say_latencies(const struct case_summary *s, FILE *out)
{
    say_seconds(s->latency_p99_s, out);
    fputs(" (service time ", out);
    say_seconds(s->service_p99_s, out);
    fputs("), p50 ", out);
    say_seconds(s->latency_p50_s, out);
}

/* "makespan 20.0 ms, 51200 requests/s, efficiency 50%" */
static void say_figures(const struct case_summary *s, FILE *out)
{
    fputs("makespan ", out);
    say_seconds(s->makespan.median, out);
    fputs(", ", out);
    say_number(requests_per_second(s), out);
    fputs(" requests/s", out);
    if (!isnan(s->efficiency))
        fprintf(out, ", efficiency %.0f%%", 100 * s->efficiency);
}

/* "takes 2.13 times as long as libev, interval [2.05, 2.20] (96.9%)", or of open arrivals "has 2.13
 * times the p99 latency of libev, …" */
static void say_times(const struct ranking *ranking, const struct stats_comparison *c, size_t runs,
                      const char *reference, FILE *out)
{
    const struct stats_interval interval = c->ratio.interval;
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES], text[INTERVAL_TEXT_BYTES];
    snprintf(low, sizeof(low), "%.2f", interval.low);
    snprintf(high, sizeof(high), "%.2f", interval.high);
    fprintf(out,
            ranking->open ? "has %.2f times the p99 latency of %s"
                          : "takes %.2f times as long as %s",
            c->ratio.ratio, reference);
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
    bool clear = n == 0 && ranking_difference(&ranking->comparison) == DIFFERENCE_CLEAR;
    if (ranking->open) {
        fprintf(out, " has the lowest %sp99 latency: ", clear ? "" : "median ");
        say_latencies(ranking->first, out);
    } else {
        fputs(clear ? " is fastest: " : " has the lowest median: ", out);
        say_figures(ranking->first, out);
    }
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

/* "at 64 in flight (closed", "at 360 requests/s (poisson, 256 in flight at most" */
static void say_place(const struct bench_case *c, FILE *out)
{
    const char *arrivals = arrivals_words[c->arrivals].name;
    if (case_is_open(c))
        fprintf(out, "at %u requests/s (%s, %u in flight at most", c->rate, arrivals,
                c->concurrency);
    else
        fprintf(out, "at %u in flight (%s", c->concurrency, arrivals);
}

static void say_result(const struct ranking *ranking, FILE *out)
{
    const struct bench_case *first = &ranking->first->c;
    fputs("Result: ", out);
    say_place(first, out);
    if (case_has_backlog(first))
        fprintf(out, ", backlog %d", first->backlog);
    fputs("), ", out);
    say_first(ranking, out);
    say_last(ranking, out);
    say_invalid(ranking, out);
    if (!ranking->open)
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

/* What of a latency is the driver's own, and not the server's. */
static void say_lag(const struct case_summary *first, const struct case_summary *last, FILE *out)
{
    fprintf(out, "1%% of the requests were started late, %s by ", first->c.driver->name);
    say_seconds(first->lag_p99_s, out);
    fprintf(out, " or more, %s by ", last->c.driver->name);
    say_seconds(last->lag_p99_s, out);
    fputs(" or more; ", out);
}

static void say_explanation(const struct ranking *ranking, FILE *out)
{
    const struct case_summary *first = ranking->first, *last = ranking->last;
    bool differ = ranking_difference(&ranking->comparison) != DIFFERENCE_NONE;
    fputs("Explanation: ", out);
    if (!differ)
        fprintf(out, "no difference in %s to explain; ", ranking->open ? "latency" : "makespan");
    if (ranking->open)
        say_lag(first, last, out);
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
    fputs("; try fewer (--concurrency)", out);
    if (case_has_url(&ranking->first->c))
        return;
    fputs(" or ", out);
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

/* ---- the limits of open arrivals ---- */

/* "epoll → prefork" */
static void say_pair(const struct case_summary *s, FILE *out)
{
    char driver[TABLE_DRIVER_BYTES];
    fputs(table_driver(&s->c, driver), out);
}

/* Does `s` say more of where a pair is overloaded: at a lower rate where it is, at a higher where
 * not? `end` may be NULL. */
static bool says_more(const struct case_summary *s, const struct case_summary *end)
{
    if (s->quality == QUALITY_INVALID || !s->run_count)
        return false;
    if (!end || s->overloaded != end->overloaded)
        return !end || s->overloaded;
    return s->overloaded ? s->c.rate < end->c.rate : s->c.rate > end->c.rate;
}

/* Of a driver and a server model at all rates the case that says most, or NULL. */
static const struct case_summary *end_of(const struct judgement *judgement,
                                         const struct bench_case *pair)
{
    const unsigned fields =
        (case_fields_of(CASE_SAME_PLACE) & ~CASE_BIT(rate) & ~CASE_BIT(requests)) |
        CASE_BIT(driver);
    const struct case_summary *end = NULL;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (case_order(&judgement->cases[i].c, pair, fields) == 0 &&
            says_more(&judgement->cases[i], end))
            end = &judgement->cases[i];
    return end;
}

/* Into `ends`, once for each pair at the place of `like`, whatever its server model. Returns how
 * many. */
static size_t find_ends(const struct judgement *judgement, const struct case_summary *like,
                        const struct case_summary **ends)
{
    unsigned fields = case_fields_of(CASE_SAME_PLACE) & ~CASE_BIT(rate) & ~CASE_BIT(requests) &
                      ~CASE_BIT(server_model);
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        if (case_order(&judgement->cases[i].c, &like->c, fields))
            continue;
        const struct case_summary *end = end_of(judgement, &judgement->cases[i].c);
        size_t known = 0;
        while (known < n && ends[known] != end)
            known++;
        ends[known] = end;
        n += end && known == n;
    }
    return n;
}

static int by_rate(const void *a, const void *b)
{
    const struct case_summary *const *x = a, *const *y = b;
    if ((*x)->overloaded != (*y)->overloaded)
        return (*x)->overloaded ? -1 : 1;
    return ((*x)->c.rate > (*y)->c.rate) - ((*x)->c.rate < (*y)->c.rate);
}

/* "epoll and libev are overloaded from 480 requests/s on; io_uring is not, up to 960 requests/s" */
static void say_overload(const struct judgement *judgement, const struct case_summary *like,
                         FILE *out)
{
    const size_t size = sizeof(const struct case_summary *);
    const struct case_summary **ends = xcalloc(judgement->case_count, size);
    size_t n = find_ends(judgement, like, ends), next;
    fputs(n ? "Limits: " : "", out);
    qsort(ends, n, size, by_rate);
    for (size_t i = 0; i < n; i = next) {
        const struct case_summary *end = ends[i];
        for (next = i + 1; next < n && by_rate(&ends[i], &ends[next]) == 0;)
            next++;
        const char *verb = next - i == 1 ? "is" : "are";
        fputs(i ? "; " : "", out);
        table_say_each(ends + i, next - i, NAMES_SHOWN, say_pair, out);
        if (end->overloaded)
            fprintf(out, " %s overloaded from %u requests/s on", verb, end->c.rate);
        else
            fprintf(out, " %s not overloaded, up to %u requests/s", verb, end->c.rate);
    }
    if (n)
        fputs(ends[0]->overloaded ? ".\n"
                                  : "; try higher rates (--rate), or 'waitbench capacity'.\n",
              out);
    free(ends);
}

/* Not of a serial driver, which has one in flight and is overloaded long before the others. */
static const struct case_summary *first_open(const struct judgement *judgement)
{
    const struct case_summary *first = NULL;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (case_is_open(&s->c) && !case_is_reference(&s->c) &&
            (!first || s->c.concurrency > first->c.concurrency))
            first = s;
    }
    return first;
}

static void print_open(const struct judgement *judgement, FILE *out)
{
    struct ranking ranking;
    const struct case_summary *like = first_open(judgement);
    if (!like)
        return;
    if (ranking_make_open(judgement, &ranking)) {
        like = ranking.first;
        say_result(&ranking, out);
        say_explanation(&ranking, out);
        ranking_release(&ranking);
    } else {
        fputs("No comparison: no two drivers have latencies at the same rate.\n", out);
    }
    say_overload(judgement, like, out);
}

/* ---- all of it ---- */

static void print_closed(const struct judgement *judgement, FILE *out)
{
    struct ranking ranking;
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

void summary_print(const struct judgement *judgement, FILE *out)
{
    if (judgement->case_count && judgement->cases[0].c.variant) {
        fputs("No comparison: the variants of a lesson are compared by its evidence.\n", out);
        return;
    }
    size_t open = judgement_open_cases(judgement);
    if (matrix_is(judgement))
        matrix_summary_print(judgement, out);
    else if (open < judgement->case_count || !open)
        print_closed(judgement, out);
    print_open(judgement, out);
}
