/* A child that does as it is told: its work whenever it hears the word, and nothing in between. */
#ifndef WAITBENCH_TESTS_HELPER_H
#define WAITBENCH_TESTS_HELPER_H

#include <sys/types.h>

struct helper {
    pid_t pid;
    int go, done;
};

/* What fails here ends the program. */
void helper_start(struct helper *helper, void (*work)(void));

/* Returns once the work is done. */
void helper_work(struct helper *helper);

/* Let it end; and wait for that. */
void helper_let_end(struct helper *helper);
void helper_end(struct helper *helper);

#endif
