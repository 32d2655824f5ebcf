/* Two modes: do runs fall into two groups far apart, such as those in which a SYN was
 * retransmitted, a second later, and those without? Their median is then a figure that no run may
 * have had. */
#ifndef WAITBENCH_STATS_MODES_H
#define WAITBENCH_STATS_MODES_H

#include <stdbool.h>
#include <stddef.h>

struct stats_mode {
    size_t n;
    double median;
};

struct stats_modes {
    bool two;                     /* otherwise `fast` has all values, and `slow` none and NAN */
    struct stats_mode fast, slow; /* the values below the gap, and those above it */
};

/* The modes of `n` values above 0. There are two if the sorted values have a gap of which
 *   - the end is at least STATS_MODES_RATIO times the start,
 *   - on a logarithmic scale the width is at least STATS_MODES_GAP times the range of the values on
 *     either side, and
 *   - on either side are at least STATS_MODES_LEAST values, and a tenth of all: fewer are outliers.
 * On a logarithmic scale the unit does not matter: makespan and time per request have the same
 * modes. docs/methodology.md has the rate of false alarms. */
#define STATS_MODES_RATIO 1.2
#define STATS_MODES_GAP   2.0
#define STATS_MODES_LEAST 2
struct stats_modes stats_modes(const double *values, size_t n);

/* The medians, in the same two groups, of another figure of the same runs, in the same order. */
struct stats_modes stats_modes_of(const double *values, const double *figures, size_t n);

#endif
