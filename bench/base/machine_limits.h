/* What this machine lets a process, a user and everybody have, and how much of it is taken. */
#ifndef WAITBENCH_MACHINE_LIMITS_H
#define WAITBENCH_MACHINE_LIMITS_H

#include <stdint.h>

enum machine_limit {
    MACHINE_DESCRIPTORS,   /* RLIMIT_NOFILE, hard: of a process */
    MACHINE_OPEN_FILES,    /* fs.file-max: of everybody */
    MACHINE_PROCESSES,     /* RLIMIT_NPROC, hard: tasks of a user; root has no such limit */
    MACHINE_THREADS,       /* kernel.threads-max: tasks of everybody */
    MACHINE_PIDS,          /* kernel.pid_max: tasks of everybody, less those kept for the system */
    MACHINE_CGROUP_PIDS,   /* pids.max */
    MACHINE_MAPS,          /* vm.max_map_count: of a process */
    MACHINE_MEMLOCK,       /* RLIMIT_MEMLOCK, in bytes */
    MACHINE_MEMORY,        /* in bytes; used is what is not available */
    MACHINE_CGROUP_MEMORY, /* memory.max, in bytes */
    MACHINE_PORTS,         /* net.ipv4.ip_local_port_range */
    MACHINE_SOMAXCONN,     /* net.core.somaxconn */
    MACHINE_LIMITS,
};

#define MACHINE_UNLIMITED INT64_MAX /* or not to be seen */

struct machine_limits {
    int64_t value[MACHINE_LIMITS];
    int64_t used[MACHINE_LIMITS]; /* by everybody that it counts, now; 0 where nobody says */
};

void machine_limits_read(struct machine_limits *limits);

/* Bytes that can still be had: what the kernel thinks is available, or less where a control group
 * is the tighter bound; -1 where nobody says. Some 100 us. */
int64_t machine_memory_available(void);

/* The last of one or two integers in a small file, and in `first` (may be NULL) the first; -1 where
 * it cannot be read. */
int64_t machine_read_integer(const char *path, int64_t *first);

#endif
