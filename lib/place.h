/* Where the files of this project are: in the source tree that the program was built in, or where
 * `make install` has put them. What is installed is found from the program's own folder, so that
 * the whole may be moved. */
#ifndef WAITBENCH_PLACE_H
#define WAITBENCH_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* Was the running program installed? Otherwise it is in the source tree. */
bool place_is_installed(void);

/* The path of a program of ours, such as "randintd". Returns 0 or -1. */
int place_find_program(const char *name, char *buffer, size_t size, struct error *error);

/* The path of any other file of ours, by its name in the source tree: "plots/draw.sh",
 * "programs/node.mjs", and of what was compiled there "programs/goroutines". `mode` is that of
 * access(2). Returns 0 or -1. */
int place_find_file(const char *name, int mode, char *buffer, size_t size, struct error *error);

/* The folder in which a user, in the usual place, finds the programs: "build/", or "" where they
 * are in PATH. */
const char *place_of_commands(void);

/* What installs a missing package: "'./run.sh deps' installs it", or of an installed program
 * "'apt install gnuplot-nox' installs it on Debian". `words` are those of run.sh. Returns `text`.
 */
enum { PLACE_REMEDY_BYTES = 96 };

const char *place_remedy(const char *words, const char *package, char text[PLACE_REMEDY_BYTES]);

#endif
