/* Carry out runs: a server, a measured process, a record. */
#ifndef WAITBENCH_RUNNER_H
#define WAITBENCH_RUNNER_H

#include "run_record.h"

struct runner {
    const struct net_address *server; /* somebody's server; NULL starts one of ours per run */
    uint64_t seed;                    /* of the bounds asked for */
    nsec_t timeout;                   /* how much longer than expected a run may take */
    enum ledger_extent {
        LEDGER_OFF,  /* what costs nothing to read */
        LEDGER_ON,   /* the server's times too, and the first block counts system calls */
        LEDGER_FULL, /* every block counts them */
    } ledger;
    int64_t memory_floor_bytes; /* a run that leaves less available is ended; 0 does not look */
    bool counting;              /* system calls, now */
    int held_counter;           /* keeps the kernel tracing meanwhile, or -1 */
};

enum runner_result { RUNNER_DONE, RUNNER_INTERRUPTED, RUNNER_FAILED };

/* Between these, runs count their system calls: for a campaign's first block, since a count hardly
 * differs from run to run and counting makes threads twice as dear to create. The kernel takes some
 * 40 ms to stop tracing once nobody counts any more: held over many runs, that is paid once. */
void runner_count_syscalls(struct runner *runner);
void runner_count_no_more(struct runner *runner);

#define RUNNER_TIMEOUT_DEFAULT (30 * NSEC_PER_SEC)

/* Run `c` once. DONE: `record` is complete, whatever its verdict, and to be released. FAILED:
 * the run could not be made at all (no server, no process), `error` says why. */
enum runner_result runner_run(const struct runner *runner, const struct bench_case *c,
                              struct run_record *record, struct error *error);

#endif
