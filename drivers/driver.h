/* THE interface: a driver is one concurrency model on the client's side.
 *
 * The harness calls, in one process: setup once; run once or more, each time with another batch;
 * teardown once. A driver takes requests with batch_next() until there are none, carries each
 * with an exchange, and keeps as many in flight as the load's concurrency, never more. What a
 * model pays once belongs in setup, what it pays for each batch in run.
 *
 * A failed request is not a failed run: it is in its sample, and the driver goes on. run() fails
 * only where the driver itself cannot go on. */
#ifndef WAITBENCH_DRIVER_H
#define WAITBENCH_DRIVER_H

#include "lib/exchange.h"

#include "list.h"

enum driver_trait {
    DRIVER_SERIAL = 1 << 0,  /* one request in flight, whatever was asked for */
    DRIVER_OFFLINE = 1 << 1, /* sends nothing: needs no server, proves nothing about I/O */
    DRIVER_THREADS = 1 << 2, /* up to C threads: the load's stack_bytes applies */
};

struct driver {
    const char *name;    /* "libev": what the user types */
    const char *summary; /* one line for `waitbench list` */
    const char *library; /* the outside library it shows, or NULL */
    unsigned traits;     /* enum driver_trait */
    /* Make threads, loops and memory, open kept-alive connections. Untimed, reported apart.
     * Returns the state, or NULL with `error` filled and nothing left behind. */
    void *(*setup)(const struct load *load, struct error *error);
    /* Run the whole batch. Timed: no allocation, no printing. Returns 0, or -1 with `error`. */
    int (*run)(void *state, struct batch *batch, struct error *error);
    /* Give everything back, threads joined and descriptors closed. */
    void (*teardown)(void *state);
};

#define DRIVER_DECLARE(name) extern const struct driver driver_##name;
DRIVER_LIST(DRIVER_DECLARE)

/* NULL-terminated, in the order of list.h. */
extern const struct driver *const drivers[];

/* NULL where there is none of that name. */
const struct driver *driver_find(const char *name);

#endif
