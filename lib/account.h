/* The server's account: what it accepted, completed and refused, worker by worker, in memory that
 * the harness can map. It is true at every moment, also while all workers are busy and after one
 * was killed, and reading it takes no request.
 *
 * A worker's row has one writer, the thread or process that holds it; the total in flight and the
 * histogram have many. Readers may see the rows at slightly different moments. */
#ifndef WAITBENCH_ACCOUNT_H
#define WAITBENCH_ACCOUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"
#include "error.h"
#include "histogram.h"

enum {
    ACCOUNT_WORKERS_MAX = 16384,
    ACCOUNT_ALL_THREADS = -1, /* the tid of a worker that is a whole process */
    ACCOUNT_MODEL_BYTES = 32,
    ACCOUNT_LISTED = 16, /* workers whose counters the JSON lists */
    ACCOUNT_LAST = 16,   /* connections, the latest, whose workers are known one by one */
    ACCOUNT_ACTIVE_BYTES = 96,
    ACCOUNT_JSON_BYTES = 3072, /* room for account_json */
};

enum account_state {
    WORKER_UNUSED,
    WORKER_SERVING,
    WORKER_ENDED, /* as it should */
    WORKER_DIED,  /* killed, or crashed */
};

typedef _Atomic uint64_t account_count;

struct account_worker {
    _Alignas(64) _Atomic int state; /* enum account_state */
    _Atomic pid_t pid, tid;         /* of its process, and of its thread */
    account_count accepted;         /* connections */
    account_count open;             /* connections open now */
    account_count in_flight;        /* requests received whose response is not yet written */
    account_count in_flight_max;
    account_count completed;    /* requests whose response was written; without GET /stats */
    account_count aborted;      /* requests whose connection was closed before the response */
    account_count refused;      /* connections closed at once: no descriptors or memory left */
    account_count bad_requests; /* requests that got an error line or a 4xx */
    account_count timed_out;    /* connections closed because they made no progress */
    account_count cpu_ns;       /* of those who held the row and have ended or died */
};

struct account {
    uint64_t layout; /* ACCOUNT_LAYOUT */
    char model[ACCOUNT_MODEL_BYTES];
    char active[ACCOUNT_ACTIVE_BYTES]; /* which variant of the model is active; "": there is one */
    pid_t pid;                         /* of the main process */
    nsec_t started;
    nsec_t delay, work, idle;
    int backlog, backlog_effective; /* configured, and as capped by the kernel */
    uint64_t seed;
    account_count connection_bytes; /* memory of the server for each connection */
    bool in_advance;             /* the workers are there all the time, none for one connection */
    bool by_program;             /* one worker, a program, which counts in its row only */
    _Atomic unsigned workers;    /* rows in use so far, from the first */
    account_count in_flight;     /* of all workers; read it with account_in_flight() */
    account_count in_flight_max; /* of all at one moment; likewise */
    account_count accepted;      /* connections, by all workers */
    /* Which worker accepted the latest, by its row: that of the n-th is at n % ACCOUNT_LAST. */
    _Atomic uint16_t accepted_by[ACCOUNT_LAST];
    _Atomic bool ending;         /* a signal was received */
    _Atomic bool failed;         /* a worker could not serve, which ends the server */
    _Atomic nsec_t last_warning; /* when something was said of connections that were refused */
    struct histogram overshoot;  /* from a response's due time until it was issued */
    struct account_worker worker[ACCOUNT_WORKERS_MAX];
};

/* Identifies the layout, so that a harness and a server of different builds do not misread. */
#define ACCOUNT_LAYOUT                                                                             \
    (UINT64_C(0x7762) << 48 | (uint64_t)sizeof(struct account) << 16 |                             \
     sizeof(struct account_worker))

/* An empty account. `fd`: a file to hold it (memfd_create), which is emptied and not closed, or -1:
 * memory that is shared with processes forked later. NULL if there is no memory. */
struct account *account_create(int fd, struct error *error);

/* The account that a server created in `fd`, read-only. NULL if it is none. */
const struct account *account_map(int fd, struct error *error);
void account_unmap(const struct account *account);

/* ---- by a worker, of its own row ---- */

/* For counters with one writer: cheaper than an atomic addition. */
static inline void account_add(account_count *count, uint64_t more)
{
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + more,
                          memory_order_relaxed);
}

/* A new connection, which is open now. */
void account_accept(struct account *account, struct account_worker *worker);
void account_begin_request(struct account *account, struct account_worker *worker);
void account_end_request(struct account *account, struct account_worker *worker, bool completed);

/* Any number of writers. */
void account_add_overshoot(struct account *account, nsec_t overshoot);

/* What the holder of a row that died had in flight and open is aborted and closed. */
void account_settle(struct account *account, struct account_worker *worker);

/* ---- by anybody ---- */

/* Requests in flight in all workers: now, and at most so far at one moment. Who sees that none is
 * sees all that was counted before. */
uint64_t account_in_flight(const struct account *account);
uint64_t account_in_flight_max(const struct account *account);

/* The sum of a counter over the workers; `offset` is offsetof(struct account_worker, …). */
uint64_t account_sum(const struct account *account, size_t offset);
#define ACCOUNT_SUM(account, member) account_sum(account, offsetof(struct account_worker, member))

/* How many workers are in that state. */
unsigned account_in_state(const struct account *account, enum account_state state);

/* CPU of a worker so far, in ns; -1 if that cannot be known. A serving one's is read from /proc. */
int64_t account_cpu(const struct account_worker *worker);

/* Jain's fairness index of the connections that the workers accepted: 1 if all have as many, 1/n if
 * one has all; NAN before the first, and where each worker
 * serves one connection only. Jain, Chiu, Hawe, DEC-TR-301 (1984). */
double account_fairness(const struct account *account);

/* Write it as one JSON object and a newline; return the length. All is flat but the lists of what
 * the first workers did. */
size_t account_json(const struct account *account, char *buffer);

#endif
