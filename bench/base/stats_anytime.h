/* Evidence that stays valid however often one looks: for campaigns that stop as soon as they know
 * enough. A p of a fixed number of runs does not: looked at after every block, it falls below 5%
 * sooner or later even where nothing differs. */
#ifndef WAITBENCH_STATS_ANYTIME_H
#define WAITBENCH_STATS_ANYTIME_H

#include "stats.h"

/* The evidence against "each value is below 0 or above it with probability 1/2", from `below` and
 * `above` of them so far: an e-value. It is the factor by which a gambler's money has grown who
 * bets on each sign at fair odds, by the estimator of Krichevsky and Trofimov (IEEE Transactions on
 * Information Theory 27, 1981): after k of n were above, he expects the next to be so with
 * probability (k + 1/2) / (n + 1). With fair odds it exceeds 1 / alpha at any time whatever with a
 * probability of at most alpha (Ville, Etude critique de la notion de collectif, 1939), so that 1 /
 * evidence is a p for every look. It takes no distribution for granted, and no independence: only
 * that each sign is fair, given the values before.
 * It is the beta-binomial mixture of Robbins, "Statistical Methods Related to the Law of the
 * Iterated Logarithm", Annals of Mathematical Statistics 41, 1970, with a prior of Beta(1/2, 1/2).
 */
double stats_anytime_evidence(size_t below, size_t above);

/* An interval for the median, as stats_median_interval(), from a sequence of intervals: with this
 * confidence the intervals of all n contain the median. It has the values which that evidence does
 * not refute (Darling and Robbins, "Confidence Sequences for Mean, Variance, and Median", PNAS 58,
 * 1967; Howard and Ramdas, "Sequential Estimation of Quantiles", Bernoulli 28, 2022). If `n` are
 * too few, their range with the coverage that it reaches. */
struct stats_interval stats_anytime_median_interval(const double *sorted, size_t n,
                                                    double confidence);

#endif
