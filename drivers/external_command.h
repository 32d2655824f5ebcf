/* How the program of an external driver is started: one of programs/, run by an interpreter or
 * compiled, or any program of the user's, as exec:PATH. */
#ifndef WAITBENCH_EXTERNAL_COMMAND_H
#define WAITBENCH_EXTERNAL_COMMAND_H

#include <limits.h>

#include "driver.h"

#define EXTERNAL_PREFIX "exec:"

/* A program of programs/, the `config` of its driver. With exec:PATH there is none. */
struct external_program {
    const char *file;                /* in the directory of waitbench or above */
    const char *option;              /* its argument, or NULL */
    const char *interpreter;         /* its name in PATH; NULL: the file itself is executed */
    const char *default_interpreter; /* a path that is tried before PATH, or NULL */
    const char *variable;            /* an environment variable that names another interpreter */
    const char *package;             /* the package to install */
};

struct external_command {
    char path[PATH_MAX], script[PATH_MAX];
    char *argv[4];
};

/* The command that starts the driver's program. Returns 0, or -1 with what is missing. */
int external_command(const struct driver *self, struct external_command *out, struct error *error);

#endif
