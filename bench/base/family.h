/* A process and those that it made: which they are, and how large they are together. Children are
 * those of the process's main thread, and from there on all: our drivers make them there, and a
 * process without any then costs one small file. Source: /proc/PID/task/TID/children (proc(5)).
 *
 * Who has ended and was not waited for is still there. A process whose parent has died belongs to
 * somebody else. */
#ifndef WAITBENCH_FAMILY_H
#define WAITBENCH_FAMILY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct family {
    pid_t *pids; /* children, theirs, and so on: not the process itself */
    size_t count, room;
};

/* Find them. Returns 0, or -1 where the kernel does not tell (CONFIG_PROC_CHILDREN); to be released
 * in either case. */
int family_find(struct family *family, pid_t pid);
void family_release(struct family *family);

/* All together; -1 where it was not seen. */
struct family_size {
    int64_t processes, threads, vm_bytes;
    int64_t memory_bytes; /* resident: the sum of Pss */
};

/* Resident memory in which pages that several processes share are shared out among them ("Pss"), so
 * that the sum over processes is what they use together; -1 where it is not told. Costs 100 us,
 * more for large processes. */
int64_t family_memory(pid_t pid);

/* How large are they now? Of many children only some are looked at, and stand for all. The memory
 * of a process without children is not: the kernel keeps its peak. */
struct family_size family_look(pid_t pid);

/* Raise each figure to what was seen. */
void family_raise(struct family_size *peak, const struct family_size *seen);

#endif
