/* The blocking form of the dialogue: a thread or process that serves one connection at a time, with
 * calls that sleep until they are done. */
#ifndef WAITBENCH_SERVER_BLOCKING_H
#define WAITBENCH_SERVER_BLOCKING_H

#include "dialogue.h"

/* The next connection of the worker's listener, or -1 once the server is to end. */
int blocking_accept(struct worker *worker);

/* Serve a connection to its end, and close it. */
void blocking_serve(struct worker *worker, int fd);

/* One connection after another, until the server ends: the whole of some models. Returns 0. */
int blocking_serve_all(struct worker *worker, struct error *error);

#endif
