/* The driver interface: a driver is one concurrency model on the client's side.
 *
 * The harness calls, in one process: probe; setup once; then once or more, each time with another
 * batch, prepare, run and collect; teardown once. A driver takes requests with batch_next() until
 * there are none, executes each with an exchange, and keeps as many in flight as the load's
 * concurrency, never more. One-time costs of a model belong in setup, costs of each batch in run.
 *
 * A failed request is not a failed run: the failure is in its sample, and the driver continues.
 * run() fails only if the driver itself cannot continue. */
#ifndef WAITBENCH_DRIVER_H
#define WAITBENCH_DRIVER_H

#include "engine/exchange.h"

#include "list.h"

/* The kind of model, by what waits for a request. Names and order are in drivers.c. */
enum driver_model {
    MODEL_NONE,       /* nothing waits: a reference */
    MODEL_SERIAL,     /* the whole program */
    MODEL_THREADS,    /* a thread for each request in flight */
    MODEL_PROCESSES,  /* a process for each */
    MODEL_READINESS,  /* a loop that learns which descriptors are ready */
    MODEL_COMPLETION, /* a loop that learns which operations are done */
    MODEL_COROUTINES, /* a coroutine for each, switched by a loop; stack_bytes applies */
    MODEL_COUNT,
};

enum driver_trait {
    DRIVER_SERIAL = 1 << 0,    /* one request in flight, whatever C is */
    DRIVER_OFFLINE = 1 << 1,   /* sends nothing: needs no server, proves nothing about I/O */
    DRIVER_THREADS = 1 << 2,   /* up to C threads: the load's stack_bytes applies */
    DRIVER_PROCESSES = 1 << 3, /* up to C processes */
    DRIVER_PROGRAM = 1 << 4,   /* an external program, which reports its own samples */
    DRIVER_DIRECT = 1 << 5,    /* its sockets take no descriptors: a run cannot run out of them */
    DRIVER_PARALLEL = 1 << 6,  /* a few threads, each with many of the C requests */
};

struct driver {
    const char *name;         /* "libev", as the user writes it */
    const char *summary;      /* one line for `waitbench list` */
    enum driver_model model;  /* its kind */
    const char *library;      /* the external library or language it demonstrates, or NULL */
    const char *kernel;       /* kernel features it needs beyond sockets, or NULL */
    unsigned traits;          /* enum driver_trait */
    unsigned concurrency_max; /* its largest C; 0: no limit */
    const char *limited_by;   /* the cause of concurrency_max ("FD_SETSIZE"), or NULL */
    const void *config;       /* the difference between drivers that share functions, or NULL */

    /* The version of `library` in use, or NULL. */
    const char *(*version)(const struct driver *self);
    /* Check that it can run here. Returns 0, or -1 with the reason, and what to do, in `why`. NULL:
     * always. */
    int (*probe)(const struct driver *self, struct error *why);
    /* Check that it can start requests by a schedule. Returns as probe does. NULL: always. */
    int (*probe_schedule)(const struct driver *self, struct error *why);
    /* Create threads, loops and memory, open kept connections. Timed and reported separately.
     * Returns the state, or NULL with `error` filled and everything released. */
    void *(*setup)(const struct driver *self, const struct load *load, struct error *error);
    /* Prepare a batch before its time begins. Untimed. Returns 0 or -1. NULL: nothing to do. */
    int (*prepare)(void *state, struct batch *batch, struct error *error);
    /* Run the whole batch. Timed: no allocation, no printing. Returns 0, or -1 with `error`. */
    int (*run)(void *state, struct batch *batch, struct error *error);
    /* Fetch samples that were not written during run. Untimed. Returns 0 or -1. NULL: none. */
    int (*collect)(void *state, struct batch *batch, struct error *error);
    /* Release everything: join threads, reap processes, close descriptors. */
    void (*teardown)(void *state);
    /* Describe into `text` which variant of the model is active ("DEFER_TASKRUN, multishot").
     * Called after setup. NULL: there is only one. */
    void (*active)(const void *state, char *text, size_t size);
};

#define DRIVER_DECLARE(id, source) extern const struct driver driver_##id;
DRIVER_LIST(DRIVER_DECLARE)

/* NULL-terminated, in the order of list.h, including those that cannot run here. */
extern const struct driver *const drivers[];

/* NULL if there is none of that name. "exec:PATH" names the program at PATH, whether or not it can
 * run. */
const struct driver *driver_find(const char *name);

/* "threads", "event loop" … */
const char *driver_model_name(enum driver_model model);

/* Check that it can run here with C requests in flight. Returns 0, or -1 with the reason in
 * `why`. */
int driver_usable(const struct driver *driver, unsigned concurrency, struct error *why);

/* Check that it can start requests by a schedule. Returns 0, or -1 with the reason in `why`. */
int driver_schedules(const struct driver *driver, struct error *why);

/* prepare, run and collect in one call, if the time does not matter. */
int driver_run_batch(const struct driver *driver, void *state, struct batch *batch,
                     struct error *error);

/* The source that holds the driver's lesson: its path, and its text as of the build. */
const char *driver_source_path(const struct driver *driver);
const char *driver_source_text(const struct driver *driver);

#endif
