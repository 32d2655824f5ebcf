#include "scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

int scratch_make(char *path, size_t size, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent)
        parent = "/tmp";
    if ((size_t)snprintf(path, size, "%s/waitbench-XXXXXX", parent) >= size) {
        path[0] = '\0';
        return error_set(error, "the path in TMPDIR is too long: %s", parent);
    }
    if (mkdtemp(path))
        return 0;
    path[0] = '\0';
    return error_errno(error, errno,
                       "cannot create a scratch folder in %s; choose another with TMPDIR", parent);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void scratch_remove(const char *path)
{
    enum { DESCRIPTORS = 8 };
    if (path[0])
        nftw(path, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
