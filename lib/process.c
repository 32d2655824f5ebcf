#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int process_find_beside(const char *name, unsigned above, int mode, char *buffer, size_t size,
                        struct error *error)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (length < 0)
        return error_errno(error, errno, "cannot find this program's own path");
    self[length] = '\0';
    int folder = (int)(strrchr(self, '/') - self), kept = folder;
    for (;; above--) {
        if ((size_t)snprintf(buffer, size, "%.*s/%s", kept, self, name) >= size)
            return error_set(error, "the path %.*s is too long", folder, self);
        if (access(buffer, mode) == 0)
            return 0;
        if (above == 0 || kept == 0)
            break;
        while (kept > 0 && self[--kept] != '/')
            continue;
    }
    return error_errno(error, errno, "%s is not in %.*s; run 'make'", name, folder, self);
}

int process_find_in_path(const char *name, char *buffer, size_t size)
{
    const char *path = getenv("PATH");
    while (path && *path) {
        int length = (int)strcspn(path, ":");
        if ((size_t)snprintf(buffer, size, "%.*s/%s", length, path, name) < size &&
            access(buffer, X_OK) == 0)
            return 0;
        path += length + (path[length] == ':');
    }
    return -1;
}

void process_occupy_standard(void)
{
    int fd;
    do
        fd = open("/dev/null", fcntl(STDIN_FILENO, F_GETFD) < 0 ? O_WRONLY : O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

char *process_describe_end(int status, char *buffer, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(buffer, size, "was killed by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(buffer, size, "exited with %d", WEXITSTATUS(status));
    return buffer;
}

int process_raise_limit(int resource, struct error *error)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(resource, &limit) == 0)
            return 0;
    }
    return error_errno(error, errno, "cannot raise a limit of this process");
}
