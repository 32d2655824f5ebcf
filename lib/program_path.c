#include "program_path.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "process.h"

/* The words of run.sh that install them. */
#define LANGUAGES "deps languages"

const struct program_interpreter program_python = {
    .name = "python3",
    .default_path = "/usr/bin/python3",
    .variable = "WAITBENCH_PYTHON",
    .package = "python3",
};

const struct program_interpreter program_node = {
    .name = "node",
    .variable = "WAITBENCH_NODE",
    .package = "nodejs",
};

static int find_interpreter(const struct program_interpreter *interpreter, char path[PATH_MAX],
                            struct error *error)
{
    char remedy[PLACE_REMEDY_BYTES];
    const char *chosen = getenv(interpreter->variable);
    if (chosen && *chosen) {
        snprintf(path, PATH_MAX, "%s", chosen);
        return access(path, X_OK) == 0
                   ? 0
                   : error_errno(error, errno, "%s=%s", interpreter->variable, path);
    }
    if (interpreter->default_path && access(interpreter->default_path, X_OK) == 0) {
        strcpy(path, interpreter->default_path);
        return 0;
    }
    if (process_find_in_path(interpreter->name, path, PATH_MAX) == 0)
        return 0;
    return error_set(error, "%s is missing: %s", interpreter->name,
                     place_remedy(LANGUAGES, interpreter->package, remedy));
}

static int bundled_command(const struct bundled_program *bundled, struct program_command *out,
                           struct error *error)
{
    char remedy[PLACE_REMEDY_BYTES];
    if (!bundled->interpreter) {
        if (place_find_file(bundled->file, X_OK, out->path, PATH_MAX, NULL) == 0)
            return 0;
        return error_set(error, "%s was missing when waitbench was built: %s; run 'make%s'",
                         bundled->compiler_package,
                         place_remedy(LANGUAGES, bundled->compiler_package, remedy),
                         place_is_installed() ? " install" : "");
    }
    out->argv[1] = out->script;
    out->argv[2] = (char *)(uintptr_t)bundled->option; /* execve() does not write to argv */
    if (place_find_file(bundled->file, R_OK, out->script, PATH_MAX, error) < 0)
        return -1;
    return find_interpreter(bundled->interpreter, out->path, error);
}

static int exec_command(const char *path, struct program_command *out, struct error *error)
{
    struct stat status;
    snprintf(out->path, sizeof(out->path), "%s", path);
    if (!path[0])
        return error_set(error, PROGRAM_EXEC_PREFIX " has to be followed by the path of a program");
    /* Names are written to comma-separated lists, CSV files and hyperfine's command lines. */
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr(",\"'\\", *c))
            return error_set(error, PROGRAM_EXEC_PREFIX
                             " takes a path of ASCII without blanks, commas, quotes and "
                             "backslashes: make a symbolic link with such a name");
    if (stat(path, &status) < 0)
        return error_errno(error, errno, PROGRAM_EXEC_PREFIX "%s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, PROGRAM_EXEC_PREFIX "%s is not a regular file", path);
    if (access(path, X_OK) < 0)
        return error_errno(error, errno, PROGRAM_EXEC_PREFIX "%s is not executable ('chmod +x'?)",
                           path);
    return 0;
}

bool program_is_exec(const char *name)
{
    return strncmp(name, PROGRAM_EXEC_PREFIX, strlen(PROGRAM_EXEC_PREFIX)) == 0;
}

int program_command_find(const struct bundled_program *bundled, const char *name,
                         struct program_command *out, struct error *error)
{
    *out = (struct program_command){.argv = {out->path}};
    return bundled ? bundled_command(bundled, out, error)
                   : exec_command(name + strlen(PROGRAM_EXEC_PREFIX), out, error);
}
