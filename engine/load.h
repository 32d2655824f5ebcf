/* What a driver executes: a load, fixed for the life of the process, and batches of requests under
 * that load. */
#ifndef WAITBENCH_LOAD_H
#define WAITBENCH_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/net_sources.h"
#include "run_summary.h"
#include "sample.h"
#include "share.h"
#include "workload.h"

/* Known at setup. Read-only, and outlives the driver's state. */
struct load {
    const struct workload *workload;
    struct net_address server;
    unsigned server_ports; /* so many, from server_port on; each part uses one of them */
    uint16_t server_port;
    struct net_sources sources; /* of the connections; none: the kernel chooses */
    unsigned concurrency;       /* C: most requests in flight, and the number aimed at */
    bool keep_alive;            /* connections are opened in setup and reused */
    bool reset;                 /* and closed by a reset, which leaves nothing in TIME_WAIT */
    unsigned pipeline; /* P: requests that a slot sends at once on its connection, if above 1 */
    char *pipelines;   /* if P > 1, memory for C slots: see pipeline.h */
    /* C of them, for responses that come in pieces. */
    struct partial_response *partials;
    uint64_t seed;       /* of the requests' bounds */
    struct share share;  /* which of the whole run's requests these are */
    unsigned first_slot; /* how many slots of the whole run come before these */
    bool timing;         /* request the server's times */
    const char *text;    /* of all requests, P times; NULL: the workload formats each */
    size_t text_bytes;   /* once */
    unsigned wanted;     /* the status of a correct response; 0: any 2xx */
    nsec_t give_up;      /* a point in time at which a driver that still waits fails with a message,
                          * before the harness kills the process; 0: never */
    const char *folder;  /* an empty directory for the workload's files, removed afterwards */
    const char *database; /* an existing database file, or NULL */
    size_t stack_bytes;   /* of a driver's threads or coroutines; 0: the driver's default */
};

/* One call of run(). It, its schedule and its samples are in shared memory mapped before setup, so
 * processes forked from then on can take requests and write samples. */
struct batch {
    const struct load *load;
    bool warmup;            /* not measured */
    size_t requests;        /* how many */
    nsec_t delay;           /* sent with each request, or PROTOCOL_DELAY_DEFAULT */
    nsec_t deadline;        /* no request starts after this point in time; 0: none */
    const nsec_t *schedule; /* when request i is to start, since `begun`; NULL: at once */
    nsec_t begun;           /* when run() was called */
    struct sample *samples; /* of the whole run's requests, as is the schedule */
    struct share share;     /* which of them are this batch's: batch_sample() */
    /* If there are too many requests to keep: each slot's sample of its latest, and what all of
     * them add up to. Only for drivers that execute all requests in one thread, without a schedule.
     */
    struct sample *slots;
    struct run_summary *summary; /* NULL: there are samples */
    atomic_size_t next;          /* index of the next request to hand out */
};

/* Where the requests go: to one of so many ports, by the load's place among the parts. */
void load_set_server(struct load *load, const struct net_address *server, unsigned ports);

/* Make a load its part `part` of `parts`: its requests are every parts-th, its slots as many as any
 * other has, or one more. The whole's slots are those of the first part, then of the second … */
void load_take_part(struct load *load, unsigned part, unsigned parts);

enum {
    BATCH_OVER = -1,
    /* The descriptors of a process with a load, beside the connections: standard streams, the loop,
     * shared pages, /proc. */
    LOAD_SPARE_DESCRIPTORS = 32,
};

/* The sample of request `index`, of which there is one each. */
static inline struct sample *batch_sample(const struct batch *batch, size_t index)
{
    return &batch->samples[share_place(&batch->share, index)];
}

/* Hand out the next request's index, or BATCH_OVER. Safe from any thread or process; costs an
 * atomic add (and a clock reading when time-boxed). */
static inline ptrdiff_t batch_next(struct batch *batch)
{
    if (batch->deadline && clock_now() >= batch->deadline)
        return BATCH_OVER;
    size_t index = atomic_fetch_add_explicit(&batch->next, 1, memory_order_relaxed);
    return index < batch->requests ? (ptrdiff_t)index : BATCH_OVER;
}

/* When request `index` of a batch with a schedule is to start, since the batch has begun. */
static inline nsec_t batch_offset(const struct batch *batch, size_t index)
{
    return batch->schedule[share_place(&batch->share, index)];
}

/* The point in time before which request `index` must not start: its intended start. 0: none. */
static inline nsec_t batch_intended(const struct batch *batch, size_t index)
{
    return batch->schedule ? batch->begun + batch_offset(batch, index) : 0;
}

/* Sleep until then. For drivers that block. */
void batch_await(const struct batch *batch, size_t index);

/* The bound of request `index`: 0 for one in sixteen (then only 0 is correct), else spread evenly
 * over the orders of magnitude up to 10^9. The same seed gives every driver the same bounds. */
int64_t load_bound(const struct load *load, size_t index);

/* Format request `index`, which has this bound, into `buffer` (load_request_bytes(), at most
 * PROTOCOL_REQUEST_BYTES); returns its length. Not where all have the load's text. */
static inline size_t load_request(const struct load *load, const struct batch *batch, size_t index,
                                  int64_t bound, char *buffer)
{
    const struct workload *workload = load->workload;
    nsec_t delay =
        workload->delay ? workload->delay(index, batch->requests, batch->delay) : batch->delay;
    const struct request request = {.bound = bound,
                                    .delay = delay,
                                    .keep_alive = load->keep_alive,
                                    .timing = load->timing,
                                    .authority = load->server.authority};
    return workload->request(buffer, &request);
}

/* Room for any request of the load, formatted; 0 where none is: without requests, and where the
 * load or its pipelines have the text. */
size_t load_request_bytes(const struct load *load);

#endif
