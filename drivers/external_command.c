#include "external_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/process.h"

/* Tests and variants are built in subdirectories, up to this many levels below programs/. */
enum { FOLDERS_ABOVE = 3 };

#define INSTALL "'./run.sh deps languages' installs "

static int find_interpreter(const struct external_program *program, char path[PATH_MAX],
                            struct error *error)
{
    const char *chosen = getenv(program->variable);
    if (chosen && *chosen) {
        snprintf(path, PATH_MAX, "%s", chosen);
        return access(path, X_OK) == 0
                   ? 0
                   : error_errno(error, errno, "%s=%s", program->variable, path);
    }
    if (program->default_interpreter && access(program->default_interpreter, X_OK) == 0) {
        strcpy(path, program->default_interpreter);
        return 0;
    }
    if (process_find_in_path(program->interpreter, path, PATH_MAX) == 0)
        return 0;
    return error_set(error, "%s is missing: " INSTALL "%s", program->interpreter, program->package);
}

static int program_command(const struct external_program *program, struct external_command *out,
                           struct error *error)
{
    if (!program->interpreter) {
        out->argv[0] = out->path;
        if (process_find_beside(program->file, FOLDERS_ABOVE, X_OK, out->path, PATH_MAX, NULL) == 0)
            return 0;
        return error_set(error,
                         "%s was missing when waitbench was built: " INSTALL "it; run 'make'",
                         program->package);
    }
    out->argv[0] = out->path;
    out->argv[1] = out->script;
    out->argv[2] = (char *)(uintptr_t)program->option; /* execve() does not write to argv */
    if (process_find_beside(program->file, FOLDERS_ABOVE, R_OK, out->script, PATH_MAX, error) < 0)
        return -1;
    return find_interpreter(program, out->path, error);
}

static int exec_command(const char *path, struct external_command *out, struct error *error)
{
    struct stat status;
    out->argv[0] = out->path;
    snprintf(out->path, sizeof(out->path), "%s", path);
    if (!path[0])
        return error_set(error, EXTERNAL_PREFIX " has to be followed by the path of a program");
    /* Names are written to comma-separated lists, CSV files and hyperfine's command lines. */
    for (const char *c = path; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr(",\"'\\", *c))
            return error_set(error, EXTERNAL_PREFIX
                             " takes a path of ASCII without blanks, commas, quotes and "
                             "backslashes: make a symbolic link with such a name");
    if (stat(path, &status) < 0)
        return error_errno(error, errno, EXTERNAL_PREFIX "%s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, EXTERNAL_PREFIX "%s is not a regular file", path);
    if (access(path, X_OK) < 0)
        return error_errno(error, errno, EXTERNAL_PREFIX "%s is not executable ('chmod +x'?)",
                           path);
    return 0;
}

int external_command(const struct driver *self, struct external_command *out, struct error *error)
{
    *out = (struct external_command){0};
    return self->config ? program_command(self->config, out, error)
                        : exec_command(self->name + strlen(EXTERNAL_PREFIX), out, error);
}
