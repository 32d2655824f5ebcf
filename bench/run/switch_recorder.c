#include "switch_recorder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "lib/error.h"
#include "perf_event.h"

/* Only events of a single CPU can have a ring and be inherited by threads. */
struct switch_cpu {
    int fd;
    struct perf_event_mmap_page *control; /* which the ring follows */
};

static size_t mapped_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE) + SWITCHES_RING_BYTES;
}

static int open_event(int cpu)
{
    struct perf_event_attr attributes = {
        .type = PERF_TYPE_SOFTWARE,
        .config = PERF_COUNT_SW_DUMMY,
        .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
        .read_format = PERF_FORMAT_LOST,
        .disabled = 1,
        .inherit = 1,
        .exclude_kernel = 1, /* without it, ordinary users are refused */
        .exclude_hv = 1,
        .sample_id_all = 1,
        .context_switch = 1,
        .task = 1, /* the end of a thread, which is no switch */
        .use_clockid = 1,
        .clockid = CLOCK_MONOTONIC,
    };
    return perf_event_make(&attributes, 0, cpu);
}

static void explain(char *why, size_t size)
{
    if (errno == EINVAL)
        snprintf(why, size, "this kernel has no count of lost records: it takes Linux 6.0");
    else
        perf_event_explain(2, why, size);
}

/* Returns 0, or -1 with errno. */
static int open_cpu(struct switch_cpu *cpu, int number)
{
    cpu->fd = open_event(number);
    if (cpu->fd < 0)
        return -1;
    cpu->control = mmap(NULL, mapped_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, cpu->fd, 0);
    if (cpu->control != MAP_FAILED)
        return 0;
    int errnum = errno;
    close(cpu->fd);
    errno = errnum;
    return -1;
}

void switch_recorder_open(struct switch_recorder *recorder, char *why, size_t size)
{
    long n = sysconf(_SC_NPROCESSORS_CONF);
    *recorder = (struct switch_recorder){.cpus = xcalloc((size_t)n, sizeof(*recorder->cpus))};
    why[0] = '\0';
    for (int i = 0; i < n; i++) {
        if (open_cpu(&recorder->cpus[recorder->count], i) == 0) {
            recorder->count++;
        } else if (errno != ENODEV) { /* that CPU is offline */
            explain(why, size);
            switch_recorder_close(recorder);
            return;
        }
    }
}

void switch_recorder_close(struct switch_recorder *recorder)
{
    for (unsigned i = 0; i < recorder->count; i++) {
        munmap(recorder->cpus[i].control, mapped_bytes());
        close(recorder->cpus[i].fd);
    }
    free(recorder->cpus);
    *recorder = (struct switch_recorder){0};
}

void switch_recorder_start(const struct switch_recorder *recorder)
{
    for (unsigned i = 0; i < recorder->count; i++)
        ioctl(recorder->cpus[i].fd, PERF_EVENT_IOC_ENABLE, 0);
}

void switch_recorder_stop(const struct switch_recorder *recorder)
{
    for (unsigned i = 0; i < recorder->count; i++)
        ioctl(recorder->cpus[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

static struct switch_ring ring_of(const struct switch_cpu *cpu)
{
    struct {
        uint64_t value, lost;
    } counted = {0};
    if (read(cpu->fd, &counted, sizeof(counted)) != sizeof(counted))
        counted.lost = 0;
    return (struct switch_ring){
        .data = (const unsigned char *)cpu->control + sysconf(_SC_PAGESIZE),
        .size = SWITCHES_RING_BYTES,
        .head = __atomic_load_n(&cpu->control->data_head, __ATOMIC_ACQUIRE),
        .lost = counted.lost,
    };
}

size_t switch_recorder_read(const struct switch_recorder *recorder, nsec_t from, nsec_t until,
                            struct switch_event *events, size_t max, uint64_t *lost)
{
    struct switch_ring *rings = xcalloc(recorder->count, sizeof(*rings));
    for (unsigned i = 0; i < recorder->count; i++)
        rings[i] = ring_of(&recorder->cpus[i]);
    size_t count = switch_rings_merge(rings, recorder->count, from, until, events, max, lost);
    for (size_t i = 0; i < count; i++)
        events[i].at -= from;
    free(rings);
    return count;
}
