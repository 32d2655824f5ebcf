#include "ranking.h"

#include <math.h>
#include <stdlib.h>

bool ranking_same_place(const struct case_summary *a, const struct case_summary *b)
{
    return case_alike(&a->c, &b->c, CASE_SAME_PLACE);
}

static bool has_figure(const struct case_summary *s)
{
    return !case_is_reference(&s->c) && s->makespan.n &&
           !(case_is_open(&s->c) && isnan(s->latency_p99_s));
}

/* With a time box slower drivers complete fewer requests: such times are not comparable. */
static bool comparable(const struct case_summary *a, const struct case_summary *b)
{
    return ranking_same_place(a, b) && has_figure(a) && has_figure(b) &&
           a->completed == b->completed;
}

static double figure_of(const struct case_summary *s)
{
    return case_is_open(&s->c) ? s->latency_p99_s : s->makespan.median;
}

static int by_figure(const void *a, const void *b)
{
    const struct case_summary *const *x = a, *const *y = b;
    double left = figure_of(*x), right = figure_of(*y);
    return left < right ? -1 : left > right;
}

static size_t family(const struct ranking *ranking)
{
    return ranking->count * (ranking->count - 1) / 2;
}

size_t ranking_runs_needed(const struct ranking *ranking)
{
    size_t anytime = ranking->judgement->rule.anytime_pairs;
    return anytime ? stats_runs_needed(STATS_ANYTIME, anytime)
                   : stats_runs_needed(STATS_SIGN, family(ranking));
}

/* `b` ÷ `a`, block by block; undecided if they share no block. */
static struct stats_comparison compare(const struct ranking *ranking, const struct case_summary *a,
                                       const struct case_summary *b)
{
    const struct decision_rule *rule = &ranking->judgement->rule;
    double apart =
        ranking->open ? figure_of(b) / figure_of(a) : b->per_request.median / a->per_request.median;
    struct stats_comparison comparison = {
        .ratio = {apart, {apart, apart, 0}}, .margin = rule->margin, .too_few = true};
    double *ratios = xcalloc(b->run_count + 1, sizeof(*ratios));
    size_t n = judge_ratios(b, a, ratios);
    if (n) {
        comparison = decisions_compare(rule, ratios, n);
        if (!rule->anytime_pairs)
            stats_correct(&comparison, family(ranking));
    }
    free(ratios);
    return comparison;
}

enum ranking_difference ranking_difference(const struct stats_comparison *c)
{
    if (c->outcome == STATS_FASTER || c->outcome == STATS_SLOWER)
        return DIFFERENCE_CLEAR;
    const struct stats_interval *interval = &c->ratio.interval;
    /* With one block there is no interval: then the difference must not be negligible. */
    double least = interval->coverage > 0 ? c->margin : RANKING_NEGLIGIBLE;
    bool apart = interval->low > 1 + least || interval->high < 1 - least;
    return apart && c->too_few ? DIFFERENCE_UNCERTAIN : DIFFERENCE_NONE;
}

/* Of closed arrivals, which have no rate, the number in flight decides. */
static bool is_larger(const struct bench_case *a, const struct bench_case *b)
{
    return a->rate != b->rate ? a->rate > b->rate : a->concurrency > b->concurrency;
}

static const struct case_summary *find_place(const struct judgement *judgement, bool open)
{
    const struct case_summary *best = NULL;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        size_t others = 0;
        for (size_t j = 0; j < judgement->case_count; j++)
            others += j != i && comparable(s, &judgement->cases[j]);
        if (others && case_is_open(&s->c) == open && (!best || is_larger(&s->c, &best->c)))
            best = s;
    }
    return best;
}

static bool make(const struct judgement *judgement, bool open, struct ranking *out)
{
    *out = (struct ranking){.judgement = judgement, .open = open};
    const struct case_summary *at = find_place(judgement, open);
    if (!at)
        return false;
    out->cases = xcalloc(judgement->case_count, sizeof(const struct case_summary *));
    for (size_t i = 0; i < judgement->case_count; i++)
        if (comparable(at, &judgement->cases[i]))
            out->cases[out->count++] = &judgement->cases[i];
    qsort(out->cases, out->count, sizeof(const struct case_summary *), by_figure);
    out->first = out->cases[0];
    out->last = out->cases[out->count - 1];
    out->comparison = compare(out, out->first, out->last);
    return true;
}

bool ranking_make(const struct judgement *judgement, struct ranking *out)
{
    return make(judgement, false, out);
}

bool ranking_make_open(const struct judgement *judgement, struct ranking *out)
{
    return make(judgement, true, out);
}

void ranking_release(struct ranking *ranking)
{
    free(ranking->cases);
}

size_t ranking_ties(const struct ranking *ranking, enum stats_outcome outcome,
                    const struct case_summary **out)
{
    size_t n = 0;
    for (size_t i = 1; i < ranking->count; i++) {
        struct stats_comparison c = compare(ranking, ranking->first, ranking->cases[i]);
        if (ranking_difference(&c) == DIFFERENCE_NONE && c.outcome == outcome)
            out[n++] = ranking->cases[i];
    }
    return n;
}

const struct case_summary *ranking_serial(const struct ranking *ranking,
                                          struct stats_comparison *comparison)
{
    const struct bench_case *first = &ranking->first->c;
    unsigned fields = case_fields_of(CASE_SAME_REQUESTS) & ~CASE_BIT(arrivals);
    for (size_t i = 0; i < ranking->judgement->case_count; i++) {
        const struct case_summary *s = &ranking->judgement->cases[i];
        if (s->c.concurrency == 1 && first->concurrency > 1 && has_figure(s) &&
            !case_is_open(&s->c) && case_order(&s->c, first, fields) == 0) {
            *comparison = compare(ranking, ranking->first, s);
            return s;
        }
    }
    return NULL;
}

static const struct case_summary *find_case(const struct ranking *ranking,
                                            const struct case_summary *like, unsigned concurrency,
                                            int backlog)
{
    unsigned place = CASE_BIT(concurrency) | CASE_BIT(requests) | CASE_BIT(backlog);
    unsigned fields = (case_fields_of(CASE_SAME_PLACE) & ~place) | CASE_BIT(driver);
    for (size_t i = 0; i < ranking->judgement->case_count; i++) {
        const struct case_summary *s = &ranking->judgement->cases[i];
        if (s->c.concurrency == concurrency && s->c.backlog == backlog &&
            case_order(&like->c, &s->c, fields) == 0)
            return s;
    }
    return NULL;
}

bool ranking_elsewhere(const struct ranking *ranking, unsigned concurrency, int backlog,
                       struct ranking_pair *out)
{
    out->first = find_case(ranking, ranking->first, concurrency, backlog);
    out->last = find_case(ranking, ranking->last, concurrency, backlog);
    if (!out->first || !out->last || !comparable(out->first, out->last))
        return false;
    out->comparison = compare(ranking, out->first, out->last);
    return true;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* First and last at every other C where both have a figure. Returns their number; the caller frees
 * them. */
static size_t find_pairs(const struct ranking *ranking, struct ranking_pair **out)
{
    const struct judgement *judgement = ranking->judgement;
    int backlog = ranking->first->c.backlog;
    struct ranking_pair *pairs = xcalloc(judgement->case_count, sizeof(*pairs));
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        unsigned c = s->c.concurrency;
        if (c != ranking->first->c.concurrency && s->c.backlog == backlog &&
            ranking_elsewhere(ranking, c, backlog, &pairs[n]) && pairs[n].first == s)
            n++;
    }
    *out = pairs;
    return n;
}

/* The whole interval has to be that close to 1, not just its middle; a range shows no such thing.
 */
static bool is_negligible(const struct ranking_pair *pair)
{
    const struct stats_interval *interval = &pair->comparison.ratio.interval;
    return stats_is_interval(*interval) && interval->low > 1 - RANKING_NEGLIGIBLE &&
           interval->high < 1 + RANKING_NEGLIGIBLE;
}

struct ranking_range ranking_range(const struct ranking *ranking)
{
    struct ranking_range range = {0};
    struct ranking_pair *pairs;
    size_t n = find_pairs(ranking, &pairs);
    unsigned least_apart = ranking->first->c.concurrency;
    for (size_t i = 0; i < n; i++) {
        unsigned c = pairs[i].first->c.concurrency;
        unsigned *kind = ranking_difference(&pairs[i].comparison) == DIFFERENCE_NONE
                             ? &range.not_significant
                         : pairs[i].comparison.ratio.ratio < 1 ? &range.last_faster
                                                               : &range.first_faster;
        *kind = larger(*kind, c);
        range.places++;
        if (!is_negligible(&pairs[i]) && c < least_apart)
            least_apart = c;
    }
    /* A negligible difference counts only below the smallest C at which it is not. */
    for (size_t i = 0; i < n; i++)
        if (is_negligible(&pairs[i]) && pairs[i].first->c.concurrency < least_apart)
            range.same_up_to = larger(range.same_up_to, pairs[i].first->c.concurrency);
    free(pairs);
    return range;
}
