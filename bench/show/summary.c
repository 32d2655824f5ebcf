#include "summary.h"

#include <math.h>
#include <stdlib.h>

#include "bench/judge/ranking.h"
#include "lib/units.h"
#include "bench/judge/stored_case.h"
#include "table_speedup.h"

/* A phase of a request's time is worth a word from this share of what it waits beside thinking. */
#define WORTH_A_WORD 0.2

/* Another backlog is worth one where it changes the ratio by this factor. */
#define MUCH_CHANGED 1.5

enum { NAMES_SHOWN = 3 };

/* "a, b, c and 4 more" */
static void say_names(const struct case_summary *const *cases, size_t n, FILE *out)
{
    size_t shown = n <= NAMES_SHOWN + 1 ? n : NAMES_SHOWN;
    for (size_t i = 0; i < shown; i++)
        fprintf(out, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", cases[i]->c.driver);
    if (shown < n)
        fprintf(out, " and %zu more", n - shown);
}

/* "2.13 times as long [2.05, 2.20]", with a word where there are too few runs to be sure. */
static void say_times(const struct stats_comparison *c, size_t runs, FILE *out)
{
    fprintf(out, "%.2f times as long", c->ratio.ratio);
    if (runs > 1)
        fprintf(out, " [%.2f, %.2f]", c->ratio.interval.low, c->ratio.interval.high);
    if (runs == 1)
        fputs(", in the one run there is", out);
    else if (ranking_gap(c) == GAP_SEEMS)
        fprintf(out, ", though %zu runs are too few to be sure", runs);
}

/* ---- who ---- */

static void say_behind(const struct ranking *ranking, FILE *out)
{
    const struct case_summary **tied = xcalloc(ranking->count, sizeof(const struct case_summary *));
    size_t n = ranking_ties(ranking, tied);
    bool told = ranking_gap(&ranking->comparison) != GAP_NONE;
    if (!told)
        tied[n++] = ranking->last;
    if (n) {
        fputs(told ? "; these runs cannot tell it from " : "; but these runs cannot tell it from ",
              out);
        say_names(tied, n, out);
    }
    if (told && ranking->count > 2)
        fprintf(out, "; the slowest, %s, takes ", ranking->last->c.driver);
    else if (told)
        fprintf(out, "; %s takes ", ranking->last->c.driver);
    if (told)
        say_times(&ranking->comparison, ranking->last->valid_count, out);
    free(tied);
}

/* A driver that failed there is neither first nor last, and must not go unnoticed. */
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
        fputs("; INVALID, without a figure: ", out);
        say_names(invalid, n, out);
    }
    free(invalid);
}

/* The first by its median, which is not always one that these runs tell from the others. */
static const char *how_first(const struct ranking *ranking)
{
    return ranking_gap(&ranking->comparison) == GAP_NONE ? "has the lowest median" : "is fastest";
}

static void say_who(const struct ranking *ranking, FILE *out)
{
    struct stats_comparison in_series;
    const struct case_summary *first = ranking->first;
    const struct case_summary *serial = ranking_serial(ranking, &in_series);
    char time[UNITS_TEXT_BYTES];
    fprintf(out, "Who: at %u in flight (%s", first->c.concurrency, first->c.arrivals);
    if (!stored_case_is_work(&first->c))
        fprintf(out, ", backlog %d", first->c.backlog);
    fprintf(out, "), %s %s, %s", first->c.driver, how_first(ranking),
            units_format_time((nsec_t)llround(first->makespan.median * NSEC_PER_SEC), time));
    if (!isnan(first->efficiency))
        fprintf(out, ", %.0f%% of the ideal", 100 * first->efficiency);
    if (first->quality == QUALITY_NOISY || ranking->last->quality == QUALITY_NOISY)
        fputs(" (NOISY: with care)", out);
    say_behind(ranking, out);
    say_invalid(ranking, out);
    if (serial && ranking_gap(&in_series) == GAP_NONE)
        fprintf(out, "; these runs cannot tell it from one after another (%s)", serial->c.driver);
    else if (serial)
        fprintf(out, "; one after another (%s), a request takes %.3g times as long",
                serial->c.driver, in_series.ratio.ratio);
    fputs(".\n", out);
}

/* ---- why ---- */

static double per_request(const struct case_summary *s, enum usage_metric metric)
{
    return s->usage.median[USAGE_CLIENT][metric] / (double)s->completed;
}

static double switches(const struct case_summary *s)
{
    return per_request(s, USAGE_VOLUNTARY_SWITCHES) + per_request(s, USAGE_INVOLUNTARY_SWITCHES);
}

static void say_cost(const struct case_summary *s, const char *of_cpu, const char *of_switches,
                     FILE *out)
{
    char cpu[UNITS_TEXT_BYTES];
    double ns = per_request(s, USAGE_CPU_NS);
    fprintf(out, "%s %s%s", s->c.driver, units_format_time((nsec_t)llround(ns), cpu), of_cpu);
    if (!isnan(switches(s)))
        fprintf(out, " and %.1f%s", switches(s), of_switches);
}

/* The phase in which a request of the last loses most against one of the first. */
static void say_breakdown(const struct case_summary *first, const struct case_summary *last,
                          FILE *out)
{
    char more[UNITS_TEXT_BYTES];
    double most = 0, beside = 0;
    int phase = -1;
    for (int p = 0; p < BREAKDOWN_PHASES; p++) {
        double lost = last->usage.breakdown_s[p] - first->usage.breakdown_s[p];
        if (p == BREAKDOWN_DELAY || isnan(lost))
            continue;
        beside += last->usage.breakdown_s[p];
        if (lost > most) {
            most = lost;
            phase = p;
        }
    }
    if (phase >= 0 && most > WORTH_A_WORD * beside)
        fprintf(out, "; a request of %s waits %s longer in \"%s\" (%s)", last->c.driver,
                units_format_time((nsec_t)llround(most * NSEC_PER_SEC), more),
                breakdown_name((enum breakdown_phase)phase),
                breakdown_explain((enum breakdown_phase)phase));
}

static void say_syns(const struct case_summary *first, const struct case_summary *last, FILE *out)
{
    if (last->syn_retransmits >= 1 && !(first->syn_retransmits >= last->syn_retransmits))
        fprintf(out, "; %.0f of %s's SYNs were sent again, a second later or more",
                last->syn_retransmits, last->c.driver);
}

/* Of work that asks no server: how many cores did it. */
static void say_cores(const struct ranking *ranking, FILE *out)
{
    const struct case_summary *first = ranking->first, *last = ranking->last;
    if (stored_case_is_work(&first->c))
        fprintf(out, "of %u core%s %.2f worked for %s on average, and %.2f for %s; ",
                ranking->judgement->cores, ranking->judgement->cores == 1 ? "" : "s",
                cores_at_work(first), first->c.driver, cores_at_work(last), last->c.driver);
}

static void say_why(const struct ranking *ranking, FILE *out)
{
    const struct case_summary *first = ranking->first, *last = ranking->last;
    bool told = ranking_gap(&ranking->comparison) != GAP_NONE;
    fputs("Why: ", out);
    if (isnan(per_request(first, USAGE_CPU_NS)) || isnan(per_request(last, USAGE_CPU_NS))) {
        fputs("the ledger has no CPU time for them here", out);
    } else {
        say_cores(ranking, out);
        fputs(told ? "a request takes "
                   : "there is no difference in time to explain; in cost, a request takes ",
              out);
        say_cost(first, " of CPU", " context switches", out);
        fputs(", ", out);
        say_cost(last, "", "", out);
    }
    if (told) {
        say_breakdown(first, last, out);
        say_syns(first, last, out);
    }
    fputs(".\n", out);
}

/* ---- where it stops ---- */

static void say_range_of_equals(const struct ranking *ranking, const struct ranking_range *range,
                                FILE *out)
{
    const char *first = ranking->first->c.driver, *last = ranking->last->c.driver;
    bool turned = range->turned > range->told;
    if (range->told + range->turned)
        fprintf(out, "at %u in flight %s is faster than %s", turned ? range->turned : range->told,
                turned ? last : first, turned ? first : last);
    else
        fprintf(out, "at none of the %zu numbers in flight are %s and %s told apart",
                range->places + 1, first, last);
}

/* Nobody thinks about work that asks no server; what it wants is cores. */
static void say_try(const struct ranking *ranking, FILE *out)
{
    if (!stored_case_is_work(&ranking->first->c))
        fputs("fewer in flight (--concurrency), or longer thinking (--think)", out);
    else if (ranking->judgement->cores > 1)
        fputs("fewer in flight (--concurrency), or one core (taskset -c 0)", out);
    else
        fputs("fewer in flight (--concurrency), or more cores than this one", out);
}

static void say_range(const struct ranking *ranking, FILE *out)
{
    const char *first = ranking->first->c.driver, *last = ranking->last->c.driver;
    const struct ranking_range range = ranking_range(ranking);
    if (range.places == 0) {
        fputs("there is one number in flight only; try ", out);
        say_try(ranking, out);
    } else if (ranking_gap(&ranking->comparison) == GAP_NONE)
        say_range_of_equals(ranking, &range, out);
    else if (range.turned)
        fprintf(out, "at %u in flight it is the other way round, %s is faster than %s",
                range.turned, last, first);
    else if (range.same_up_to)
        fprintf(out, "up to %u in flight %s and %s differ by less than %.0f%%: either will do",
                range.same_up_to, first, last, 100 * RANKING_NEARLY);
    else if (range.not_told)
        fprintf(out, "at %u in flight these runs cannot tell %s from %s", range.not_told, last,
                first);
    else {
        fputs("nowhere in this campaign; try ", out);
        say_try(ranking, out);
    }
}

/* Where another backlog makes much of the difference, or turns it round. */
static void say_backlog(const struct ranking *ranking, FILE *out)
{
    const struct stored_case *first = &ranking->first->c;
    for (size_t i = 0; i < ranking->judgement->case_count; i++) {
        int backlog = ranking->judgement->cases[i].c.backlog;
        struct ranking_pair pair;
        if (backlog == first->backlog ||
            !ranking_elsewhere(ranking, first->concurrency, backlog, &pair))
            continue;
        double change = pair.comparison.ratio.ratio / ranking->comparison.ratio.ratio;
        if (ranking_gap(&pair.comparison) == GAP_NONE ||
            (change < MUCH_CHANGED && change > 1 / MUCH_CHANGED))
            continue;
        fprintf(out, "; with a backlog of %d, %s takes ", backlog, ranking->last->c.driver);
        say_times(&pair.comparison, pair.last->valid_count, out);
        say_syns(pair.first, pair.last, out);
        return;
    }
}

void summary_print(const struct judgement *judgement, FILE *out)
{
    struct ranking ranking;
    if (!ranking_hold(judgement, &ranking)) {
        fputs("There are no two drivers with a figure for the same case: nothing to compare.\n",
              out);
        return;
    }
    say_who(&ranking, out);
    say_why(&ranking, out);
    fputs("Where it stops: ", out);
    say_range(&ranking, out);
    say_backlog(&ranking, out);
    fputs(".\n", out);
    ranking_release(&ranking);
}
