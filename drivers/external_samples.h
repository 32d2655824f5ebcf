/* The state of an external driver, and the samples that its program reports. */
#ifndef WAITBENCH_EXTERNAL_SAMPLES_H
#define WAITBENCH_EXTERNAL_SAMPLES_H

#include "driver.h"
#include "program.h"

enum {
    EXTERNAL_NAME_BYTES = 256, /* of a driver that is named by a path */
    EXTERNAL_VERSION_BYTES = 96,
};

struct external {
    struct program program;
    const struct load *load;
    char version[EXTERNAL_VERSION_BYTES]; /* "Python 3.11.2", from its greeting */
    int protocol;                         /* the version of it, from its greeting */
    bool idle;                            /* it has responded to the last command */
    nsec_t go_sent, done_received;        /* the run, on our clock */
};

/* Replace tabs, newlines and the like by escapes. Returns the size of what was written to `to`, at
 * most twice `size`. */
size_t external_escape(char *to, const char *from, size_t size);

/* Split a line at its tabs, in place. Returns how many fields there are; the first `max` of them
 * are stored. */
size_t external_split(char *line, char *fields[], size_t max);

/* Read the samples of a batch until their end, and check them. Returns 0, or -1 with what is
 * wrong. */
int external_take_samples(struct external *external, struct batch *batch, nsec_t deadline,
                          struct error *error);

#endif
