/* The forms of an exchange, as drivers use them. */
#ifndef WAITBENCH_TESTS_EXECUTE_H
#define WAITBENCH_TESTS_EXECUTE_H

#include "engine/exchange.h"

/* Execute one request (or group). Returns false if it did not end. */
typedef bool execute_function(struct exchange *, struct batch *, size_t index);

struct form {
    const char *name;
    execute_function *execute;
    enum exchange_kind kind;
};

execute_function execute_blocking, execute_stepping;

/* As a completion driver, in the worst case: sends one byte at a time. */
execute_function execute_completion;

/* The same with a socket of the driver's own, one for all slots. */
execute_function execute_foreign;
void execute_foreign_close(void);

/* Wait for readiness, with a timeout. */
bool execute_wait(int fd, short events);

#endif
