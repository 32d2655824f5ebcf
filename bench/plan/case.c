#include "case.h"

#include <string.h>

#include "engine/schedule.h"
#include "workloads/workloads.h"

const struct option_word arrivals_words[] = {[ARRIVALS_CLOSED] = {"closed", "fixed"},
                                             [ARRIVALS_BURST] = {"burst", "gather"},
                                             [ARRIVALS_CONSTANT] = {"constant", NULL},
                                             [ARRIVALS_POISSON] = {"poisson", NULL},
                                             {0}};

const struct option_word control_words[] = {[CONTROL_NONE] = {"", NULL},
                                            [CONTROL_SAME] = {"same", NULL},
                                            [CONTROL_NO_USAGE] = {"no-usage", "no-ledger"},
                                            [CONTROL_SLOWER] = {"slower", NULL},
                                            {0}};

int case_fits(const struct driver *driver, const struct workload *workload, enum arrivals arrivals,
              struct error *why)
{
    if (driver->traits & DRIVER_PROGRAM && workload->by_url)
        return error_set(why,
                         "%s is another program, whose protocol has no URL: the drivers of "
                         "waitbench's own take --url",
                         driver->name);
    if (driver->traits & DRIVER_PROGRAM && !workload->framing)
        return error_set(why,
                         "%s is another program, whose protocol has the workloads randint and "
                         "http alone, not %s",
                         driver->name, workload->name);
    return arrivals_are_open(arrivals) ? driver_schedules(driver, why) : 0;
}

bool arrivals_are_open(enum arrivals arrivals)
{
    return arrivals == ARRIVALS_CONSTANT || arrivals == ARRIVALS_POISSON;
}

void arrivals_schedule(enum arrivals arrivals, double rate, uint64_t seed, nsec_t *starts, size_t n)
{
    if (arrivals == ARRIVALS_CONSTANT)
        schedule_constant(starts, n, rate);
    else if (arrivals == ARRIVALS_POISSON)
        schedule_poisson(starts, n, rate, seed);
}

bool case_is_open(const struct bench_case *c)
{
    return arrivals_are_open(c->arrivals);
}

bool case_is_local(const struct bench_case *c)
{
    return c->driver->traits & DRIVER_OFFLINE || c->workload->local;
}

bool case_has_url(const struct bench_case *c)
{
    return c->url;
}

bool case_is_work(const struct bench_case *c)
{
    return c->workload->local && c->workload->work;
}

bool case_has_backlog(const struct bench_case *c)
{
    return !case_is_work(c) && !case_has_url(c);
}

bool case_is_reference(const struct bench_case *c)
{
    return c->driver->traits & DRIVER_OFFLINE;
}

bool case_is_serial(const struct bench_case *c)
{
    return c->driver->traits & DRIVER_SERIAL && !case_is_reference(c);
}

/* A driver that this build does not know is what its one request in flight makes it. */
bool case_is_alone(const struct bench_case *c)
{
    return c->driver->setup ? c->driver->traits & DRIVER_SERIAL : c->concurrency == 1;
}

bool case_is_summed_up(const struct bench_case *c)
{
    const unsigned unfit =
        DRIVER_OFFLINE | DRIVER_THREADS | DRIVER_PROCESSES | DRIVER_PROGRAM | DRIVER_PARALLEL;
    return c->requests > CASE_SAMPLES_MAX && !(c->driver->traits & unfit) && !case_is_open(c) &&
           c->pipeline <= 1 && !c->workload->work;
}

unsigned case_slots_of_part(const struct bench_case *c)
{
    size_t of_rank = share_count(c->concurrency, 0, c->ranks > 1 ? c->ranks : 1);
    return (unsigned)share_count(of_rank, 0, c->parts > 1 ? c->parts : 1);
}

size_t case_in_flight(const struct bench_case *c)
{
    return (size_t)c->concurrency * (c->pipeline > 1 ? c->pipeline : 1);
}

nsec_t ideal_makespan(size_t requests, unsigned concurrency, unsigned pipeline, nsec_t delay)
{
    size_t group = pipeline > 1 ? pipeline : 1, round = concurrency * group;
    size_t rest = requests % round;
    nsec_t delays = (nsec_t)(requests / round * group + (rest < group ? rest : group)), makespan;
    return __builtin_mul_overflow(delays, delay, &makespan) ? INT64_MAX : makespan;
}

nsec_t case_ideal(const struct bench_case *c, size_t completed)
{
    if (case_is_open(c))
        return 0;
    return ideal_makespan(workload_server_requests(c->workload, completed), c->concurrency,
                          c->pipeline, c->delay);
}

const char *case_model(const struct bench_case *c)
{
    if (case_has_url(c))
        return c->url;
    return c->server_model ? c->server_model : CASE_USUAL_SERVER;
}

bool case_has_usual_model(const struct bench_case *c)
{
    return case_is_local(c) || case_has_url(c) || !strcmp(case_model(c), CASE_USUAL_SERVER);
}

bool case_has_usual_server(const struct bench_case *c)
{
    return !c->work && !case_has_url(c) && case_has_usual_model(c);
}

nsec_t case_offered(const struct bench_case *c)
{
    double seconds = case_is_open(c) ? (double)c->requests / c->rate : 0;
    return seconds < 1e9 ? (nsec_t)(seconds * (double)NSEC_PER_SEC) : INT64_MAX;
}

nsec_t case_longest(const struct bench_case *c, unsigned at_once)
{
    nsec_t expected = case_expected(c), all;
    nsec_t rounds = (nsec_t)(at_once ? (c->requests + at_once - 1) / at_once : c->requests);
    if (__builtin_mul_overflow(rounds, at_once ? clock_add(c->delay, c->work) : c->work, &all))
        return INT64_MAX;
    if (!at_once)
        all = clock_add(all, c->delay);
    return all > expected ? all : expected;
}

nsec_t case_expected(const struct bench_case *c)
{
    nsec_t ideal = ideal_makespan(c->requests, c->concurrency, c->pipeline, c->delay);
    nsec_t offered = case_offered(c);
    if (offered > ideal)
        return clock_add(offered, c->delay);
    /* A time box stops new requests; those in flight still finish. */
    nsec_t last = ideal_makespan(case_in_flight(c), c->concurrency, c->pipeline, c->delay);
    return c->time_box && c->time_box < ideal ? clock_add(c->time_box, last) : ideal;
}
