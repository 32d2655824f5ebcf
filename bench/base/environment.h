/* Where the figures come from: everything about the machine and the build that a reader would ask
 * for, as keys and values. What cannot be had here is missing, not invented. */
#ifndef WAITBENCH_ENVIRONMENT_H
#define WAITBENCH_ENVIRONMENT_H

#include "drivers/driver.h"

enum { ENVIRONMENT_ENTRIES = 64, ENVIRONMENT_KEY_BYTES = 48, ENVIRONMENT_VALUE_BYTES = 256 };

struct environment {
    size_t count;
    struct {
        char key[ENVIRONMENT_KEY_BYTES], value[ENVIRONMENT_VALUE_BYTES];
    } entries[ENVIRONMENT_ENTRIES];
};

void environment_read(struct environment *environment);

/* The version of what a driver that is another program is written in. Not part of the above: a
 * program has to be started for it. Nothing is added for other drivers, or twice. */
void environment_add_program(struct environment *environment, const struct driver *driver);

#endif
