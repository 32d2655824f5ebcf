#include "ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stored_case.h"

bool contest_same_place(const struct case_summary *a, const struct case_summary *b)
{
    return stored_case_same_group(&a->c, &b->c) && a->c.time_box == b->c.time_box &&
           a->c.concurrency == b->c.concurrency && a->c.requests == b->c.requests;
}

/* A time box lets the slower answer fewer: such times are not the same task's. */
static bool comparable(const struct case_summary *a, const struct case_summary *b)
{
    return contest_same_place(a, b) && a->makespan.n && b->makespan.n &&
           a->answered == b->answered && !stored_case_is_reference(&a->c) &&
           !stored_case_is_reference(&b->c);
}

static int by_median(const void *a, const void *b)
{
    const struct case_summary *const *x = a, *const *y = b;
    double left = (*x)->makespan.median, right = (*y)->makespan.median;
    return left < right ? -1 : left > right;
}

/* Of `b` over `a`; each per request of its own, where they had not as many. */
static struct stats_comparison compare(const struct contest *contest, const struct case_summary *a,
                                       const struct case_summary *b)
{
    double *x = xcalloc(a->run_count, sizeof(*x)), *y = xcalloc(b->run_count, sizeof(*y));
    size_t x_n = judge_makespans(a, x), y_n = judge_makespans(b, y);
    for (size_t i = 0; i < y_n && a->answered != b->answered; i++)
        y[i] *= (double)a->answered / (double)b->answered;
    struct stats_comparison comparison =
        stats_compare(x, x_n, y, y_n, contest->judgement->campaign.seed);
    free(x);
    free(y);
    return comparison;
}

enum gap contest_gap(const struct stats_comparison *c)
{
    if (c->verdict == STATS_FASTER || c->verdict == STATS_SLOWER)
        return GAP_CLEAR;
    const struct stats_interval *interval = &c->ratio.interval;
    /* One run a side has no interval; what is near is then not told apart. */
    double least = interval->low == interval->high ? CONTEST_NEARLY : STATS_NOISE_THRESHOLD;
    bool apart = interval->low > 1 + least || interval->high < 1 - least;
    return apart && c->verdict == STATS_TOO_FEW ? GAP_SEEMS : GAP_NONE;
}

static const struct case_summary *find_place(const struct judgement *judgement)
{
    const struct case_summary *best = NULL;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        size_t others = 0;
        for (size_t j = 0; j < judgement->case_count; j++)
            others += j != i && comparable(s, &judgement->cases[j]);
        if (others && (!best || s->c.concurrency > best->c.concurrency))
            best = s;
    }
    return best;
}

bool contest_hold(const struct judgement *judgement, struct contest *out)
{
    *out = (struct contest){.judgement = judgement};
    const struct case_summary *at = find_place(judgement);
    if (!at)
        return false;
    out->cases = xcalloc(judgement->case_count, sizeof(const struct case_summary *));
    for (size_t i = 0; i < judgement->case_count; i++)
        if (comparable(at, &judgement->cases[i]))
            out->cases[out->count++] = &judgement->cases[i];
    qsort(out->cases, out->count, sizeof(const struct case_summary *), by_median);
    out->first = out->cases[0];
    out->last = out->cases[out->count - 1];
    out->comparison = compare(out, out->first, out->last);
    return true;
}

void contest_release(struct contest *contest)
{
    free(contest->cases);
}

size_t contest_ties(const struct contest *contest, const struct case_summary **out)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < contest->count; i++) {
        struct stats_comparison c = compare(contest, contest->first, contest->cases[i]);
        if (contest_gap(&c) == GAP_NONE)
            out[n++] = contest->cases[i];
    }
    return n;
}

const struct case_summary *contest_serial(const struct contest *contest,
                                          struct stats_comparison *comparison)
{
    const struct stored_case *first = &contest->first->c;
    for (size_t i = 0; i < contest->judgement->case_count; i++) {
        const struct case_summary *s = &contest->judgement->cases[i];
        if (s->c.concurrency == 1 && first->concurrency > 1 && s->makespan.n &&
            !stored_case_is_reference(&s->c) && s->c.think == first->think &&
            s->c.keep_alive == first->keep_alive && s->c.pipeline == first->pipeline &&
            !strcmp(s->c.workload, first->workload)) {
            *comparison = compare(contest, contest->first, s);
            return s;
        }
    }
    return NULL;
}

static const struct case_summary *find_case(const struct contest *contest,
                                            const struct case_summary *like, unsigned concurrency,
                                            int backlog)
{
    for (size_t i = 0; i < contest->judgement->case_count; i++) {
        const struct case_summary *s = &contest->judgement->cases[i];
        if (stored_case_same_requests(&like->c, &s->c) && like->c.time_box == s->c.time_box &&
            !strcmp(like->c.driver, s->c.driver) && s->c.concurrency == concurrency &&
            s->c.backlog == backlog)
            return s;
    }
    return NULL;
}

bool contest_elsewhere(const struct contest *contest, unsigned concurrency, int backlog,
                       struct contest_pair *out)
{
    out->first = find_case(contest, contest->first, concurrency, backlog);
    out->last = find_case(contest, contest->last, concurrency, backlog);
    if (!out->first || !out->last || !comparable(out->first, out->last))
        return false;
    out->comparison = compare(contest, out->first, out->last);
    return true;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* The pair at every other C where both are to be found. Returns their number; for the caller to
 * free. */
static size_t find_pairs(const struct contest *contest, struct contest_pair **out)
{
    const struct judgement *judgement = contest->judgement;
    int backlog = contest->first->c.backlog;
    struct contest_pair *pairs = xcalloc(judgement->case_count, sizeof(*pairs));
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        unsigned c = s->c.concurrency;
        if (c != contest->first->c.concurrency && s->c.backlog == backlog &&
            contest_elsewhere(contest, c, backlog, &pairs[n]) && pairs[n].first == s)
            n++;
    }
    *out = pairs;
    return n;
}

/* All of the interval: a median in the middle of a wide one shows nothing. */
static bool nearly_the_same(const struct contest_pair *pair)
{
    const struct stats_interval *interval = &pair->comparison.ratio.interval;
    return interval->low > 1 - CONTEST_NEARLY && interval->high < 1 + CONTEST_NEARLY;
}

struct contest_range contest_range(const struct contest *contest)
{
    struct contest_range range = {0};
    struct contest_pair *pairs;
    size_t n = find_pairs(contest, &pairs);
    unsigned least_apart = contest->first->c.concurrency;
    for (size_t i = 0; i < n; i++) {
        unsigned c = pairs[i].first->c.concurrency;
        unsigned *kind = contest_gap(&pairs[i].comparison) == GAP_NONE ? &range.not_told
                         : pairs[i].comparison.ratio.ratio < 1         ? &range.turned
                                                                       : &range.told;
        *kind = larger(*kind, c);
        range.places++;
        if (!nearly_the_same(&pairs[i]) && c < least_apart)
            least_apart = c;
    }
    /* What is nearly the same counts only below the least at which it is not. */
    for (size_t i = 0; i < n; i++)
        if (nearly_the_same(&pairs[i]) && pairs[i].first->c.concurrency < least_apart)
            range.same_up_to = larger(range.same_up_to, pairs[i].first->c.concurrency);
    free(pairs);
    return range;
}
