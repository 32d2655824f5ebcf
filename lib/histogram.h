/* A log-linear histogram of durations: fixed memory, a relative error of at most 1/128 (0.8%)
 * for a value read back, exact below 128 ns. Adding is O(1) and allocates nothing. Histograms
 * of different runs or machines add up without pooling lies: merging adds the counts. The idea is
 * Gil Tene's HdrHistogram. */
#ifndef WAITBENCH_HISTOGRAM_H
#define WAITBENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#include "clock.h"
#include "error.h"

enum {
    HISTOGRAM_SUB_BITS = 7,                      /* 128 linear steps an octave */
    HISTOGRAM_OCTAVES = 42 - HISTOGRAM_SUB_BITS, /* up to 2^42 ns, 73 minutes */
    HISTOGRAM_BUCKETS = (HISTOGRAM_OCTAVES + 1) << HISTOGRAM_SUB_BITS,
};

struct histogram {
    uint64_t total;
    nsec_t max; /* exact */
    uint32_t counts[HISTOGRAM_BUCKETS];
};

/* A zeroed struct is an empty histogram. Negative values count as 0, values beyond the range in
 * the last bucket. */
void histogram_add(struct histogram *histogram, nsec_t value);

/* The value that at least a share `p` (0 to 1) of the values do not exceed, never above the true
 * maximum; 0 for an empty histogram. */
nsec_t histogram_percentile(const struct histogram *histogram, double p);

/* Add all of `more` to `into`, as if each of its values had been added there: nothing is lost, and
 * the relative error stays. -1 where a bucket's count would not fit; `into` is left alone then. */
int histogram_merge(struct histogram *into, const struct histogram *more, struct error *error);

/* ---- as text ---- */

/* Write the percentile distribution that HdrHistogram's tools and plotter read (.hgrm): the columns
 * Value, Percentile, TotalCount and 1/(1-Percentile), five rows each time the distance to 100% is
 * halved, then mean, standard deviation, maximum and total as comments. Values are divided by
 * `unit_ns` (1e6: in milliseconds); mean and deviation take each value as its bucket's middle.
 * Returns 0, or -1 where `out` could not be written. The form is that of HdrHistogram's
 * outputPercentileDistribution(). */
int histogram_write_hgrm(const struct histogram *histogram, double unit_ns, FILE *out);

/* One line without a newline that holds all of the histogram: "loglinear 7 TOTAL MAX" (7 is
 * HISTOGRAM_SUB_BITS), then " STEP:COUNT" for each bucket that holds something, STEP being how many
 * buckets it lies after the one before (the first: after bucket 0). Typically a few hundred bytes.
 * The caller frees it. */
char *histogram_to_text(const struct histogram *histogram);

/* The way back. -1 where the text is not such a line, not whole, or of another resolution;
 * `*out` is then empty. */
int histogram_from_text(const char *text, struct histogram *out, struct error *error);

#endif
