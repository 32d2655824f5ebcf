/* A trial: something that is done with a student's program, in a process of our own with a network
 * of its own, for a limited time; afterwards nothing of it is left. */
#ifndef WAITBENCH_TRIAL_H
#define WAITBENCH_TRIAL_H

#include "lib/clock.h"
#include "lib/error.h"

enum trial_result { TRIAL_PASSED, TRIAL_FAILED, TRIAL_TIMEOUT, TRIAL_BROKEN, TRIAL_INTERRUPTED };

/* Run `body` as expect_run() does. FAILED: `error` has what was not as expected. TIMEOUT: it took
 * longer than `timeout`. BROKEN: the trial itself could not be done. What `body` writes for the
 * caller has to be in shared memory. */
enum trial_result trial_run(void (*body)(const void *argument), const void *argument,
                            nsec_t timeout, struct error *error);

/* Zeroed memory that trials share with this process; never released. */
void *trial_share(size_t size);

#endif
