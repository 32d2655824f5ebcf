/* The ways through an exchange, as drivers take them. */
#ifndef WAITBENCH_TESTS_CARRY_H
#define WAITBENCH_TESTS_CARRY_H

#include "engine/exchange.h"

/* Carry one request (or group) to its end; false if it never came. */
typedef bool carry_function(struct exchange *, struct batch *, size_t index);

struct form {
    const char *name;
    carry_function *carry;
    enum exchange_kind kind;
};

carry_function carry_blocking, carry_stepping;

/* As a completion driver, at its most awkward: sends go out one byte at a time. */
carry_function carry_completion;

/* The same with a socket of the driver's own: one for all lanes. */
carry_function carry_foreign;
void carry_foreign_close(void);

/* Wait for readiness, not for ever. */
bool carry_wait(int fd, short events);

#endif
