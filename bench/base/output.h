/* Files that are written whole or not at all, and the reason where one was not. */
#ifndef WAITBENCH_OUTPUT_H
#define WAITBENCH_OUTPUT_H

#include <stdio.h>

#include "lib/error.h"

enum { OUTPUT_PATH_BYTES = 4096 };

/* "FOLDER/.NAME.PID", beside `path`: where a file is written that is to replace that of `path`.
 * Returns 0, or -1 where it is too long. */
int output_beside(const char *path, char beside[OUTPUT_PATH_BYTES], struct error *error);

/* Let the file beside `path` replace it, or remove it where `result` is -1. Returns `result`, or -1
 * where it cannot be moved. */
int output_replace(const char *path, int result, struct error *error);

/* Open a file to be written anew. A regular file keeps what it holds until output_close(); anything
 * else (a pipe, /dev/stdout) is written to at once. NULL on error. */
FILE *output_open(const char *path, struct error *error);

/* Close it, and let it replace the old one if `result` is 0 and it was written whole. Returns 0, or
 * -1: then the old one is still there. */
int output_close(FILE *out, const char *path, int result, struct error *error);

/* Write what is buffered. -1, with the reason, where anything since the opening could not be
 * written. A pipe whose reader has gone is none: it has read what it wanted. */
int output_flush(FILE *out, const char *name, struct error *error);

#endif
