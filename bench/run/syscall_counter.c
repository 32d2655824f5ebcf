#include "syscall_counter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "usage.h"

#define TRACEPOINT_ID "events/raw_syscalls/sys_enter/id"

static int64_t read_id(int folder)
{
    char text[32] = "";
    int fd = openat(folder, TRACEPOINT_ID, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    return size > 0 ? strtoll(text, NULL, 10) : -1;
}

/* If tracefs is not mounted, use a detached mount: it is invisible to other processes, and closing
 * its descriptor unmounts it. */
static int open_tracefs(void)
{
    int context = fsopen("tracefs", FSOPEN_CLOEXEC);
    if (context < 0)
        return -1;
    int folder = -1;
    if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
        folder = fsmount(context, FSMOUNT_CLOEXEC, 0);
    close(context);
    return folder;
}

static int64_t tracepoint_id(void)
{
    static const char *const places[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    int64_t id = -1;
    for (size_t i = 0; i <= sizeof(places) / sizeof(places[0]) && id < 0; i++) {
        int folder = i < sizeof(places) / sizeof(places[0])
                         ? open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC)
                         : open_tracefs();
        if (folder < 0)
            continue;
        id = read_id(folder);
        close(folder);
    }
    return id;
}

static int tracepoint_open(pid_t pid, int64_t id, bool counting)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_TRACEPOINT,
        .size = sizeof(attributes),
        .config = (uint64_t)id,
        .inherit = counting,
        .disabled = !counting,
    };
    return (int)syscall(SYS_perf_event_open, &attributes, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

int syscall_counter_open(pid_t pid, char *why, size_t size)
{
    int64_t id = tracepoint_id();
    if (id < 0) {
        snprintf(why, size,
                 "tracefs is not mounted or not readable: run as root, or 'mount -t tracefs "
                 "tracefs /sys/kernel/tracing'");
        return -1;
    }
    int fd = tracepoint_open(pid, id, true);
    if (fd < 0)
        snprintf(why, size,
                 "perf_event_open: %s; run as root, or 'sysctl -w kernel.perf_event_paranoid=-1'",
                 strerror(errno));
    return fd;
}

int syscall_counter_hold(void)
{
    int64_t id = tracepoint_id();
    return id < 0 ? -1 : tracepoint_open(0, id, false);
}

int64_t syscall_counter_read(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof(count)) != sizeof(count))
        return USAGE_NOT_AVAILABLE;
    return (int64_t)count;
}
