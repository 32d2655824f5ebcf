/* A program that follows the protocol of docs/external-drivers.md except for one fault, and sends
 * no requests. faulty.c has the faults. A test program becomes it by starting itself with
 * FAULTY_FAULT in the environment. */
#ifndef WAITBENCH_TESTS_FAULTY_H
#define WAITBENCH_TESTS_FAULTY_H

/* A named pipe, open for writing as long as a process of the program exists. */
#define FAULTY_PIPE  "FAULTY_PIPE"
#define FAULTY_FAULT "FAULTY_FAULT"

/* main() of the program. Returns the exit code. */
int faulty_main(const char *fault);

#endif
