#include "case.h"

#include <stdio.h>
#include <string.h>

static const char *const shape_names[SHAPE_COUNT] = {
    [SHAPE_FIXED] = "fixed",
    [SHAPE_GATHER] = "gather",
};

const char *shape_name(enum shape shape)
{
    return shape_names[shape];
}

int shape_parse(const char *text, enum shape *out, struct error *error)
{
    for (int i = 0; i < SHAPE_COUNT; i++)
        if (!strcmp(shape_names[i], text)) {
            *out = (enum shape)i;
            return 0;
        }
    return error_set(error,
                     "'%s' is not a shape: fixed (so many requests, C at a time) or "
                     "gather (C requests at once)",
                     text);
}

const char *control_name(enum control control)
{
    static const char *const names[CONTROL_COUNT] = {"", "same", "no-ledger", "slower"};
    return names[control];
}

char *case_label(const struct bench_case *c, char *buffer)
{
    int used = snprintf(buffer, CASE_LABEL_BYTES, "%s %s %u, backlog %d%s", c->driver->name,
                        shape_name(c->shape), c->concurrency, c->backlog,
                        c->keep_alive ? ", kept alive" : "");
    if (c->pipeline > 1 && used < CASE_LABEL_BYTES)
        snprintf(buffer + used, CASE_LABEL_BYTES - (size_t)used, ", pipeline %u", c->pipeline);
    return buffer;
}

int case_fits(const struct driver *driver, const struct workload *workload, struct error *why)
{
    if (!(driver->traits & DRIVER_PROGRAM) || workload->framing)
        return 0;
    return error_set(
        why, "%s is another program, which can be told of randint and http alone, not of %s",
        driver->name, workload->name);
}

bool case_is_local(const struct bench_case *c)
{
    return c->driver->traits & DRIVER_OFFLINE || c->workload->local;
}

size_t case_in_flight(const struct bench_case *c)
{
    return (size_t)c->concurrency * (c->pipeline > 1 ? c->pipeline : 1);
}

nsec_t ideal_makespan(size_t requests, unsigned concurrency, unsigned pipeline, nsec_t think)
{
    size_t group = pipeline > 1 ? pipeline : 1, round = concurrency * group;
    size_t rest = requests % round;
    return (nsec_t)(requests / round * group + (rest < group ? rest : group)) * think;
}

nsec_t case_expected(const struct bench_case *c)
{
    nsec_t ideal = ideal_makespan(c->requests, c->concurrency, c->pipeline, c->think);
    /* A time box stops new requests; those in flight still finish. */
    nsec_t last = ideal_makespan(case_in_flight(c), c->concurrency, c->pipeline, c->think);
    return c->time_box && c->time_box < ideal ? c->time_box + last : ideal;
}
