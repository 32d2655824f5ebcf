/* Completion for shells, made from the tables of options. */
#ifndef WAITBENCH_MANUAL_COMPLETION_H
#define WAITBENCH_MANUAL_COMPLETION_H

#include <stdio.h>

void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);

#endif
