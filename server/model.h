/* A server model: one way of serving many connections at once. */
#ifndef WAITBENCH_SERVER_MODEL_H
#define WAITBENCH_SERVER_MODEL_H

#include "list.h"
#include "worker.h"

enum model_workers {
    WORKERS_ONE,       /* the main thread; --workers is refused */
    WORKERS_THREADS,   /* started in advance */
    WORKERS_PROCESSES, /* started in advance */
    WORKERS_FOR_EACH,  /* a thread or process for each connection; --workers is the most */
    WORKERS_PROGRAM,   /* one, a program in another language; --workers is for the program */
};

struct server_model {
    const char *name;           /* "epoll-shared", as the user writes it */
    const char *summary;        /* one line for `randintd --list` */
    enum model_workers workers; /* what they are */
    unsigned workers_default;   /* 0: as many as there are CPUs */
    unsigned connections_most;  /* that it can have open; 0: as many as there are descriptors */
    bool one_thread;            /* of WORKERS_PROGRAM: whatever --workers says, so it is refused */
    bool blocking;              /* in accept(): it serves one address */
    bool own_listeners;         /* a set of listening sockets for each worker, SO_REUSEPORT */
    const void *config;         /* the difference between models that share functions, or NULL */

    /* Check that it can run here. Returns 0, or -1 with the reason, and what to do. NULL: always.
     */
    int (*probe)(const struct server_model *self, struct error *why);
    /* Serve until the server ends; called once in each worker. Returns 0, or -1 if it cannot. */
    int (*serve)(struct worker *worker, struct error *error);
    /* Of WORKERS_PROGRAM instead: start the program and wait until it serves. Returns 0 or -1. */
    int (*start)(struct worker *worker, struct error *error);
};

#define MODEL_DECLARE(id, source) extern const struct server_model server_model_##id;
SERVER_MODEL_LIST(MODEL_DECLARE)

/* NULL-terminated, in the order of list.h, including those that cannot run here. */
extern const struct server_model *const server_models[];

/* One of them, or "exec:PATH". NULL, with `error` filled, if there is none of that name. */
const struct server_model *server_model_find(const char *name, struct error *error);

/* Can it have more than one? */
bool server_model_has_workers(const struct server_model *model);

/* The same as server_model_find, for that many workers (0: its default), which not all can have. */
const struct server_model *server_model_choose(const char *name, unsigned workers,
                                               struct error *error);

/* Can it run here? Returns 0, or -1 with the reason. */
int server_model_check(const struct server_model *model, struct error *error);

/* The source whose opening comment is the model's lesson, as of the build; NULL of "exec:PATH". */
const char *server_model_source(const struct server_model *model);

/* Where it is in the source tree, likewise. */
const char *server_model_path(const struct server_model *model);

#endif
