#include "case.h"

#include <stdio.h>
#include <string.h>

const struct option_word arrivals_words[] = {
    [ARRIVALS_CLOSED] = {"closed", "fixed"}, [ARRIVALS_BURST] = {"burst", "gather"}, {0}};

const char *arrivals_name(enum arrivals arrivals)
{
    return arrivals_words[arrivals].name;
}

const struct option_word control_words[] = {[CONTROL_NONE] = {"", NULL},
                                            [CONTROL_SAME] = {"same", NULL},
                                            [CONTROL_NO_USAGE] = {"no-usage", "no-ledger"},
                                            {0}};

const char *control_name(enum control control)
{
    return control == CONTROL_SLOWER ? "slower" : control_words[control].name;
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
