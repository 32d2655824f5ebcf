/* The environment of the figures: machine, kernel and build, as keys and values. What cannot be
 * determined is left out. */
#ifndef WAITBENCH_ENVIRONMENT_H
#define WAITBENCH_ENVIRONMENT_H

#include "drivers/driver.h"

enum {
    ENVIRONMENT_ENTRIES = 64,
    ENVIRONMENT_KEY_BYTES = 48,
    ENVIRONMENT_VALUE_BYTES = 1024, /* the CPUs of each of some hundred cores */
};

struct environment {
    size_t count;
    struct {
        char key[ENVIRONMENT_KEY_BYTES], value[ENVIRONMENT_VALUE_BYTES];
    } entries[ENVIRONMENT_ENTRIES];
};

void environment_read(struct environment *environment);

/* Add what the caller knows, a value of up to ENVIRONMENT_VALUE_BYTES. */
void environment_add(struct environment *environment, const char *key, const char *value);

/* The commit that the program was built from. */
const char *environment_revision(void);

/* Add the version of the language of an external program's driver. Not part of
 * environment_read(), because it has to start the program. Does nothing for other drivers, or if
 * it is there already. */
void environment_add_program(struct environment *environment, const struct driver *driver);

#endif
