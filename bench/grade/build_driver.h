/* Build a driver in C into a program of its own (driver_host.h), with limited rights: the compiler
 * reads what a student wrote. */
#ifndef WAITBENCH_BUILD_DRIVER_H
#define WAITBENCH_BUILD_DRIVER_H

#include "confine.h"

enum {
    BUILD_MESSAGE_BYTES = 2048,
    BUILD_SOURCE_MAX = 1 << 20,
    BUILD_NAME_BYTES = 64,
};

enum build_result {
    BUILD_DONE,
    BUILD_REFUSED,    /* it does not compile, or defines no driver: `message` has why */
    BUILD_IMPOSSIBLE, /* not here: `error` has why */
    BUILD_INTERRUPTED,
};

/* Build the file at `path` in the confinement's scratch folder, and let confinement->program be the
 * result. `active`: the limits that are in effect. */
enum build_result build_driver(struct confinement *confinement, unsigned active, const char *path,
                               char message[BUILD_MESSAGE_BYTES], struct error *error);

/* The name in "struct driver driver_NAME =", the first of a source. Returns whether there is one.
 */
bool build_find_driver(const char *source, char name[BUILD_NAME_BYTES]);

#endif
