/* Small files of the kernel as text. */
#ifndef WAITBENCH_PROC_H
#define WAITBENCH_PROC_H

#include <stdbool.h>
#include <stdint.h>

enum { PROC_FILE_BYTES = 16384, PROC_PATH_BYTES = 640 };

/* Read the file whose path is formatted, or as much of it as fits. Returns false if it cannot be
 * read or is empty. */
bool proc_read(char text[PROC_FILE_BYTES], const char *path, ...)
    __attribute__((format(printf, 2, 3)));

/* The last of one or two integers in a small file, and in `first` (may be NULL) the first; -1 if it
 * cannot be read. */
int64_t proc_integer(const char *path, int64_t *first);

/* A figure of /proc/meminfo, such as "MemTotal:", in bytes; -1 if unknown. */
int64_t proc_memory(const char *key);

/* The kernel's memory for objects, in bytes, without the inodes of /proc, of which a monitor that
 * looks at all descriptors makes one for each; with them where only the sum is known (not root); -1
 * if that is not known either. Takes some 300 us. */
int64_t proc_slab(void);

/* The number after `key` at the beginning of a line. Returns false if there is none. */
bool proc_number(const char *text, const char *key, int64_t *out);

#endif
