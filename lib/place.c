#include "place.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "process.h"

/* In a source tree, variants and tests are built in subfolders of build/. */
enum { PROGRAMS_ABOVE = 1, FILES_ABOVE = 3 };

/* The Makefile defines, by its bindir, datadir and libexecdir, where an installed program finds the
 * rest from its own folder: PLACE_DATA is "../share/waitbench", PLACE_LIBEXEC
 * "../libexec/waitbench". */

bool place_is_installed(void)
{
    char path[PATH_MAX];
    return process_find_beside(PLACE_DATA, 0, R_OK | X_OK, path, sizeof(path), NULL) == 0;
}

static int find_installed(const char *folder, const char *name, int mode, char *buffer, size_t size)
{
    char relative[PATH_MAX], path[PATH_MAX];
    snprintf(relative, sizeof(relative), "%s/%s", folder, name);
    if (process_find_beside(relative, 0, mode, path, sizeof(path), NULL) < 0)
        return -1;
    char *real = realpath(path, NULL);
    int length = real ? snprintf(buffer, size, "%s", real) : -1;
    free(real);
    return length >= 0 && (size_t)length < size ? 0 : -1;
}

static int say_missing(const char *name, struct error *error)
{
    return error_set(error, "%s is missing from this installation: install waitbench again", name);
}

int place_find_program(const char *name, char *buffer, size_t size, struct error *error)
{
    if (!place_is_installed())
        return process_find_beside(name, PROGRAMS_ABOVE, X_OK, buffer, size, error);
    if (find_installed(".", name, X_OK, buffer, size) == 0 ||
        find_installed(PLACE_LIBEXEC, name, X_OK, buffer, size) == 0)
        return 0;
    return say_missing(name, error);
}

int place_find_file(const char *name, int mode, char *buffer, size_t size, struct error *error)
{
    if (!place_is_installed())
        return process_find_beside(name, FILES_ABOVE, mode, buffer, size, error);
    if (find_installed(PLACE_DATA, name, mode, buffer, size) == 0 ||
        find_installed(PLACE_LIBEXEC, name, mode, buffer, size) == 0)
        return 0;
    return say_missing(name, error);
}

const char *place_of_commands(void)
{
    return place_is_installed() ? "" : "build/";
}

const char *place_remedy(const char *words, const char *package, char text[PLACE_REMEDY_BYTES])
{
    if (place_is_installed())
        snprintf(text, PLACE_REMEDY_BYTES, "'apt install %s' installs it on Debian", package);
    else
        snprintf(text, PLACE_REMEDY_BYTES, "'./run.sh %s' installs it", words);
    return text;
}
