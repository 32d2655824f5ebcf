/* What it costs to merge the histograms of many machines: bytes of each, nanoseconds a merge and a
 * percentile.
 *
 * Each holds latencies from 0.1 to 0.2 s, so that most of its buckets are empty: a merge goes over
 * all of them anyway. The least of several rounds: whatever else the machine does only adds.
 *
 * usage: merge_cost [HISTOGRAMS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/histogram.h"
#include "lib/units.h"

enum { ROUNDS = 9, HISTOGRAMS = 100, HISTOGRAMS_MAX = 100000, VALUES = 1000, PERCENTILES = 1000 };

static void fill(struct histogram *histograms, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (nsec_t value = 0; value < VALUES; value++)
            histogram_add(&histograms[i], NSEC_PER_SEC / 10 + value * (NSEC_PER_SEC / 10 / VALUES));
}

/* Nanoseconds for all; `into` has the sum afterwards. -1 where it does not fit. */
static nsec_t merge(struct histogram *into, const struct histogram *histograms, size_t n,
                    struct error *error)
{
    nsec_t least = INT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        memset(into, 0, sizeof(*into));
        nsec_t before = clock_now();
        for (size_t i = 0; i < n; i++)
            if (histogram_merge(into, &histograms[i], error) < 0)
                return -1;
        nsec_t took = clock_now() - before;
        least = took < least ? took : least;
    }
    return least;
}

static double percentile_ns(const struct histogram *histogram, nsec_t *sum)
{
    nsec_t before = clock_now();
    for (int i = 0; i < PERCENTILES; i++)
        *sum += histogram_percentile(histogram, (double)i / PERCENTILES);
    return (double)(clock_now() - before) / PERCENTILES;
}

int main(int argc, char **argv)
{
    struct error error;
    int64_t n = HISTOGRAMS;
    nsec_t sum = 0;
    if (argc > 2 || (argc == 2 && units_parse_count(argv[1], 1, HISTOGRAMS_MAX, &n, &error) < 0)) {
        fprintf(stderr, "usage: merge_cost [HISTOGRAMS], %d at most\n", HISTOGRAMS_MAX);
        return 2;
    }
    struct histogram *histograms = xcalloc((size_t)n, sizeof(*histograms));
    struct histogram *into = xcalloc(1, sizeof(*into));
    fill(histograms, (size_t)n);
    nsec_t took = merge(into, histograms, (size_t)n, &error);
    if (took < 0) {
        fprintf(stderr, "merge_cost: %s\n", error.text);
        return 1;
    }
    char *text = histogram_to_text(into);
    printf("%zu bytes each, %zu as text; %.0f ns to merge each of %lld; %.0f ns a percentile\n",
           sizeof(*into), strlen(text), (double)took / (double)n, (long long)n,
           percentile_ns(into, &sum));
    free(text);
    free(into);
    free(histograms);
    return sum > 0 ? 0 : 1;
}
