/* Programs: finding them, their limits, and how one ended. */
#ifndef WAITBENCH_PROCESS_H
#define WAITBENCH_PROCESS_H

#include "error.h"

/* The path of a file of this project in `buffer`: in the running program's directory or one of the
 * `above` directories above it, the nearest first (tests and variants are built in subdirectories).
 * `mode` is that of access(2). Returns 0 or -1. */
int process_find_beside(const char *name, unsigned above, int mode, char *buffer, size_t size,
                        struct error *error);

/* The path of a command as the shell would find it in PATH. Returns 0 or -1. */
int process_find_in_path(const char *name, char *buffer, size_t size);

/* Standard descriptors that are closed at the start would become files or sockets of ours, which
 * messages are written into. Open them so that reading or writing fails, as it did. */
void process_occupy_standard(void);

/* "exited with 1", "was killed by signal 9 (Killed)", from waitpid's status. Returns `buffer`. */
char *process_describe_end(int status, char *buffer, size_t size);

/* Raise this process's soft limit on a resource (RLIMIT_NOFILE …) to the hard one. Returns 0 or
 * -1. */
int process_raise_limit(int resource, struct error *error);

#endif
