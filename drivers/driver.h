/* THE interface: a driver is one concurrency model on the client's side.
 *
 * The harness calls, in one process: probe; setup once; then once or more, each time with another
 * batch, prepare, run and collect; teardown once. A driver takes requests with batch_next() until
 * there are none, carries each with an exchange, and keeps as many in flight as the load's
 * concurrency, never more. What a model pays once belongs in setup, what it pays for each batch in
 * run.
 *
 * A failed request is not a failed run: it is in its sample, and the driver goes on. run() fails
 * only where the driver itself cannot go on. */
#ifndef WAITBENCH_DRIVER_H
#define WAITBENCH_DRIVER_H

#include "engine/exchange.h"

#include "list.h"

/* The kind of model, by what waits: names and order are in drivers.c. */
enum driver_model {
    MODEL_NONE,       /* nothing waits: a reference */
    MODEL_SERIAL,     /* the whole program */
    MODEL_THREADS,    /* a thread for each request in flight */
    MODEL_PROCESSES,  /* a process for each */
    MODEL_READINESS,  /* a loop that is told which descriptors are ready */
    MODEL_COMPLETION, /* a loop that is told which operations are done */
    MODEL_COROUTINES, /* a coroutine for each, switched by a loop; stack_bytes applies */
    MODEL_COUNT,
};

enum driver_trait {
    DRIVER_SERIAL = 1 << 0,    /* one request in flight, whatever was asked for */
    DRIVER_OFFLINE = 1 << 1,   /* sends nothing: needs no server, proves nothing about I/O */
    DRIVER_THREADS = 1 << 2,   /* up to C threads: the load's stack_bytes applies */
    DRIVER_PROCESSES = 1 << 3, /* up to C processes */
    DRIVER_PROGRAM = 1 << 4,   /* another program does it: its samples are what it says */
    DRIVER_DIRECT = 1 << 5,    /* its sockets are no descriptors: a run cannot run out of them */
};

struct driver {
    const char *name;         /* "libev": what the user types */
    const char *summary;      /* one line for `waitbench list` */
    enum driver_model model;  /* its kind */
    const char *library;      /* the outside library or language it shows, or NULL */
    const char *kernel;       /* what it needs of the kernel beyond sockets, or NULL */
    unsigned traits;          /* enum driver_trait */
    unsigned concurrency_max; /* C that it cannot go beyond; 0 is none */
    const char *limited_by;   /* what concurrency_max comes from ("FD_SETSIZE"), or NULL */
    const void *config;       /* what tells it from drivers that share its functions, or NULL */

    /* The version of `library` in use, or NULL. */
    const char *(*version)(const struct driver *self);
    /* Can it run here? Returns 0, or -1 with the reason, and what to do, in `why`. NULL: always. */
    int (*probe)(const struct driver *self, struct error *why);
    /* Make threads, loops and memory, open kept-alive connections. Untimed, reported apart.
     * Returns the state, or NULL with `error` filled and nothing left behind. */
    void *(*setup)(const struct driver *self, const struct load *load, struct error *error);
    /* Hand out what a batch needs before its time begins. Untimed. NULL: nothing. 0 or -1. */
    int (*prepare)(void *state, struct batch *batch, struct error *error);
    /* Run the whole batch. Timed: no allocation, no printing. Returns 0, or -1 with `error`. */
    int (*run)(void *state, struct batch *batch, struct error *error);
    /* Bring in samples that were not written during run. Untimed. NULL: they all were. 0 or -1. */
    int (*collect)(void *state, struct batch *batch, struct error *error);
    /* Give everything back: threads joined, processes reaped, descriptors closed. */
    void (*teardown)(void *state);
    /* Which of several ways it took here ("DEFER_TASKRUN, multishot"), into `text`. NULL: there is
     * only one. Called after setup. */
    void (*active)(const void *state, char *text, size_t size);
};

#define DRIVER_DECLARE(id, source) extern const struct driver driver_##id;
DRIVER_LIST(DRIVER_DECLARE)

/* NULL-terminated, in the order of list.h, those that cannot run here among them. */
extern const struct driver *const drivers[];

/* NULL where there is none of that name. "exec:PATH" is the program there, whether it can run or
 * not. */
const struct driver *driver_find(const char *name);

/* "threads", "event loop" … */
const char *driver_model_name(enum driver_model model);

/* Can it run here, with C requests in flight? Returns 0, or -1 with the reason in `why`. */
int driver_usable(const struct driver *driver, unsigned concurrency, struct error *why);

/* prepare, run and collect as one, where the time does not matter. */
int driver_run_batch(const struct driver *driver, void *state, struct batch *batch,
                     struct error *error);

/* The source that holds the driver's lesson: its path, and its text as it was built. */
const char *driver_source_path(const struct driver *driver);
const char *driver_source_text(const struct driver *driver);

#endif
