/* A log-linear histogram of durations: fixed memory, a relative error of at most 1/128 (0.8%)
 * for a value read back, exact below 128 ns. Adding is O(1) and allocates nothing. Histograms
 * of different runs or machines add up without pooling lies: merging adds the counts. The idea is
 * Gil Tene's HdrHistogram. */
#ifndef WAITBENCH_HISTOGRAM_H
#define WAITBENCH_HISTOGRAM_H

#include <stdint.h>

#include "clock.h"

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

#endif
