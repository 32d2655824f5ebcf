/* Do two small samples of runs differ, and by how much? A test decides the first, a ratio with its
 * interval measures the second; a difference is reported only if both agree. */
#ifndef WAITBENCH_STATS_COMPARE_H
#define WAITBENCH_STATS_COMPARE_H

#include "stats.h"

struct stats_rank_test {
    double u;   /* of `a`: pairs in which a's value is the larger, a tie counts half */
    double p;   /* two-sided, 0 to 1 */
    bool exact; /* from the exact distribution, not the normal approximation */
};

/* The Mann-Whitney U test (Wilcoxon's rank-sum test), two-sided; neither sample need be sorted,
 * both n >= 1. The conventions are those of R's wilcox.test(): exact where both samples have fewer
 * than 50 values and no two values are equal (twice the smaller tail, at most 1), else the normal
 * approximation, its variance corrected for ties, with a continuity correction of 1/2. SciPy's
 * mannwhitneyu() gives the same figures with method="exact" and "asymptotic"; its "auto" switches
 * to the approximation sooner (both samples over 8). If all values are equal, p is 1 as in SciPy;
 * in R it is NaN. Source: Mann and Whitney, "On a Test of Whether one of Two Random Variables is
 * Stochastically Larger than the Other", 1947; ties as in Lehmann, Nonparametrics, 1975,
 * section 1.4.
 * It holds its level for any distribution if both samples come from the same one and the values are
 * exchangeable: independent runs of two cases that do not differ. It is not a test of medians: two
 * distributions with one median and different spreads or forms may be called different. */
struct stats_rank_test stats_mann_whitney(const double *a, size_t a_n, const double *b, size_t b_n);

/* The smallest p that samples of these sizes can give if no two values are equal. */
double stats_mann_whitney_least_p(size_t a_n, size_t b_n);

/* The sign test, two-sided: p if `below` of n values are below 0 and `above` above it; values of 0
 * are left out. It holds its level for any distribution with a median of 0, provided that the
 * values are independent. 1 if none is left. */
double stats_sign_test(size_t below, size_t above);

enum stats_outcome {
    STATS_NO_DIFFERENCE, /* no significant difference */
    STATS_FASTER,        /* b's values are smaller */
    STATS_SLOWER,
    STATS_TOO_FEW, /* no values of these sample sizes could pass the test */
};

/* The conditions of STATS_FASTER and STATS_SLOWER. */
#define STATS_ALPHA 0.05 /* the corrected p is below this */
/* ... and the ratio's interval or range excludes 1, on the same side ... */
#define STATS_NOISE_THRESHOLD 0.01 /* ... and the ratio is this far from 1, either way */

struct stats_comparison {
    struct stats_ratio {
        double ratio; /* b ÷ a */
        struct stats_interval interval;
    } ratio;
    double p;       /* of the test, two-sided */
    double least_p; /* the smallest that such sizes can give if no two values are equal */
    /* For all comparisons of a family together: the chance of any wrong FASTER or SLOWER among them
     * is at most STATS_ALPHA. At first a comparison is a family of its own. */
    double p_corrected;
    enum stats_outcome outcome;
};

/* Two independent samples. The values must be above 0, both n >= 1.
 *
 * The ratio is that of the medians; its interval reaches from the lower end of b's median ÷ the
 * upper end of a's to the reverse. Both are by order statistics and have the square root of the
 * coverage wanted: as the samples are independent, their product is reached. Nothing is assumed of
 * the distributions. The true coverage is larger, since both medians are seldom at opposite ends.
 * It takes seven values on both sides; with fewer it is a range. p is Mann and Whitney's. */
struct stats_comparison stats_compare(const double *a, size_t a_n, const double *b, size_t b_n);

/* Pairs of values, one of each block of runs: their ratios b ÷ a, n >= 1. What slows a whole block
 * down cancels out. The ratio is the median over the blocks, with the interval of a median; p is
 * the sign test's: does b take longer than a in half of the blocks? Both assume only that the
 * blocks are independent and alike. */
struct stats_comparison stats_compare_pairs(const double *ratios, size_t n);

/* Correct for `family` comparisons, of which this is one: p times their number (Bonferroni). */
void stats_correct(struct stats_comparison *comparison, size_t family);

/* How many pairs, or values on each side, any family of that many comparisons takes for a corrected
 * p below STATS_ALPHA. */
size_t stats_runs_needed(bool paired, size_t family);

/* Correct a family of which all members are known, by Holm's step-down procedure (Scandinavian
 * Journal of Statistics 6, 1979), which is valid whatever their dependence. */
void stats_correct_all(struct stats_comparison *const *family, size_t n);

#endif
