/* A driver that is another program, in any language: docs/external-drivers.md is the protocol.
 *
 *   external.c          the conversation: a driver's functions, put into words on a pipe
 *   external_samples.c  what the program says that it did, taken with doubt
 *   external_list.c     which programs there are: our own clients, and the user's (exec:PATH)
 *   program.c           a program, its lines, and patience with it
 *   keeper.c            that nothing of it is left behind */
#ifndef WAITBENCH_EXTERNAL_H
#define WAITBENCH_EXTERNAL_H

#include <limits.h>

#include "driver.h"
#include "program.h"

enum {
    EXTERNAL_PROTOCOL = 1,
    EXTERNAL_NAME_BYTES = 256, /* of a driver that is named by a path */
    EXTERNAL_VERSION_BYTES = 96,
};

struct external {
    struct program program;
    const struct load *load;
    char version[EXTERNAL_VERSION_BYTES]; /* "Python 3.11.2": its greeting */
    bool idle;                            /* between two things that it was asked */
    nsec_t went, done; /* when it was told to go, when it said that it was done */
};

/* ---- external.c ---- */

/* What all of these drivers do. */
void *external_setup(const struct driver *self, const struct load *load, struct error *error);
int external_prepare(void *state, struct batch *batch, struct error *error);
int external_run(void *state, struct batch *batch, struct error *error);
int external_collect(void *state, struct batch *batch, struct error *error);
void external_teardown(void *state);
void external_active(const void *state, char *text, size_t size);

#define EXTERNAL_FUNCTIONS                                                                         \
    .setup = external_setup, .prepare = external_prepare, .run = external_run,                     \
    .collect = external_collect, .teardown = external_teardown, .active = external_active

/* Start the driver's program, hear its greeting and end it: its version, or -1. */
int external_request_version(const struct driver *self, char version[EXTERNAL_VERSION_BYTES],
                             struct error *error);

/* ---- external_samples.c ---- */

/* The size of what was written to `to`, at most twice `size`: without tabs and newlines. */
size_t external_escape(char *to, const char *from, size_t size);

/* Split a line at its tabs, in place. Returns how many fields there are, `max` of them filled. */
size_t external_split(char *line, char *fields[], size_t max);

/* Hear the samples of a batch until their end, and check them. 0, or -1 with what is wrong. */
int external_take_samples(struct external *external, struct batch *batch, nsec_t deadline,
                          struct error *error);

/* ---- external_list.c ---- */

/* How a driver's program is started. */
struct external_command {
    char path[PATH_MAX], script[PATH_MAX];
    char *argv[4];
};

int external_command(const struct driver *self, struct external_command *out, struct error *error);

/* The driver of the program that "exec:PATH" names, made where there is none yet; NULL where that
 * cannot be a driver's name. */
const struct driver *external_find(const char *name);

#endif
