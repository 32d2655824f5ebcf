/* Words as a shell takes them. */
#ifndef WAITBENCH_SHELL_H
#define WAITBENCH_SHELL_H

#include <stdio.h>

/* Write a word so that a shell (or hyperfine) reads the same one, whatever it holds: in quotes,
 * where it needs them. */
void shell_put_word(const char *word, FILE *out);

#endif
