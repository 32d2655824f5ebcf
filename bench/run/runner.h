/* Execute runs: a server, a measured process, a record. */
#ifndef WAITBENCH_RUNNER_H
#define WAITBENCH_RUNNER_H

#include "bench/plan/plan.h"
#include "ranks.h"
#include "run_record.h"

struct runner {
    struct run_settings settings;
    uint64_t seed;              /* of the requests' bounds */
    int64_t memory_floor_bytes; /* a run that leaves less available is stopped; 0: no limit */
    bool counting;              /* system calls are counted now */
    int held_counter;           /* keeps the kernel's tracing enabled, or -1 */
    struct ranks *ranks;        /* that execute the runs; NULL: a process of ours does */
};

/* A runner with these settings that counts no system calls yet. */
struct runner runner_make(const struct run_settings *settings);

enum runner_result { RUNNER_DONE, RUNNER_INTERRUPTED, RUNNER_FAILED };

/* Between these calls, runs of cases with USAGE_ON count their system calls: in a campaign's first
 * block only, because the counts hardly differ between runs, and counting doubles the cost of
 * creating threads. The kernel takes some 40 ms to disable tracing when the last counter is closed;
 * `held_counter` makes that happen only once. */
void runner_count_syscalls(struct runner *runner);
void runner_count_no_more(struct runner *runner);

/* Run `c` once. DONE: `record` is complete, whatever its quality, and to be released. FAILED: the
 * run could not be started (no server, no process); `error` has the cause. */
enum runner_result runner_run(const struct runner *runner, const struct bench_case *c,
                              struct run_record *record, struct error *error);

#endif
