#include "proc.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_read(char text[PROC_FILE_BYTES], const char *path, ...)
{
    char name[PROC_PATH_BYTES];
    va_list args;
    va_start(args, path);
    vsnprintf(name, sizeof(name), path, args);
    va_end(args);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, PROC_FILE_BYTES - 1);
    close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    return true;
}

/* "name 10 20 832 19 4 : tunables 0 0 0 : slabdata 5 5 0": the objects, their size, how many a slab
 * of 4 pages has; and how many slabs there are. */
int64_t proc_slab(void)
{
    FILE *file = fopen("/proc/slabinfo", "re");
    char line[512], name[64];
    int64_t pages, slabs, sum = 0;
    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line,
                   "%63s %*d %*d %*d %*d %" SCNd64
                   " : tunables %*d %*d %*d : slabdata %*d %" SCNd64,
                   name, &pages, &slabs) == 3 &&
            strcmp(name, "proc_inode_cache") != 0)
            sum += pages * slabs * sysconf(_SC_PAGESIZE);
    if (file)
        fclose(file);
    return sum ? sum : proc_memory("Slab:");
}

bool proc_number(const char *text, const char *key, int64_t *out)
{
    size_t length = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, key, length)) {
            *out = strtoll(line + length, NULL, 10);
            return true;
        }
    }
    return false;
}

int64_t proc_integer(const char *path, int64_t *first)
{
    char text[PROC_FILE_BYTES];
    int64_t a, b;
    int n = proc_read(text, "%s", path) ? sscanf(text, "%" SCNd64 " %" SCNd64, &a, &b) : 0;
    if (n < 1)
        return -1;
    if (first)
        *first = a;
    return n == 2 ? b : a;
}

int64_t proc_memory(const char *key)
{
    char text[PROC_FILE_BYTES];
    int64_t kilobytes;
    bool found = proc_read(text, "/proc/meminfo") && proc_number(text, key, &kilobytes);
    return found ? kilobytes * 1024 : -1;
}
