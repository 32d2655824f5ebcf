/* Files of /proc as text. */
#ifndef WAITBENCH_PROC_H
#define WAITBENCH_PROC_H

#include <stdbool.h>
#include <stdint.h>

enum { PROC_FILE_BYTES = 16384, PROC_PATH_BYTES = 64 };

/* Read a file, or as much of it as fits. Returns false if it cannot be read or is empty. */
bool proc_read(const char *path, char text[PROC_FILE_BYTES]);

/* The number after `key` at the beginning of a line. Returns false if there is none. */
bool proc_number(const char *text, const char *key, int64_t *out);

#endif
