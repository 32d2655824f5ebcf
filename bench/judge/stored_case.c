#include "stored_case.h"

#include <string.h>

#include "workloads/workloads.h"

bool stored_case_is_work(const struct stored_case *c)
{
    const struct workload *workload = workload_find(c->workload);
    return workload && workload->local && workload->work;
}

nsec_t stored_case_ideal(const struct stored_case *c, size_t completed)
{
    const struct workload *workload = workload_find(c->workload);
    size_t requested = workload ? workload_server_requests(workload, completed) : completed;
    return ideal_makespan(requested, c->concurrency, c->pipeline, c->delay);
}

/* A driver that this build does not know is what its one request in flight makes it. */
bool stored_case_is_alone(const struct stored_case *c)
{
    const struct driver *driver = driver_find(c->driver);
    return driver ? driver->traits & DRIVER_SERIAL : c->concurrency == 1;
}

bool stored_case_is_reference(const struct stored_case *c)
{
    const struct driver *driver = driver_find(c->driver);
    return driver && driver->traits & DRIVER_OFFLINE;
}

bool stored_case_is_serial(const struct stored_case *c)
{
    const struct driver *driver = driver_find(c->driver);
    return driver && driver->traits & DRIVER_SERIAL && !stored_case_is_reference(c);
}

bool stored_case_same_requests(const struct stored_case *a, const struct stored_case *b)
{
    return !strcmp(a->arrivals, b->arrivals) && !strcmp(a->workload, b->workload) &&
           a->keep_alive == b->keep_alive && a->pipeline == b->pipeline && a->delay == b->delay;
}

bool stored_case_same_group(const struct stored_case *a, const struct stored_case *b)
{
    return stored_case_same_requests(a, b) && a->backlog == b->backlog;
}
