/* A descriptor that is readable from a point in time on, as precisely as the kernel's
 * high-resolution timers: for loops of libraries, whose own timers count in milliseconds. */
#ifndef WAITBENCH_SERVER_ALARM_H
#define WAITBENCH_SERVER_ALARM_H

#include "lib/clock.h"
#include "lib/error.h"

struct alarm {
    int fd;
    nsec_t set; /* the time that it is set to; INT64_MAX: none */
};

/* Returns 0, or -1. */
int alarm_open(struct alarm *alarm, struct error *error);
void alarm_close(struct alarm *alarm);

/* Wake the loop at `when`; INT64_MAX: not at all. A later time than the one it is set to can wait
 * until it has fired: one wake-up more, and a system call less for each request. */
void alarm_set(struct alarm *alarm, nsec_t when);

/* It is readable, and stays so until it is set anew. */
void alarm_fired(struct alarm *alarm);

#endif
