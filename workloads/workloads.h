/* The table of workloads. */
#ifndef WAITBENCH_WORKLOADS_H
#define WAITBENCH_WORKLOADS_H

#include "engine/workload.h"

/* In the order in which they are listed. */
#define WORKLOADS(WORKLOAD)                                                                        \
    WORKLOAD(randint)                                                                              \
    WORKLOAD(http)                                                                                 \
    WORKLOAD(url)                                                                                  \
    WORKLOAD(split)                                                                                \
    WORKLOAD(split_nodelay)                                                                        \
    WORKLOAD(slow)                                                                                 \
    WORKLOAD(pause)                                                                                \
    WORKLOAD(close_first)                                                                          \
    WORKLOAD(few_ports)                                                                            \
    WORKLOAD(few_ports_close_first)                                                                \
    WORKLOAD(few_ports_4_addresses)                                                                \
    WORKLOAD(few_descriptors)                                                                      \
    WORKLOAD(idle)                                                                                 \
    WORKLOAD(nap)                                                                                  \
    WORKLOAD(count)                                                                                \
    WORKLOAD(count_yielding)                                                                       \
    WORKLOAD(fib)                                                                                  \
    WORKLOAD(messages_insert)                                                                      \
    WORKLOAD(messages_insert_rollback)                                                             \
    WORKLOAD(messages_all)                                                                         \
    WORKLOAD(messages_rows)                                                                        \
    WORKLOAD(messages_beside)                                                                      \
    WORKLOAD(nanosleep)                                                                            \
    WORKLOAD(epoll_timeout)                                                                        \
    WORKLOAD(timerfd)

#define WORKLOAD_DECLARE(id) extern const struct workload workload_##id;
WORKLOADS(WORKLOAD_DECLARE)

/* NULL-terminated. */
extern const struct workload *const workloads[];

/* NULL if there is none of that name. */
const struct workload *workload_find(const char *name);

/* How many of `requests` are sent to the server; the others are jobs. */
size_t workload_server_requests(const struct workload *workload, size_t requests);

#endif
