#include "case.h"

#include <stdio.h>
#include <string.h>

static const char *const arrivals_names[ARRIVALS_COUNT] = {
    [ARRIVALS_CLOSED] = "closed",
    [ARRIVALS_BURST] = "burst",
};

const char *arrivals_name(enum arrivals arrivals)
{
    return arrivals_names[arrivals];
}

int arrivals_parse(const char *text, enum arrivals *out, struct error *error)
{
    /* The names of earlier versions. */
    static const char *const aliases[ARRIVALS_COUNT] = {
        [ARRIVALS_CLOSED] = "fixed", [ARRIVALS_BURST] = "gather"};
    for (int i = 0; i < ARRIVALS_COUNT; i++)
        if (!strcmp(arrivals_names[i], text) || !strcmp(aliases[i], text)) {
            *out = (enum arrivals)i;
            return 0;
        }
    return error_set(error,
                     "'%s' is not an arrival process: closed (so many requests, C at a time) or "
                     "burst (C requests at once)",
                     text);
}

const char *control_name(enum control control)
{
    static const char *const names[CONTROL_COUNT] = {"", "same", "no-usage", "slower"};
    return names[control];
}

char *case_label(const struct bench_case *c, char *buffer)
{
    int used = snprintf(buffer, CASE_LABEL_BYTES, "%s %s %u, backlog %d%s", c->driver->name,
                        arrivals_name(c->arrivals), c->concurrency, c->backlog,
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

nsec_t ideal_makespan(size_t requests, unsigned concurrency, unsigned pipeline, nsec_t delay)
{
    size_t group = pipeline > 1 ? pipeline : 1, round = concurrency * group;
    size_t rest = requests % round;
    return (nsec_t)(requests / round * group + (rest < group ? rest : group)) * delay;
}

nsec_t case_expected(const struct bench_case *c)
{
    nsec_t ideal = ideal_makespan(c->requests, c->concurrency, c->pipeline, c->delay);
    /* A time box stops new requests; those in flight still finish. */
    nsec_t last = ideal_makespan(case_in_flight(c), c->concurrency, c->pipeline, c->delay);
    return c->time_box && c->time_box < ideal ? c->time_box + last : ideal;
}
