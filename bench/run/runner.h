/* Carry out runs: a server, a measured process, a record. */
#ifndef WAITBENCH_RUNNER_H
#define WAITBENCH_RUNNER_H

#include "bench/plan/run_settings.h"
#include "run_record.h"

struct runner {
    struct run_settings settings;
    uint64_t seed;              /* of the bounds asked for */
    int64_t memory_floor_bytes; /* a run that leaves less available is ended; 0 does not look */
    bool counting;              /* system calls, now */
    int held_counter;           /* keeps the kernel tracing meanwhile, or -1 */
};

/* A runner with these settings that counts no system calls yet. */
struct runner runner_make(const struct run_settings *settings);

enum runner_result { RUNNER_DONE, RUNNER_INTERRUPTED, RUNNER_FAILED };

/* Between these, runs count their system calls: for a campaign's first block, since a count hardly
 * differs from run to run and counting makes threads twice as dear to create. The kernel takes some
 * 40 ms to stop tracing once nobody counts any more: held over many runs, that is paid once. */
void runner_count_syscalls(struct runner *runner);
void runner_count_no_more(struct runner *runner);

/* Run `c` once. DONE: `record` is complete, whatever its quality, and to be released. FAILED:
 * the run could not be made at all (no server, no process), `error` says why. */
enum runner_result runner_run(const struct runner *runner, const struct bench_case *c,
                              struct run_record *record, struct error *error);

#endif
