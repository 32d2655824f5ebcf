#include "ledger.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/clock.h"

static const struct {
    const char *name, *explain;
    const char *netstat; /* the counter's name in /proc/net/netstat, of this network namespace */
} metrics[LEDGER_METRICS] = {
    [LEDGER_USER_NS] = {"user_ns", "CPU time in user mode", NULL},
    [LEDGER_SYSTEM_NS] = {"system_ns", "CPU time in the kernel", NULL},
    [LEDGER_VOLUNTARY_SWITCHES] = {"voluntary_switches", "context switches to wait", NULL},
    [LEDGER_INVOLUNTARY_SWITCHES] = {"involuntary_switches", "context switches by force", NULL},
    [LEDGER_MINOR_FAULTS] = {"minor_faults", "page faults without I/O", NULL},
    [LEDGER_MAJOR_FAULTS] = {"major_faults", "page faults with I/O", NULL},
    [LEDGER_SYN_RETRANSMITS] = {"syn_retransmits", "SYNs sent again after a second or more",
                                "TCPSynRetrans"},
    [LEDGER_LISTEN_OVERFLOWS] = {"listen_overflows", "arrivals at a full accept queue",
                                 "ListenOverflows"},
    [LEDGER_LISTEN_DROPS] = {"listen_drops", "SYNs dropped by a listening socket", "ListenDrops"},
};

const char *ledger_name(enum ledger_metric metric)
{
    return metrics[metric].name;
}

const char *ledger_explain(enum ledger_metric metric)
{
    return metrics[metric].explain;
}

static int64_t timeval_ns(struct timeval t)
{
    return (int64_t)t.tv_sec * NSEC_PER_SEC + (int64_t)t.tv_usec * NSEC_PER_USEC;
}

static void read_usage(struct ledger *ledger)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        return;
    ledger->value[LEDGER_USER_NS] = timeval_ns(usage.ru_utime);
    ledger->value[LEDGER_SYSTEM_NS] = timeval_ns(usage.ru_stime);
    ledger->value[LEDGER_VOLUNTARY_SWITCHES] = usage.ru_nvcsw;
    ledger->value[LEDGER_INVOLUNTARY_SWITCHES] = usage.ru_nivcsw;
    ledger->value[LEDGER_MINOR_FAULTS] = usage.ru_minflt;
    ledger->value[LEDGER_MAJOR_FAULTS] = usage.ru_majflt;
}

static void take_counter(struct ledger *ledger, const char *name, const char *value)
{
    for (int i = 0; i < LEDGER_METRICS; i++)
        if (metrics[i].netstat && !strcmp(metrics[i].netstat, name))
            ledger->value[i] = strtoll(value, NULL, 10);
}

/* The file is pairs of lines, names and then values, each pair behind a prefix: proc(5). */
static void read_netstat(struct ledger *ledger)
{
    char text[16384];
    int fd = open("/proc/net/netstat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t size = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (size <= 0)
        return;
    text[size] = '\0';
    char *lines = text, *names, *values;
    while ((names = strsep(&lines, "\n")) && (values = strsep(&lines, "\n"))) {
        char *name, *value;
        while ((name = strsep(&names, " ")) && (value = strsep(&values, " ")))
            take_counter(ledger, name, value);
    }
}

void ledger_clear(struct ledger *ledger)
{
    for (int i = 0; i < LEDGER_METRICS; i++)
        ledger->value[i] = LEDGER_NOT_AVAILABLE;
}

void ledger_read(struct ledger *ledger)
{
    ledger_clear(ledger);
    read_usage(ledger);
    read_netstat(ledger);
}

void ledger_subtract(struct ledger *after, const struct ledger *before)
{
    for (int i = 0; i < LEDGER_METRICS; i++)
        if (after->value[i] != LEDGER_NOT_AVAILABLE && before->value[i] != LEDGER_NOT_AVAILABLE)
            after->value[i] -= before->value[i];
        else
            after->value[i] = LEDGER_NOT_AVAILABLE;
}
