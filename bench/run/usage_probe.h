/* Reading resource usage around the timed region, in the process that is measured. */
#ifndef WAITBENCH_USAGE_PROBE_H
#define WAITBENCH_USAGE_PROBE_H

#include <sys/types.h>

#include "bench/base/cgroup.h"
#include "bench/base/family.h"
#include "usage.h"

/* What has to be open while counting. */
struct usage_probe {
    pid_t server;              /* 0: not ours to look at */
    int syscalls[2];           /* perf counters of client and server, or -1 */
    struct cgroup_quota quota; /* of CPU time, that both are under */
    struct usage base;         /* as it stood before setup */
    char why_no_syscalls[160]; /* "" where they are counted */
};

/* Before setup, in the process to be measured, and before it makes threads. Never fails: what
 * cannot be opened is not available. */
void usage_open(struct usage_probe *probe, pid_t server, bool with_syscalls);
void usage_close(struct usage_probe *probe);

/* Read everything as it stands, before a run and after it. Reading costs system calls and CPU time
 * itself, so that what counts these is read last before and first after. */
void usage_read_before(const struct usage_probe *probe, struct usage *usage);
void usage_read_after(const struct usage_probe *probe, struct usage *usage);

/* Turn two readings, around the run, into the run's ledger, in `after`. */
void usage_settle(const struct usage_probe *probe, const struct usage *before, struct usage *after);

/* Raise the client's peaks, in a ledger that was settled, to what was seen of its processes. */
void usage_raise(struct usage *usage, const struct family_size *seen);

#endif
