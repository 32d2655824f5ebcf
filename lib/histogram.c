#include "histogram.h"

#include <math.h>

static unsigned bucket_of(uint64_t value)
{
    if (value >> HISTOGRAM_SUB_BITS == 0)
        return (unsigned)value;
    int octave = 63 - __builtin_clzll(value) - HISTOGRAM_SUB_BITS + 1;
    if (octave > HISTOGRAM_OCTAVES)
        return HISTOGRAM_BUCKETS - 1;
    /* The top SUB_BITS bits below the leading one choose the linear step. */
    unsigned step = (unsigned)(value >> (octave - 1)) & ((1U << HISTOGRAM_SUB_BITS) - 1);
    return ((unsigned)octave << HISTOGRAM_SUB_BITS) + step;
}

/* The highest value that falls into the bucket. */
static uint64_t bucket_top(unsigned bucket)
{
    unsigned octave = bucket >> HISTOGRAM_SUB_BITS;
    uint64_t step = bucket & ((1U << HISTOGRAM_SUB_BITS) - 1);
    if (octave == 0)
        return step;
    return (((step | (1U << HISTOGRAM_SUB_BITS)) + 1) << (octave - 1)) - 1;
}

void histogram_add(struct histogram *histogram, nsec_t value)
{
    if (value < 0)
        value = 0;
    histogram->counts[bucket_of((uint64_t)value)]++;
    histogram->total++;
    if (value > histogram->max)
        histogram->max = value;
}

nsec_t histogram_percentile(const struct histogram *histogram, double p)
{
    /* 0.07 * 100 is a little more than 7 in binary, and must not ask for the 8th value. */
    uint64_t wanted = (uint64_t)ceil(fmax(p * (double)histogram->total - 1e-6, 0));
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted && seen > 0) {
            nsec_t top = (nsec_t)bucket_top(i);
            return top < histogram->max ? top : histogram->max;
        }
    }
    return histogram->max;
}
