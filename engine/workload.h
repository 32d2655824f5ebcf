/* What a request is: an exchange with the server (ask, answer), a job that the program does itself
 * (work), or, request by request, the one or the other. A workload is a const struct in a file of
 * workloads/ and one line in its table; drivers run whichever they are given through the exchange
 * and never look inside. */
#ifndef WAITBENCH_WORKLOAD_H
#define WAITBENCH_WORKLOAD_H

#include "lib/error.h"
#include "lib/protocol.h"

struct load;

/* A request that the program carries out itself, perhaps in slices. */
struct job {
    size_t index, requests; /* which request, of how many in the batch */
    bool warmup;            /* of the warm-up: what is meant to happen once should not */
    void *context;          /* the lane's, from open(); NULL where there is no open() */
    uint64_t progress;      /* 0 before the first slice; the workload's own from there on */
    int errnum;             /* behind JOB_FAILED, or 0 */
};

enum job_result {
    JOB_DONE,   /* all of it, and the result was checked */
    JOB_MORE,   /* a slice of it: let the others have their turn, then call again */
    JOB_FAILED, /* `errnum` may say why */
    JOB_WRONG,  /* the result is not what it has to be */
};

struct workload {
    const char *name, *summary;
    const char *framing; /* how an answer ends, for programs that are told: "line" or "http" */
    bool local;          /* asks nothing of any server: none is started */
    bool split;          /* the last byte of an ask is sent on its own */
    bool nodelay;        /* sockets get TCP_NODELAY */
    bool yields;         /* work() may return JOB_MORE: not with kept connections */

    /* Write an ask into PROTOCOL_REQUEST_BYTES of `buffer`; return its length. */
    size_t (*request)(char *buffer, const struct request *request);
    /* Take bytes of the answer, in as many pieces as they come, and say how many. */
    enum parse_result (*response)(struct response_reader *reader, const char *data, size_t size,
                                  size_t *used);
    /* How long the server is to think about this request, where they differ. NULL: as it does. */
    nsec_t (*delay)(size_t index, size_t requests, nsec_t delay);

    /* Do a job, or a slice of it. Blocks whoever calls it. NULL: every request is asked. */
    enum job_result (*work)(struct job *job);
    /* Is this request a job, or is it asked? Decides by index, requests and warmup, before anything
     * of it is begun. NULL where there is work(): every request is a job. */
    bool (*is_job)(const struct job *job);
    /* What every lane's jobs need (a connection to a database), made when its first job comes, by
     * whoever carries that. NULL with `error` on failure. Where jobs are offloaded, one thread
     * opens it, others use it and another closes it, one at a time: it must not be bound to a
     * thread. */
    void *(*open)(const struct load *load, struct error *error);
    void (*close)(void *context);
    /* Make what they all share (the database itself), before setup. NULL: nothing. 0 or -1. */
    int (*begin)(const struct load *load, struct error *error);
};

#endif
