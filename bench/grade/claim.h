/* One claim on a driver: that it reaches a share of the efficiency of another one. Both run in
 * turns, pair by pair, until the interval of the ratio tells, or the time is over. */
#ifndef WAITBENCH_CLAIM_H
#define WAITBENCH_CLAIM_H

#include "bench/base/stats.h"
#include "drivers/driver.h"

enum claim_outcome {
    CLAIM_REACHED,
    CLAIM_NOT_REACHED,
    CLAIM_UNDECIDED, /* no fault of the driver's */
    CLAIM_INVALID,   /* its runs are, and why is its fault */
};

struct claim {
    const struct driver *driver, *reference;
    double share;
    unsigned concurrency;
    nsec_t delay;
    nsec_t time; /* no pair begins after it */
    uint64_t seed;
};

struct claim_result {
    enum claim_outcome outcome;
    size_t pairs;
    double median;                  /* of the ratios of the efficiencies, driver ÷ reference */
    struct stats_interval interval; /* of it, at every look: stats_anytime_median_interval() */
    char reason[320];               /* of UNDECIDED and INVALID, or "" */
};

/* In a process of its own, with whatever that may use. */
void claim_test(const struct claim *claim, struct claim_result *result);

/* The driver that one of this kind is compared with. */
const struct driver *claim_reference(unsigned model, unsigned traits);

#endif
