/* What a request is: an exchange with the server (request, response), a job done in the program
 * itself (work), or either, decided per request (is_job). A workload is a const struct in a file of
 * workloads/ and one line in its table. Drivers run any workload through the exchange and do not
 * depend on its fields. */
#ifndef WAITBENCH_WORKLOAD_H
#define WAITBENCH_WORKLOAD_H

#include "lib/error.h"
#include "lib/protocol.h"

struct load;

/* A request executed in the program itself, possibly in slices. */
struct job {
    size_t index, requests; /* index of the request, and how many the batch has */
    bool warmup;       /* in the warm-up: what is to happen once per run must not happen here */
    void *context;     /* the slot's, from open(); NULL if there is no open() */
    uint64_t progress; /* 0 before the first slice, then set by the workload */
    int errnum;        /* behind JOB_FAILED, or 0 */
};

enum job_result {
    JOB_DONE,   /* complete, and the result is correct */
    JOB_MORE,   /* one slice: let other requests proceed, then call again */
    JOB_FAILED, /* `errnum` is the cause, or 0 */
    JOB_WRONG,  /* the result is wrong */
};

struct workload {
    const char *name, *summary;
    const char *framing; /* how a response ends, for external programs: "line" or "http" */
    bool local;          /* sends no requests: no server is started */
    bool split;          /* the last byte of a request is sent separately */
    bool yields;         /* work() may return JOB_MORE; excludes kept connections */
    bool by_url;         /* the server is somebody's, and its responses have any length */
    /* A cause that its sockets or connects fail for by design: a result, not a fault. 0: none.
     * Where there is one, there is no warm-up, which would use up what is short. */
    int provokes;

    /* Format a request into PROTOCOL_REQUEST_BYTES of `buffer`; return its length. NULL: all
     * requests have the load's text. */
    size_t (*request)(char *buffer, const struct request *request);
    /* Parse bytes of the response, which may come in any number of pieces; set `*used`. */
    enum parse_result (*response)(struct response_reader *reader, const char *data, size_t size,
                                  size_t *used);
    /* Set options of a client's socket before it connects. Returns 0, or -1 with errno. NULL: none
     * are set. */
    int (*prepare)(int fd);
    /* The server delay of this request, if they differ. NULL: `delay` for all. */
    nsec_t (*delay)(size_t index, size_t requests, nsec_t delay);

    /* Execute a job, or a slice of it; blocks the caller. NULL: every request is sent to the
     * server. */
    enum job_result (*work)(struct job *job);
    /* Is this request a job? Decided from index, requests and warmup before it begins. NULL if work
     * is set: every request is a job. */
    bool (*is_job)(const struct job *job);
    /* Make the context of a slot's jobs (a database connection) when its first job begins. Returns
     * NULL and fills `error` on failure. With offloading, different threads open, use and close it,
     * one at a time, so it must not be bound to a thread. */
    void *(*open)(const struct load *load, struct error *error);
    void (*close)(void *context);
    /* Check that it can run here. Returns 0, or -1 with the reason in `why`. NULL: always. */
    int (*probe)(struct error *why);
    /* Create what all slots share (the database), before setup. Returns 0 or -1. NULL: nothing. */
    int (*begin)(const struct load *load, struct error *error);
};

#endif
