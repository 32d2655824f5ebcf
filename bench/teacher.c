#include "teacher.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/units.h"

/* Cases that can be held against each other: same everything but the driver. */
static bool comparable(const struct case_summary *a, const struct case_summary *b)
{
    return !strcmp(a->c.shape, b->c.shape) && !strcmp(a->c.workload, b->c.workload) &&
           a->c.concurrency == b->c.concurrency && a->c.backlog == b->c.backlog &&
           a->c.keep_alive == b->c.keep_alive && a->c.pipeline == b->c.pipeline &&
           a->c.think == b->c.think && b->makespan.n > 0;
}

/* The one to talk about: the usual backlog and first shape, at the largest C that at least two
 * drivers have a figure for. */
static const struct case_summary *subject(const struct judgement *judgement, unsigned below)
{
    const struct case_summary *best = NULL;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        size_t others = 0;
        for (size_t j = 0; j < judgement->case_count; j++)
            others += j != i && comparable(s, &judgement->cases[j]);
        if (s->makespan.n && others && s->c.concurrency > 1 && s->c.concurrency < below &&
            (!best || s->c.concurrency > best->c.concurrency))
            best = s;
    }
    return best;
}

static const struct case_summary *winner(const struct judgement *judgement,
                                         const struct case_summary *like)
{
    const struct case_summary *best = like;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (comparable(like, s) && s->makespan.median < best->makespan.median)
            best = s;
    }
    return best;
}

/* The slowest of those beside it. */
static const struct case_summary *loser(const struct judgement *judgement,
                                        const struct case_summary *like)
{
    const struct case_summary *worst = like;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (comparable(like, s) && s->makespan.median > worst->makespan.median)
            worst = s;
    }
    return worst;
}

static size_t valid_makespans(const struct case_summary *s, double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < s->run_count; i++)
        if (s->runs[i].verdict != VERDICT_INVALID)
            values[n++] = clock_seconds(s->runs[i].makespan);
    return n;
}

static struct stats_comparison compare_cases(const struct judgement *judgement,
                                             const struct case_summary *a,
                                             const struct case_summary *b)
{
    double *x = xcalloc(a->run_count, sizeof(*x)), *y = xcalloc(b->run_count, sizeof(*y));
    size_t x_n = valid_makespans(a, x), y_n = valid_makespans(b, y);
    struct stats_comparison comparison = stats_compare(x, x_n, y, y_n, judgement->campaign.seed);
    free(x);
    free(y);
    return comparison;
}

/* Say it only where it can be told: "2.0 times", or "not to be told apart". */
static bool differ(const struct stats_comparison *comparison)
{
    return comparison->ratio.interval.low > 1 + STATS_NOISE_THRESHOLD ||
           comparison->ratio.interval.high < 1 - STATS_NOISE_THRESHOLD;
}

static void say_who(const struct judgement *judgement, const struct case_summary *first,
                    const struct case_summary *last, FILE *out)
{
    char time[UNITS_TEXT_BYTES];
    struct stats_comparison comparison = compare_cases(judgement, first, last);
    fprintf(out, "Who: at %u in flight (%s), %s is fastest, %s", first->c.concurrency,
            first->c.shape, first->c.driver,
            units_format_time((nsec_t)llround(first->makespan.median * NSEC_PER_SEC), time));
    if (!isnan(first->efficiency))
        fprintf(out, ", %.0f%% of the ideal", 100 * first->efficiency);
    if (differ(&comparison))
        fprintf(out, "; %s takes %.2f times as long [%.2f, %.2f].\n", last->c.driver,
                comparison.ratio.ratio, comparison.ratio.interval.low,
                comparison.ratio.interval.high);
    else
        fprintf(out, "; but it cannot be told apart from %s, the slowest, in so few runs.\n",
                last->c.driver);
}

static double per_request(const struct case_summary *s, enum ledger_metric metric)
{
    return s->ledger.median[LEDGER_CLIENT][metric] / (double)s->answered;
}

static double switches(const struct case_summary *s)
{
    return per_request(s, LEDGER_VOLUNTARY_SWITCHES) + per_request(s, LEDGER_INVOLUNTARY_SWITCHES);
}

static void say_why(const struct case_summary *first, const struct case_summary *last, FILE *out)
{
    char cpu[2][UNITS_TEXT_BYTES];
    double a = per_request(first, LEDGER_CPU_NS), b = per_request(last, LEDGER_CPU_NS);
    if (isnan(a) || isnan(b) || !(a > 0)) {
        fputs("Why: the ledger has no CPU time for them here.\n", out);
        return;
    }
    fprintf(out, "Why: a request costs %s %s of CPU and %.1f context switches, %s %s and %.1f",
            first->c.driver, units_format_time((nsec_t)a, cpu[0]), switches(first), last->c.driver,
            units_format_time((nsec_t)b, cpu[1]), switches(last));
    if (last->syn_retransmits > 0)
        fprintf(out, "; and %.0f of its SYNs were sent again, a second later each",
                last->syn_retransmits);
    fputs(".\n", out);
}

/* The largest C below at which the two are not told apart. */
static void say_where(const struct judgement *judgement, const struct case_summary *first,
                      const struct case_summary *last, FILE *out)
{
    unsigned same_at = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        for (size_t j = 0; j < judgement->case_count; j++) {
            const struct case_summary *a = &judgement->cases[i], *b = &judgement->cases[j];
            if (strcmp(a->c.driver, first->c.driver) != 0 ||
                strcmp(b->c.driver, last->c.driver) != 0 ||
                strcmp(a->c.shape, first->c.shape) != 0 || a->c.backlog != first->c.backlog ||
                !a->makespan.n || !comparable(a, b) || a->c.concurrency <= same_at)
                continue;
            struct stats_comparison comparison = compare_cases(judgement, a, b);
            if (fabs(comparison.ratio.ratio - 1) < 0.05)
                same_at = a->c.concurrency;
        }
    if (same_at)
        fprintf(out,
                "Where it stops: up to %u in flight the two differ by less than 5%%: there the "
                "waiting is all there is, and any model will do.\n",
                same_at);
    else
        fputs("Where it stops: nowhere in this campaign; ask for fewer in flight, or for longer "
              "thinking.\n",
              out);
}

void teacher_say(const struct judgement *judgement, FILE *out)
{
    const struct case_summary *at = subject(judgement, CASE_CONCURRENCY_MAX + 1);
    if (!at) {
        fputs("There are no two drivers with a figure for the same case: nothing to compare.\n",
              out);
        return;
    }
    const struct case_summary *first = winner(judgement, at), *last = loser(judgement, at);
    say_who(judgement, first, last, out);
    say_why(first, last, out);
    say_where(judgement, first, last, out);
}
