#include "histogram.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

/* The value reported for all values of a bucket. The last one also holds those beyond the range. */
static nsec_t bucket_value(const struct histogram *histogram, unsigned bucket)
{
    nsec_t top = (nsec_t)bucket_top(bucket);
    return top < histogram->max && bucket < HISTOGRAM_BUCKETS - 1 ? top : histogram->max;
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

void histogram_add_shared(struct histogram *histogram, nsec_t value)
{
    if (value < 0)
        value = 0;
    __atomic_fetch_add(&histogram->counts[bucket_of((uint64_t)value)], 1, __ATOMIC_RELAXED);
    nsec_t most = __atomic_load_n(&histogram->max, __ATOMIC_RELAXED);
    while (most < value && !__atomic_compare_exchange_n(&histogram->max, &most, value, true,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

void histogram_read_shared(const struct histogram *histogram, struct histogram *copy)
{
    copy->total = 0;
    copy->max = __atomic_load_n(&histogram->max, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        copy->counts[i] = __atomic_load_n(&histogram->counts[i], __ATOMIC_RELAXED);
        copy->total += copy->counts[i];
    }
}

nsec_t histogram_percentile(const struct histogram *histogram, double p)
{
    /* 0.07 * 100 is a little more than 7 in binary, and must not select the 8th value. */
    uint64_t wanted = (uint64_t)ceil(fmax(p * (double)histogram->total - 1e-6, 0));
    uint64_t seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted && seen > 0)
            return bucket_value(histogram, i);
    }
    return histogram->max;
}

int histogram_merge(struct histogram *into, const struct histogram *more, struct error *error)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (more->counts[i] > UINT32_MAX - into->counts[i])
            return error_set(error,
                             "the merged histogram would count more than %" PRIu32
                             " values in one bucket",
                             UINT32_MAX);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->counts[i] += more->counts[i];
    into->total += more->total;
    if (more->max > into->max)
        into->max = more->max;
    return 0;
}

/* ---- .hgrm ---- */

enum { HGRM_TICKS = 5 }; /* rows for each halving of the distance to 100% */

/* The percentile (0 to 1) of a row, from 0: each HGRM_TICKS rows halve the distance to 1. */
static double hgrm_level(unsigned row)
{
    unsigned halvings = row / HGRM_TICKS;
    double distance = exp2(-(double)halvings);
    return 1 - distance * (1 - row % HGRM_TICKS / (2.0 * HGRM_TICKS));
}

static double bucket_middle(unsigned bucket)
{
    double below = bucket ? (double)bucket_top(bucket - 1) : -1;
    return (below + 1 + (double)bucket_top(bucket)) / 2;
}

static void hgrm_rows(const struct histogram *histogram, double unit_ns, FILE *out)
{
    uint64_t seen = 0;
    unsigned row = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS && seen < histogram->total; i++) {
        seen += histogram->counts[i];
        double value = (double)bucket_value(histogram, i) / unit_ns;
        /* As in histogram_percentile(), a level that exceeds a rank only by binary rounding is that
         * rank. */
        double reached = ((double)seen + 1e-6) / (double)histogram->total;
        for (; histogram->counts[i] && hgrm_level(row) <= reached; row++) {
            fprintf(out, "%12.6f %14.12f %10" PRIu64 " %14.2f\n", value, hgrm_level(row), seen,
                    1 / (1 - hgrm_level(row)));
            if (seen == histogram->total)
                break; /* the levels approach 1 and never reach it */
        }
    }
    /* Three columns: 1 / (1 - 1) is undefined, and plots skip the row. */
    if (histogram->total)
        fprintf(out, "%12.6f %14.12f %10" PRIu64 "\n", (double)histogram->max / unit_ns, 1.0, seen);
}

int histogram_write_hgrm(const struct histogram *histogram, double unit_ns, FILE *out)
{
    double total = (double)histogram->total, sum = 0, squares = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        sum += histogram->counts[i] * bucket_middle(i);
    double mean = total > 0 ? sum / total : 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        squares += histogram->counts[i] * pow(bucket_middle(i) - mean, 2);
    double deviation = total > 0 ? sqrt(squares / total) : 0;

    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
            "1/(1-Percentile)");
    hgrm_rows(histogram, unit_ns, out);
    fprintf(out,
            "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n"
            "#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n"
            "#[Buckets = %12d, SubBuckets     = %12d]\n",
            mean / unit_ns, deviation / unit_ns, (double)histogram->max / unit_ns, histogram->total,
            HISTOGRAM_OCTAVES + 1, 1 << HISTOGRAM_SUB_BITS);
    return ferror(out) ? -1 : 0;
}

/* ---- the one-line form ---- */

enum {
    TEXT_HEAD_BYTES = 64, /* "loglinear 7", two numbers of 20 digits and the terminator */
    TEXT_BUCKET_BYTES = sizeof(" 4607:4294967295"),
};

char *histogram_to_text(const struct histogram *histogram)
{
    size_t held = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        held += histogram->counts[i] != 0;
    char *text = xcalloc(TEXT_HEAD_BYTES + held * TEXT_BUCKET_BYTES, 1);
    char *to = text + sprintf(text, "loglinear %d %" PRIu64 " %" PRId64, HISTOGRAM_SUB_BITS,
                              histogram->total, histogram->max);
    unsigned before = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (histogram->counts[i]) {
            to += sprintf(to, " %u:%" PRIu32, i - before, histogram->counts[i]);
            before = i;
        }
    return text;
}

/* " STEP:COUNT ..." to the end of the text. Returns false if the counts do not match the head. */
static bool read_buckets(const char *text, struct histogram *out)
{
    uint64_t bucket = 0, sum = 0;
    while (*text == ' ') {
        char *end;
        bucket += strtoull(text, &end, 10);
        if (*end != ':' || bucket >= HISTOGRAM_BUCKETS)
            return false;
        out->counts[bucket] = (uint32_t)strtoull(end + 1, &end, 10);
        sum += out->counts[bucket];
        text = end;
    }
    return sum == out->total && out->max >= 0 &&
           (sum ? bucket_of((uint64_t)out->max) == bucket : out->max == 0);
}

int histogram_from_text(const char *text, struct histogram *out, struct error *error)
{
    int bits = HISTOGRAM_SUB_BITS, head = 0;
    memset(out, 0, sizeof(*out));
    sscanf(text, "loglinear %d %" SCNu64 " %" SCNd64 "%n", &bits, &out->total, &out->max, &head);
    if (head && bits == HISTOGRAM_SUB_BITS && read_buckets(text + head, out)) {
        /* It is well-formed if it is what would be written. */
        char *written = histogram_to_text(out);
        bool same = !strcmp(written, text);
        free(written);
        if (same)
            return 0;
    }
    memset(out, 0, sizeof(*out));
    if (bits != HISTOGRAM_SUB_BITS)
        return error_set(error, "the histogram has %d sub-bucket bits, this program uses %d", bits,
                         HISTOGRAM_SUB_BITS);
    return error_set(error, "not a complete histogram: '%.40s'", text);
}
