#include "stats_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "stats_anytime.h"

enum { EXACT_BELOW = 50 }; /* values per side, as in R */

/* ---- Mann and Whitney ---- */

static double *sorted_copy(const double *values, size_t n)
{
    double *sorted = xcalloc(n, sizeof(*sorted));
    memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), stats_compare_doubles);
    return sorted;
}

/* Pairs in which a's value is the larger, ties by half: U of `a`. */
static double count_pairs(const double *a, size_t a_n, const double *b, size_t b_n)
{
    double u = 0;
    for (size_t i = 0; i < a_n; i++)
        for (size_t j = 0; j < b_n; j++)
            u += a[i] > b[j] ? 1 : a[i] == b[j] ? 0.5 : 0;
    return u;
}

/* The sum of t^3 - t over all groups of t equal values: 0 where there are no ties. */
static double tie_sum(const double *a, size_t a_n, const double *b, size_t b_n)
{
    size_t n = a_n + b_n;
    double sum = 0, *all = xcalloc(n, sizeof(*all));
    memcpy(all, a, a_n * sizeof(*all));
    memcpy(all + a_n, b, b_n * sizeof(*all));
    qsort(all, n, sizeof(*all), stats_compare_doubles);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && all[to] == all[from]; to++)
            ;
        double t = (double)(to - from);
        sum += t * t * t - t;
    }
    free(all);
    return sum;
}

/* P(U <= u): of all ways to choose a's ranks, the share in which U is at most `u`. ways[k][v]
 * counts the ways to choose k ranks with U = v; ranks are considered one after another. Nothing is
 * subtracted, so doubles are precise enough, although the counts reach 10^28. */
static double u_distribution(size_t a_n, size_t b_n, size_t u)
{
    size_t width = a_n * b_n + 1;
    double *ways = xcalloc((a_n + 1) * width, sizeof(*ways));
    ways[0] = 1;
    for (size_t rank = 0; rank < a_n + b_n; rank++)
        for (size_t k = a_n < rank + 1 ? a_n : rank + 1; k >= 1; k--) {
            /* As the k-th of a's it exceeds all lower ranks that are b's. */
            size_t exceeds = rank - (k - 1);
            for (size_t v = exceeds; exceeds <= b_n && v < width; v++)
                ways[k * width + v] += ways[(k - 1) * width + v - exceeds];
        }
    double upto = 0, all = 0;
    for (size_t v = 0; v < width; v++) {
        all += ways[a_n * width + v];
        if (v <= u)
            upto += ways[a_n * width + v];
    }
    free(ways);
    return upto / all;
}

static double exact_p(double u, size_t a_n, size_t b_n)
{
    /* The distribution is symmetric: the tail beyond a large U is the one below its mirror. */
    double mirror = (double)(a_n * b_n) - u;
    return fmin(1, 2 * u_distribution(a_n, b_n, (size_t)fmin(u, mirror)));
}

static double normal_p(double u, double ties, double a_n, double b_n)
{
    double n = a_n + b_n;
    double variance = a_n * b_n / 12 * (n + 1 - ties / (n * (n - 1)));
    if (variance <= 0)
        return 1; /* all values are equal */
    double distance = fmax(0, fabs(u - a_n * b_n / 2) - 0.5);
    return erfc(distance / sqrt(2 * variance)); /* both tails of the normal distribution */
}

struct stats_rank_test stats_mann_whitney(const double *a, size_t a_n, const double *b, size_t b_n)
{
    double ties = tie_sum(a, a_n, b, b_n);
    struct stats_rank_test test = {
        .u = count_pairs(a, a_n, b, b_n),
        .exact = ties == 0 && a_n < EXACT_BELOW && b_n < EXACT_BELOW,
    };
    test.p =
        test.exact ? exact_p(test.u, a_n, b_n) : normal_p(test.u, ties, (double)a_n, (double)b_n);
    return test;
}

double stats_mann_whitney_least_p(size_t a_n, size_t b_n)
{
    if (a_n < EXACT_BELOW && b_n < EXACT_BELOW)
        return exact_p(0, a_n, b_n);
    return normal_p(0, 0, (double)a_n, (double)b_n);
}

/* ---- the sign test ---- */

double stats_sign_test(size_t below, size_t above)
{
    size_t n = below + above;
    return fmin(1, 2 * stats_binomial(below < above ? below : above, n, 0.5));
}

/* ---- the outcome ---- */

const char *const stats_outcome_names[] = {"undecided", "faster", "slower", "equivalent"};

static double alpha_of(enum stats_test test)
{
    return test == STATS_ANYTIME ? STATS_ALPHA_ANYTIME : STATS_ALPHA;
}

static enum stats_outcome outcome_of(const struct stats_comparison *c)
{
    const struct stats_interval *interval = &c->ratio.interval;
    const double high = 1 + c->margin, low = 1 / high;
    if (interval->low > low && interval->high < high && interval->coverage >= c->coverage_needed)
        return STATS_EQUIVALENT;
    if (!(c->p_corrected < alpha_of(c->test)))
        return STATS_UNDECIDED;
    if (interval->low > 1 && c->ratio.ratio >= high)
        return STATS_SLOWER;
    if (interval->high < 1 && c->ratio.ratio <= low)
        return STATS_FASTER;
    return STATS_UNDECIDED;
}

/* `least_p` is corrected, too. */
static void judge(struct stats_comparison *c, double p_corrected, double least_p)
{
    c->p_corrected = fmin(1, p_corrected);
    c->outcome = outcome_of(c);
    c->too_few = c->outcome == STATS_UNDECIDED && least_p >= alpha_of(c->test);
}

void stats_correct(struct stats_comparison *comparison, size_t family)
{
    judge(comparison, comparison->p * (double)family, comparison->least_p * (double)family);
}

void stats_set_margin(struct stats_comparison *comparison, double margin)
{
    comparison->margin = margin;
    stats_correct(comparison, 1);
}

static double least_p_of(enum stats_test test, size_t n)
{
    switch (test) {
    case STATS_MANN_WHITNEY: return stats_mann_whitney_least_p(n, n);
    case STATS_SIGN: return stats_sign_test(0, n);
    case STATS_ANYTIME: break;
    }
    return 1 / stats_anytime_evidence(0, n);
}

size_t stats_runs_needed(enum stats_test test, size_t family)
{
    size_t n = 1;
    while (least_p_of(test, n) * (double)family >= alpha_of(test))
        n++;
    return n;
}

static int by_p(const void *a, const void *b)
{
    const struct stats_comparison *const *x = a, *const *y = b;
    return stats_compare_doubles(&(*x)->p, &(*y)->p);
}

void stats_correct_all(struct stats_comparison *const *family, size_t n)
{
    struct stats_comparison **sorted = xcalloc(n + 1, sizeof(struct stats_comparison *));
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        sorted[i] = family[i];
    qsort(sorted, n, sizeof(struct stats_comparison *), by_p);
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fmin(1, sorted[i]->p * (double)(n - i)));
        judge(sorted[i], largest, sorted[i]->least_p * (double)n);
    }
    free(sorted);
}

/* ---- comparisons ---- */

struct stats_comparison stats_compare(const double *a, size_t a_n, const double *b, size_t b_n)
{
    double *a_sorted = sorted_copy(a, a_n), *b_sorted = sorted_copy(b, b_n);
    const double each = sqrt(STATS_COVERAGE);
    struct stats_interval over = stats_median_interval(b_sorted, b_n, each);
    struct stats_interval under = stats_median_interval(a_sorted, a_n, each);
    struct stats_comparison comparison = {
        .ratio = {.ratio = stats_median(b_sorted, b_n) / stats_median(a_sorted, a_n),
                  .interval = {.low = over.low / under.high,
                               .high = over.high / under.low,
                               .coverage = over.coverage * under.coverage}},
        .test = STATS_MANN_WHITNEY,
        .margin = STATS_MARGIN,
        .p = stats_mann_whitney(a, a_n, b, b_n).p,
        .least_p = stats_mann_whitney_least_p(a_n, b_n),
        .coverage_needed = STATS_COVERAGE,
    };
    stats_correct(&comparison, 1);
    free(b_sorted);
    free(a_sorted);
    return comparison;
}

struct signs {
    size_t below, above;
};

static struct signs count_signs(const double *ratios, size_t n)
{
    struct signs signs = {0};
    for (size_t i = 0; i < n; i++) {
        signs.below += ratios[i] < 1;
        signs.above += ratios[i] > 1;
    }
    return signs;
}

struct stats_comparison stats_compare_pairs(const double *ratios, size_t n)
{
    struct stats_summary summary = stats_summarise(ratios, n);
    struct signs signs = count_signs(ratios, n);
    struct stats_comparison comparison = {
        .ratio = {.ratio = summary.median, .interval = summary.interval},
        .test = STATS_SIGN,
        .margin = STATS_MARGIN,
        .p = stats_sign_test(signs.below, signs.above),
        .least_p = least_p_of(STATS_SIGN, n),
        .coverage_needed = STATS_COVERAGE,
    };
    stats_correct(&comparison, 1);
    return comparison;
}

struct stats_comparison stats_compare_anytime(const double *ratios, size_t n, size_t family,
                                              double margin)
{
    double *sorted = sorted_copy(ratios, n);
    double confidence = 1 - STATS_ALPHA_ANYTIME / (double)family;
    struct signs signs = count_signs(ratios, n);
    struct stats_comparison comparison = {
        .ratio = {.ratio = stats_median(sorted, n),
                  .interval = stats_anytime_median_interval(sorted, n, confidence)},
        .test = STATS_ANYTIME,
        .margin = margin,
        .p = fmin(1, 1 / stats_anytime_evidence(signs.below, signs.above)),
        .least_p = least_p_of(STATS_ANYTIME, n),
        .coverage_needed = confidence,
    };
    stats_correct(&comparison, family);
    free(sorted);
    return comparison;
}
