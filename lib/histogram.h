/* A log-linear histogram of durations: fixed memory, a relative error of at most 1/128 (0.8%) for a
 * value read back, exact below 128 ns. Adding is O(1) and allocates nothing. Merging histograms of
 * different runs or machines adds their counts. The design is Gil Tene's HdrHistogram. */
#ifndef WAITBENCH_HISTOGRAM_H
#define WAITBENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#include "clock.h"
#include "error.h"

enum {
    HISTOGRAM_SUB_BITS = 7,                      /* 128 linear steps per octave */
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

/* The same, by any number of threads and processes at once; `total` is left alone. Read it through
 * a copy, which has the total. */
void histogram_add_shared(struct histogram *histogram, nsec_t value);
void histogram_read_shared(const struct histogram *histogram, struct histogram *copy);

/* The smallest value that at least a share `p` (0 to 1) of the values do not exceed, at most the
 * exact maximum; 0 for an empty histogram. */
nsec_t histogram_percentile(const struct histogram *histogram, double p);

/* Add all of `more` to `into`, as if each of its values had been added there; the relative error
 * stays the same. Returns 0, or -1 if a bucket's count would overflow; `into` is then unchanged. */
int histogram_merge(struct histogram *into, const struct histogram *more, struct error *error);

/* ---- as text ---- */

/* Write the percentile distribution that HdrHistogram's tools and plotter read (.hgrm): the columns
 * Value, Percentile, TotalCount and 1/(1-Percentile), five rows each time the distance to 100% is
 * halved, then mean, standard deviation, maximum and total as comments. Values are divided by
 * `unit_ns` (1e6: in milliseconds); mean and deviation take each value as its bucket's middle.
 * Returns 0, or -1 if writing to `out` failed. The format is that of HdrHistogram's
 * outputPercentileDistribution(). */
int histogram_write_hgrm(const struct histogram *histogram, double unit_ns, FILE *out);

/* The whole histogram as one line without a newline: "loglinear 7 TOTAL MAX" (7 is
 * HISTOGRAM_SUB_BITS), then " STEP:COUNT" for each non-empty bucket; STEP is its distance from the
 * previous one (for the first: from bucket 0). Usually a few hundred bytes. The caller frees it. */
char *histogram_to_text(const struct histogram *histogram);

/* The inverse. Returns 0, or -1 if the text is malformed, incomplete or of another resolution;
 * `*out` is then empty. */
int histogram_from_text(const char *text, struct histogram *out, struct error *error);

#endif
