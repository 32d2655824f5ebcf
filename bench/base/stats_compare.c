#include "stats_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

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

/* `least_p` as corrected: no values of these sizes could be significant in this family. */
static enum stats_outcome outcome_of(const struct stats_comparison *c, double least_p)
{
    const struct stats_interval *interval = &c->ratio.interval;
    if (!(c->p_corrected < STATS_ALPHA))
        return least_p >= STATS_ALPHA ? STATS_TOO_FEW : STATS_NO_DIFFERENCE;
    /* The threshold is symmetric: 1% more, or 1 / 1.01. */
    if (interval->low > 1 && c->ratio.ratio >= 1 + STATS_NOISE_THRESHOLD)
        return STATS_SLOWER;
    if (interval->high < 1 && c->ratio.ratio <= 1 / (1 + STATS_NOISE_THRESHOLD))
        return STATS_FASTER;
    return STATS_NO_DIFFERENCE;
}

void stats_correct(struct stats_comparison *comparison, size_t family)
{
    comparison->p_corrected = fmin(1, comparison->p * (double)family);
    comparison->outcome = outcome_of(comparison, comparison->least_p * (double)family);
}

size_t stats_runs_needed(bool paired, size_t family)
{
    size_t n = 1;
    while ((paired ? stats_sign_test(0, n) : stats_mann_whitney_least_p(n, n)) * (double)family >=
           STATS_ALPHA)
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
        sorted[i]->p_corrected = largest;
        sorted[i]->outcome = outcome_of(sorted[i], sorted[i]->least_p * (double)n);
    }
    free(sorted);
}

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
        .p = stats_mann_whitney(a, a_n, b, b_n).p,
        .least_p = stats_mann_whitney_least_p(a_n, b_n),
    };
    stats_correct(&comparison, 1);
    free(b_sorted);
    free(a_sorted);
    return comparison;
}

struct stats_comparison stats_compare_pairs(const double *ratios, size_t n)
{
    struct stats_summary summary = stats_summarise(ratios, n);
    size_t below = 0, above = 0;
    for (size_t i = 0; i < n; i++) {
        below += ratios[i] < 1;
        above += ratios[i] > 1;
    }
    struct stats_comparison comparison = {
        .ratio = {.ratio = summary.median, .interval = summary.interval},
        .p = stats_sign_test(below, above),
        .least_p = stats_sign_test(0, n),
    };
    stats_correct(&comparison, 1);
    return comparison;
}
