/* Recording when the kernel switches the threads of this process, and of its children, to a CPU and
 * away from it. Every switch then takes the kernel longer: runs that are recorded are compared with
 * such runs only. */
#ifndef WAITBENCH_SWITCH_RECORDER_H
#define WAITBENCH_SWITCH_RECORDER_H

#include "switch_ring.h"

enum {
    /* Of a run; what comes after them is counted only. */
    SWITCHES_MAX = 65536,
    /* A power of two. With its page of control it is what kernel.perf_event_mlock_kb usually lets
       anybody have for each CPU, and has room for about 16,000 switches. */
    SWITCHES_RING_BYTES = 512 * 1024,
};

struct switch_recorder {
    struct switch_cpu *cpus;
    unsigned count; /* 0: nothing is recorded */
};

/* Call before threads are created. Where it is not permitted, or not possible, nothing is recorded,
 * and `why` says so; else that is "". */
void switch_recorder_open(struct switch_recorder *recorder, char *why, size_t size);
void switch_recorder_close(struct switch_recorder *recorder);

/* Around the run. */
void switch_recorder_start(const struct switch_recorder *recorder);
void switch_recorder_stop(const struct switch_recorder *recorder);

/* Once it has been stopped: what switch_rings_merge() makes of it, times being since `from`. */
size_t switch_recorder_read(const struct switch_recorder *recorder, nsec_t from, nsec_t until,
                            struct switch_event *events, size_t max, uint64_t *lost);

#endif
