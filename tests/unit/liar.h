/* A program that speaks the protocol of docs/external-drivers.md, sends nothing and is right in
 * everything but what its lie says: liar.c has them. A test program becomes it by starting itself
 * with LIAR_LIE in the environment. */
#ifndef WAITBENCH_TESTS_LIAR_H
#define WAITBENCH_TESTS_LIAR_H

/* While any process of the liar's lives, it holds this named pipe open for writing. */
#define LIAR_PIPE "LIAR_PIPE"
#define LIAR_LIE  "LIAR_LIE"

/* main() of the liar. Returns the exit code. */
int liar_main(const char *lie);

#endif
