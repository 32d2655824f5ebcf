/* Which limit was it? From what went wrong, and from what the machine allows: the limit's name as
 * its manual has it, its value now, and how to raise it. */
#ifndef WAITBENCH_LIMIT_NAME_H
#define WAITBENCH_LIMIT_NAME_H

#include "bench/plan/case.h"
#include "bench/base/machine_limits.h"

/* What went wrong. Zeroes where nothing is known. */
struct limit_event {
    const struct bench_case *c;
    int errnum;          /* of the first failure, or 0 */
    bool driver_failed;  /* the driver itself could not go on, in setup mostly */
    bool no_worker;      /* a thread or process could not be made */
    bool killed;         /* SIGKILL, and not ours */
    bool server_refused; /* the server closed connections for want of descriptors or memory */
    /* Where nothing failed and it was too slow: */
    bool slow;
    int64_t syns_retransmitted;              /* or negative */
    nsec_t overhead, client_cpu, server_cpu; /* beyond the thinking; or negative */
};

enum { LIMIT_NAME_BYTES = 48, LIMIT_ADVICE_BYTES = 200 };

struct limit_named {
    char name[LIMIT_NAME_BYTES];     /* "RLIMIT_NOFILE"; "" where none is known to explain it */
    int64_t value;                   /* -1: it has none */
    unsigned allows;                 /* the largest C as things stand; 0: not known */
    bool exact;                      /* and not one more */
    char advice[LIMIT_ADVICE_BYTES]; /* what to do, or "" */
};

void limit_name(const struct limit_event *event, const struct machine_limits *machine,
                struct limit_named *out);

/* "RLIMIT_NOFILE 20000", "memory.max 2.0 GiB", "" for none. Returns `buffer`. */
enum { LIMIT_TEXT_BYTES = LIMIT_NAME_BYTES + 32 };
char *limit_text(const char *name, int64_t value, char *buffer);

#endif
