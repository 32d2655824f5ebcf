/* A driver that is an external program, in any language. docs/external-drivers.md is the protocol.
 * Each module uses only those above it:
 *
 *   supervisor.c         a process that outlives this one until the program is gone
 *   program.c            a running program: lines to it and from it, with timeouts
 *   external_command.c   how a driver's program is started
 *   external_samples.c   the samples that the program reports, checked
 *   external.c           a driver's functions, as messages of the protocol
 *   external_list.c      the drivers: those of programs/, and exec:PATH */
#ifndef WAITBENCH_EXTERNAL_H
#define WAITBENCH_EXTERNAL_H

#include "external_samples.h"

/* A driver's functions. */
void *external_setup(const struct driver *self, const struct load *load, struct error *error);
int external_prepare(void *state, struct batch *batch, struct error *error);
int external_run(void *state, struct batch *batch, struct error *error);
int external_collect(void *state, struct batch *batch, struct error *error);
void external_teardown(void *state);
void external_active(const void *state, char *text, size_t size);

#define EXTERNAL_FUNCTIONS                                                                         \
    .setup = external_setup, .prepare = external_prepare, .run = external_run,                     \
    .collect = external_collect, .teardown = external_teardown, .active = external_active

/* Start the driver's program, read the version from its greeting, and end it. Returns 0 or -1. */
int external_read_version(const struct driver *self, char version[EXTERNAL_VERSION_BYTES],
                          struct error *error);

#endif
