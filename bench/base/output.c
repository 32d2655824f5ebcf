#include "output.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int output_beside(const char *path, char beside[OUTPUT_PATH_BYTES], struct error *error)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    /* A file's name has 255 bytes at most. */
    int used = snprintf(beside, OUTPUT_PATH_BYTES, "%.*s.%.200s.%d", folder, path, path + folder,
                        (int)getpid());
    return used < OUTPUT_PATH_BYTES ? 0 : error_set(error, "the path %.200s is too long", path);
}

int output_replace(const char *path, int result, struct error *error)
{
    char beside[OUTPUT_PATH_BYTES];
    if (output_beside(path, beside, error) < 0)
        return -1;
    if (result == 0 && rename(beside, path) < 0)
        result = error_errno(error, errno, "cannot write %s", path);
    if (result < 0)
        unlink(beside);
    return result;
}

/* Is it a regular file, or will be one? A link stays what it is, and so does a device. */
static bool is_replaced(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 ? S_ISREG(status.st_mode) : errno == ENOENT;
}

FILE *output_open(const char *path, struct error *error)
{
    char beside[OUTPUT_PATH_BYTES];
    if (output_beside(path, beside, error) < 0)
        return NULL;
    unlink(
        beside); /* of a process that was killed; nor is a link that somebody put there followed */
    FILE *out = is_replaced(path) ? fopen(beside, "wxe") : fopen(path, "we");
    if (!out)
        error_errno(error, errno, "cannot write %s", path);
    return out;
}

int output_close(FILE *out, const char *path, int result, struct error *error)
{
    if (result == 0)
        result = output_flush(out, path, error);
    if (fclose(out) != 0 && result == 0)
        result = error_errno(error, errno, "%s could not be written whole", path);
    return is_replaced(path) ? output_replace(path, result, error) : result;
}

/* The kernel says so of a pipe or a socket whose other end is closed. */
static bool has_no_reader(FILE *out)
{
    struct pollfd end = {.fd = fileno(out), .events = POLLOUT};
    return poll(&end, 1, 0) > 0 && end.revents & POLLERR;
}

int output_flush(FILE *out, const char *name, struct error *error)
{
    bool failed = ferror(out) != 0;
    errno = 0; /* what failed before is still buffered: it fails once more, for the same reason */
    if ((fflush(out) == 0 && !failed) || has_no_reader(out))
        return 0;
    return error_errno(error, errno, "%s could not be written whole", name);
}
