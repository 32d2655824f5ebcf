#include "proc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool proc_read(const char *path, char text[PROC_FILE_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, text, PROC_FILE_BYTES - 1);
    close(fd);
    if (size <= 0)
        return false;
    text[size] = '\0';
    return true;
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
