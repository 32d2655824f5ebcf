/* Where the figures come from: everything about the machine and the build that a reader would ask
 * for, as keys and values. What cannot be had here is missing, not invented. */
#ifndef WAITBENCH_ENVIRONMENT_H
#define WAITBENCH_ENVIRONMENT_H

#include <stddef.h>

enum { ENVIRONMENT_ENTRIES = 64, ENVIRONMENT_KEY_BYTES = 48, ENVIRONMENT_VALUE_BYTES = 256 };

struct environment {
    size_t count;
    struct {
        char key[ENVIRONMENT_KEY_BYTES], value[ENVIRONMENT_VALUE_BYTES];
    } entries[ENVIRONMENT_ENTRIES];
};

void environment_read(struct environment *environment);

#endif
