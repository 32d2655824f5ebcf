/* What ranks report of themselves and of the run that they made: a table in memory that the harness
 * shares with rank 0, and the messages between these two. The harness is no MPI program, so that no
 * rank's death takes it along. */
#ifndef WAITBENCH_RANK_TABLE_H
#define WAITBENCH_RANK_TABLE_H

#include <sys/types.h>

#include "bench/base/family.h"
#include "bench/plan/plan.h"
#include "clock_offset.h"
#include "engine/run_summary.h"
#include "watch.h"

enum {
    RANK_REVISION_BYTES = 64,
    RANK_MACHINE_BYTES = 40,
};

/* Where and what a rank is. Two of the same `machine` share its cores and its clock; of the same
 * `network` the kernel's counters of it, too. */
struct rank_identity {
    uint64_t layout; /* of what is sent; with `revision` it is the program's version */
    char revision[RANK_REVISION_BYTES];
    char host[RANK_HOST_BYTES];
    char machine[RANK_MACHINE_BYTES]; /* the kernel's boot id */
    uint64_t network;                 /* its network namespace there */
    unsigned cores;                   /* of the machine */
    pid_t pid;
};

/* A rank's part of a run. Times are on its own clock or differences; -1: not available. */
struct rank_result {
    unsigned rank; /* from 1 */
    char host[RANK_HOST_BYTES];
    pid_t process; /* the measured one */
    unsigned concurrency;
    size_t requests, completed;
    nsec_t makespan;  /* from the agreed start */
    nsec_t start_lag; /* how much later than agreed it began */
    nsec_t latency_p50, latency_p99;
    int64_t cpu_ns;
    struct clock_offset clock; /* against rank 0's */
    nsec_t clock_drift;        /* of the offset, from before the run until after it */
};

struct rank_table {
    unsigned count;                                 /* of ranks that run parts */
    struct rank_identity identities[RANKS_MAX + 1]; /* by rank; the first is rank 0 */
    /* Of the run: results of the ranks that took part, and peaks of all of them. */
    unsigned results;
    struct rank_result result[RANKS_MAX]; /* by part */
    struct watch watch;
    unsigned cores;             /* of all machines on which there are such ranks */
    struct run_summary summary; /* where the page is without samples */
};

/* From the harness to rank 0. RANKS_MEET and RANKS_RUN bring a descriptor along: of the table, and
 * of the run's page. */
enum ranks_request {
    RANKS_MEET,
    RANKS_RUN,
    RANKS_CANCEL, /* the run under way: it ends as it is */
    RANKS_END,    /* all ranks are to end */
};

/* From rank 0: done, after RANKS_MEET and RANKS_RUN. */
enum { RANKS_DONE = 0x52 };

/* Who is this process? `layout` is MEASURE_LAYOUT's. */
void rank_identify(struct rank_identity *identity);

/* Do both run the same program? */
bool rank_is_same_version(const struct rank_identity *a, const struct rank_identity *b);

/* ---- a descriptor along with a byte, over a Unix socket ---- */

/* `fd` -1: none. Return 0, or -1 with errno; receiving the end of the connection sets EPIPE. */
int rank_send(int socket, unsigned char byte, int fd);
int rank_receive(int socket, unsigned char *byte, int *fd);

#endif
