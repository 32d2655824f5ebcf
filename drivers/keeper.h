/* A keeper: a small process of ours between this one and another program, that sees the program
 * to its end. Whatever happens to this process (a kill -9 too), the keeper kills the program and
 * everything that it started, in whatever session or group they hide, and ends only when all of
 * them are gone. */
#ifndef WAITBENCH_KEEPER_H
#define WAITBENCH_KEEPER_H

#include <sys/types.h>

#include "lib/error.h"

/* What it tells of the program's end, once, through `life`. */
struct keeper_report {
    int exec_errno; /* the program could not be started at all; or 0 */
    int status;     /* as of waitpid */
};

struct keeper {
    pid_t pid; /* 0 while there is none */
    int life;  /* readable once there is a report (keeper_hear) */
};

/* Start `path` with `argv` and these descriptors as its standard input, output and error; it gets
 * no other. Returns 0 or -1. That `path` cannot be executed is known only from the report. */
int keeper_start(struct keeper *keeper, const char *path, char *const argv[], const int stdio[3],
                 struct error *error);

/* Take the report where there is one: 1, 0 (not yet), or -1 (the keeper itself is gone). */
int keeper_hear(const struct keeper *keeper, struct keeper_report *report);

/* Have everything killed that still runs, and wait until it is gone. */
void keeper_end(struct keeper *keeper);

#endif
