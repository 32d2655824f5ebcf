/* Limits of this machine on a process, a user and the whole system, and the current usage. */
#ifndef WAITBENCH_MACHINE_LIMITS_H
#define WAITBENCH_MACHINE_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
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
    MACHINE_WATCHES,       /* fs.epoll.max_user_watches: of all epolls of a user */
    MACHINE_TCP_MEMORY,    /* net.ipv4.tcp_mem, the highest, in bytes */
    MACHINE_TRACKED,       /* net.netfilter.nf_conntrack_max; unlimited while none is tracked */
    MACHINE_LIMITS,
};

#define MACHINE_UNLIMITED INT64_MAX /* or unknown */

struct machine_limit_row {
    const char *name;  /* as in its manual */
    const char *raise; /* how to raise it, to "%lld" if it says so; NULL: it cannot be */
    const char *path;  /* where it is read from, if it is a file's only number */
    int resource;      /* or if it is the hard limit on one */
    bool is_bytes;
};
extern const struct machine_limit_row machine_limit_rows[MACHINE_LIMITS];

/* How to raise it to `wanted`. Returns `buffer`. */
char *machine_limit_raise(enum machine_limit limit, int64_t wanted, char *buffer, size_t size);

struct machine_limits {
    int64_t value[MACHINE_LIMITS];
    int64_t used[MACHINE_LIMITS]; /* current usage; 0 if unknown */
};

void machine_limits_read(struct machine_limits *limits);

/* Bytes available: the kernel's estimate, or less if a control group's limit is tighter; -1 if
 * unknown. Takes some 100 us. */
int64_t machine_memory_available(void);

#endif
