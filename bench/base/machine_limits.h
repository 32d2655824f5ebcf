/* Limits of this machine on a process, a user and the whole system, and the current usage. */
#ifndef WAITBENCH_MACHINE_LIMITS_H
#define WAITBENCH_MACHINE_LIMITS_H

#include <stdint.h>

enum machine_limit {
    MACHINE_DESCRIPTORS,   /* RLIMIT_NOFILE, hard: per process */
    MACHINE_OPEN_FILES,    /* fs.file-max: system-wide */
    MACHINE_PROCESSES,     /* RLIMIT_NPROC, hard: tasks of a user, not of root */
    MACHINE_THREADS,       /* kernel.threads-max: tasks, system-wide */
    MACHINE_PIDS,          /* kernel.pid_max: tasks, system-wide, some reserved */
    MACHINE_CGROUP_PIDS,   /* pids.max */
    MACHINE_MAPS,          /* vm.max_map_count: per process */
    MACHINE_MEMLOCK,       /* RLIMIT_MEMLOCK, in bytes */
    MACHINE_MEMORY,        /* in bytes; used: total less available */
    MACHINE_CGROUP_MEMORY, /* memory.max, in bytes */
    MACHINE_PORTS,         /* net.ipv4.ip_local_port_range */
    MACHINE_SOMAXCONN,     /* net.core.somaxconn */
    MACHINE_LIMITS,
};

#define MACHINE_UNLIMITED INT64_MAX /* or unknown */

struct machine_limits {
    int64_t value[MACHINE_LIMITS];
    int64_t used[MACHINE_LIMITS]; /* current usage; 0 if unknown */
};

void machine_limits_read(struct machine_limits *limits);

/* Bytes available: the kernel's estimate, or less if a control group's limit is tighter; -1 if
 * unknown. Takes some 100 us. */
int64_t machine_memory_available(void);

/* The last of one or two integers in a small file, and in `first` (may be NULL) the first; -1 if it
 * cannot be read. */
int64_t machine_read_integer(const char *path, int64_t *first);

#endif
