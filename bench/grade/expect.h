/* What a test of a driver expects, and what to say where that does not hold: for the unit tests and
 * for `waitbench grade`, which run the same tests. */
#ifndef WAITBENCH_EXPECT_H
#define WAITBENCH_EXPECT_H

#include "lib/error.h"

/* Run a test. Returns 0, or -1 with the reason of the first thing that was not as expected; then
 * what the test had started is still there. One at a time. */
int expect_run(void (*test)(const void *argument), const void *argument, struct error *error);

/* End the test that runs now, from its main thread, with this reason; without one, the program. */
_Noreturn void expect_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `condition`, or else the reason. */
#define expect(condition, ...)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            expect_fail(__VA_ARGS__);                                                              \
    } while (0)

#endif
