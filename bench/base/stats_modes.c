#include "stats_modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "stats.h"

/* Is the gap below sorted[at] one between two modes? */
static bool parts_modes(const double *sorted, size_t n, size_t at)
{
    double start = sorted[at - 1], end = sorted[at];
    if (start <= 0 || end < STATS_MODES_RATIO * start)
        return false;
    double widest = fmax(log(start / sorted[0]), log(sorted[n - 1] / end));
    return log(end / start) >= STATS_MODES_GAP * widest;
}

/* How many of the sorted values are below the gap, or all. Two such gaps cannot be: each would have
 * to be wider than the other. */
static size_t values_below_gap(const double *sorted, size_t n)
{
    size_t tenth = (n + 9) / 10;
    size_t least = tenth > STATS_MODES_LEAST ? tenth : STATS_MODES_LEAST;
    for (size_t at = least; at + least <= n; at++)
        if (parts_modes(sorted, n, at))
            return at;
    return n;
}

static struct stats_mode mode_of(double *values, size_t n)
{
    return (struct stats_mode){.n = n, .median = n ? stats_median(values, n) : NAN};
}

struct stats_modes stats_modes_of(const double *values, const double *figures, size_t n)
{
    double *sorted = xcalloc(n + 1, sizeof(*sorted)), *fast = xcalloc(n + 1, sizeof(*fast)),
           *slow = xcalloc(n + 1, sizeof(*slow));
    size_t fast_n = 0, slow_n = 0;
    if (n)
        memcpy(sorted, values, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), stats_compare_doubles);
    size_t below = values_below_gap(sorted, n);
    for (size_t i = 0; i < n; i++)
        if (below == n || values[i] < sorted[below])
            fast[fast_n++] = figures[i];
        else
            slow[slow_n++] = figures[i];
    struct stats_modes modes = {
        .two = slow_n > 0, .fast = mode_of(fast, fast_n), .slow = mode_of(slow, slow_n)};
    free(sorted);
    free(fast);
    free(slow);
    return modes;
}

struct stats_modes stats_modes(const double *values, size_t n)
{
    return stats_modes_of(values, values, n);
}
