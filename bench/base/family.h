/* A process and its descendants: which they are, and how large they are together. Of the process
 * itself only children of the main thread count, where drivers create them, so that a process
 * without any costs one small file; of descendants all count. Source: /proc/PID/task/TID/children
 * (proc(5)).
 *
 * Zombies count. A process whose parent has died is no longer a descendant. */
#ifndef WAITBENCH_FAMILY_H
#define WAITBENCH_FAMILY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct family {
    pid_t *pids; /* all descendants, without the process itself */
    size_t count, room;
};

/* Find them. Returns 0, or -1 if the kernel cannot list them (CONFIG_PROC_CHILDREN); to be released
 * in either case. */
int family_find(struct family *family, pid_t pid);
void family_release(struct family *family);

/* Totals; -1 if unknown. */
struct family_size {
    int64_t processes, threads, vm_bytes;
    int64_t memory_bytes; /* resident: the sum of Pss */
};

/* Proportional set size ("Pss"): resident memory in which each shared page is divided among the
 * processes that share it, so that sums are correct; -1 if unknown. Costs 100 us, more for large
 * processes. */
int64_t family_memory(pid_t pid);

/* Resident memory without what comes from files and what processes share by intent; pages that a
 * fork has in common count for both. Costs a small file. 0 if unknown. */
int64_t family_private_bytes(pid_t pid);

/* Their current size. Of many children only a sample is read, and weighted. The memory of a process
 * without children is not read: the kernel records its peak. */
struct family_size family_sample(pid_t pid);

#endif
