/* Programs in other languages: those of programs/, run by an interpreter or compiled, and any
 * program of the user's, as exec:PATH. How each is started, or why it cannot be. */
#ifndef WAITBENCH_PROGRAM_PATH_H
#define WAITBENCH_PROGRAM_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "error.h"

#define PROGRAM_EXEC_PREFIX "exec:"

struct program_interpreter {
    const char *name;         /* as in PATH */
    const char *default_path; /* tried before PATH, or NULL */
    const char *variable;     /* an environment variable that names another one */
    const char *package;      /* to be installed */
};

extern const struct program_interpreter program_python, program_node;

struct bundled_program {
    const char *file;                              /* in this program's directory or above */
    const char *option;                            /* its argument, or NULL */
    const struct program_interpreter *interpreter; /* NULL: it was compiled, if there was a */
    const char *compiler_package;                  /* compiler */
};

struct program_command {
    char path[PATH_MAX], script[PATH_MAX];
    char *argv[4]; /* points into this struct */
};

/* Whether `name` is that of a user's program. */
bool program_is_exec(const char *name);

/* The command that starts `bundled` or, if that is NULL, the program that "exec:PATH" names.
 * Returns 0, or -1 with what is missing. */
int program_command_find(const struct bundled_program *bundled, const char *name,
                         struct program_command *out, struct error *error);

#endif
