#include "perf_event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int perf_event_make(struct perf_event_attr *attributes, pid_t pid, int cpu)
{
    attributes->size = sizeof(*attributes);
    return (int)syscall(SYS_perf_event_open, attributes, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

void perf_event_explain(int level, char *why, size_t size)
{
    snprintf(why, size,
             "perf_event_open: %s; run as root, or 'sysctl -w kernel.perf_event_paranoid=%d'",
             strerror(errno), level);
}
