/* Do two small samples of runs differ, and by how much? A test decides the first, a ratio with its
 * interval measures the second; a difference is reported only if both agree. That there is none
 * worth mentioning is a result of its own. */
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
    STATS_UNDECIDED,  /* none of these: more runs would tell */
    STATS_FASTER,     /* b's values are smaller */
    STATS_SLOWER,     /* ... larger */
    STATS_EQUIVALENT, /* the ratio's whole interval lies within the margin */
};

/* "undecided", "faster", "slower", "equivalent" */
extern const char *const stats_outcome_names[];
enum { STATS_OUTCOMES = STATS_EQUIVALENT + 1 };

/* The tests. */
enum stats_test {
    STATS_MANN_WHITNEY, /* of two independent samples */
    STATS_SIGN,         /* of pairs */
    STATS_ANYTIME,      /* of pairs, at every look: stats_anytime_evidence() */
};

/* FASTER and SLOWER: the corrected p is below this ... */
#define STATS_ALPHA         0.05
#define STATS_ALPHA_ANYTIME 0.01 /* where the runs end when there is a result */
/* ... the ratio's interval or range excludes 1, and the ratio is outside the margin on the same
 * side: from 1 / (1 + margin) to 1 + margin. This is the usual one. */
#define STATS_MARGIN 0.01

struct stats_comparison {
    struct stats_ratio {
        double ratio; /* b ÷ a */
        struct stats_interval interval;
    } ratio;
    enum stats_test test;
    double margin;
    double p;       /* of the test, two-sided */
    double least_p; /* the smallest that such sizes can give if no two values are equal */
    /* For all comparisons of a family together: the chance of any wrong FASTER or SLOWER among them
     * is at most alpha. At first a comparison is a family of its own. */
    double p_corrected;
    double coverage_needed; /* of the interval, for EQUIVALENT */
    enum stats_outcome outcome;
    bool too_few; /* UNDECIDED, since no values of these sizes could be significant */
};

/* Two independent samples. The values must be above 0, both n >= 1. The margin is the usual one.
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

/* The same for pairs that are looked at after each block, of which there are more until there is a
 * result, in a family of `family`: p is 1 / stats_anytime_evidence(), times their number
 * (Bonferroni), and the interval is that of stats_anytime_median_interval() for 1 - alpha / family.
 * So the chance that any FASTER, SLOWER or EQUIVALENT of the family is wrong at any time is at most
 * STATS_ALPHA_ANYTIME. FASTER and SLOWER need only that the order in a block is drawn: then two
 * cases that do not differ have fair signs, whatever else changes from block to block. */
struct stats_comparison stats_compare_anytime(const double *ratios, size_t n, size_t family,
                                              double margin);

/* Correct for `family` comparisons, of which this is one: p times their number (Bonferroni). Not of
 * STATS_ANYTIME, which knows its family. */
void stats_correct(struct stats_comparison *comparison, size_t family);

/* Judge by another margin; a family is to be corrected afterwards. */
void stats_set_margin(struct stats_comparison *comparison, double margin);

/* How many pairs, or values on each side, any family of that many comparisons takes for a corrected
 * p below alpha. */
size_t stats_runs_needed(enum stats_test test, size_t family);

/* Correct a family of which all members are known, by Holm's step-down procedure (Scandinavian
 * Journal of Statistics 6, 1979), which is valid whatever their dependence. Not of STATS_ANYTIME.
 */
void stats_correct_all(struct stats_comparison *const *family, size_t n);

#endif
