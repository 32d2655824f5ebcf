/* What every driver has to do: against a real randintd all requests complete, with at most C in
 * flight; against a server that is not there, dies, or sends garbage every request still ends, with
 * the cause in its sample; and afterwards everything is given back. The unit tests run these tests
 * on every driver of the table, `waitbench grade` on a student's.
 *
 * Times are expected by lower bounds alone, by one bound that only tells "ends" from "hangs", and
 * by one for requests that start by a schedule, which a loaded machine may miss some times. */
#ifndef WAITBENCH_CONFORMANCE_H
#define WAITBENCH_CONFORMANCE_H

#include "stage.h"

struct conformance_test {
    const char *name;
    void (*run)(const struct way *way);
    bool offline;       /* also for drivers that need no server */
    unsigned points;    /* in `waitbench grade`; 0: it leaves the test out */
    const char *advice; /* what to look at where it fails */
};

/* Ended by one without a name. */
extern const struct conformance_test conformance_tests[];

/* Of requests that start by a schedule. */
extern const struct conformance_test conformance_scheduled[];

/* Also in other combinations of driver and load than the table's. */
void conformance_every_request_is_completed(const struct way *way);
void conformance_no_more_are_in_flight_than_requested(const struct way *way);
void conformance_one_state_carries_many_batches(const struct way *way);
void conformance_a_state_that_never_runs_is_given_back(const struct way *way);
void conformance_a_server_that_was_stopped(const struct way *way);
void conformance_a_server_that_is_killed(const struct way *way);

/* Run a test of a table. Returns 0, or -1 with the reason. */
int conformance_run(const struct conformance_test *test, const struct way *way,
                    struct error *error);

#endif
