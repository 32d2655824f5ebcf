/* A supervisor: a small process between this one and an external program. Whatever happens to this
 * process (even kill -9), the supervisor kills the program and every process that it started, in
 * any session or group, and ends only when all of them are gone. */
#ifndef WAITBENCH_SUPERVISOR_H
#define WAITBENCH_SUPERVISOR_H

#include <sys/types.h>

#include "lib/error.h"

/* The program's end, reported once, through `socket`. */
struct supervisor_report {
    int exec_errno; /* if the program could not be started, else 0 */
    int status;     /* as of waitpid */
};

struct supervisor {
    pid_t pid;  /* 0 while there is none */
    int socket; /* readable when there is a report; closing it ends the supervisor */
};

/* Start `path` with `argv` and these descriptors as its standard input, output and error; it gets
 * no others. Returns 0 or -1. Whether `path` could be executed is known only from the report. */
int supervisor_start(struct supervisor *supervisor, const char *path, char *const argv[],
                     const int stdio[3], struct error *error);

/* Read the report if there is one. Returns 1, 0 (not yet), or -1 (the supervisor itself ended). */
int supervisor_poll(const struct supervisor *supervisor, struct supervisor_report *report);

/* Kill all processes that still run, and wait until they are gone. */
void supervisor_end(struct supervisor *supervisor);

#endif
