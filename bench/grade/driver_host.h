/* A driver in C as a program: main() of one that speaks the protocol of external drivers
 * (docs/external-drivers.md) for a `struct driver`. So what a student wrote runs in a process of
 * its own, with its rights and not with ours, and what it reports is checked like any program's. */
#ifndef WAITBENCH_DRIVER_HOST_H
#define WAITBENCH_DRIVER_HOST_H

#include "drivers/driver.h"

/* Most requests of a batch. */
enum { DRIVER_HOST_REQUESTS_MAX = 65536 };

/* What its greeting says of the driver, in place of a language's version:
 * "model=4,traits=0,most=0". Written by the program, so to be read with care. */
#define DRIVER_HOST_FACTS "model=%u,traits=%u,most=%u"

/* Follow the protocol on the standard streams, to the end of the input. Returns an exit code. */
int driver_host(const struct driver *driver);

#endif
