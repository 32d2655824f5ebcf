#include "plan.h"

#include <math.h>
#include <stdlib.h>

#include "lib/rng.h"
#include "lib/terminal.h"

static void plan_add(struct plan *plan, const struct bench_case *c)
{
    plan->cases = xrealloc(plan->cases, plan->case_count + 1, sizeof(*plan->cases));
    plan->cases[plan->case_count++] = *c;
}

static bool is_concurrent(const struct driver *driver)
{
    return !(driver->traits & DRIVER_SERIAL);
}

static unsigned most_requested(const struct plan_request *request)
{
    unsigned most = 0;
    for (size_t i = 0; i < request->concurrency_count; i++)
        if (request->concurrencies[i] > most)
            most = request->concurrencies[i];
    return most;
}

static void plan_add_serial(struct plan *plan, const struct plan_request *request,
                            struct bench_case c)
{
    c.concurrency = c.parts = 1;
    c.backlog = request->backlogs[0];
    if (c.driver->traits & DRIVER_OFFLINE)
        c.delay = 0; /* no server, no delay: its ideal is 0 */
    else if (!c.workload->local)
        c.time_box = request->base.time_box;
    plan_add(plan, &c);
}

/* Drivers that are one at a time, at the head of what they are held against. */
static void plan_add_serials(struct plan *plan, const struct plan_request *request,
                             struct bench_case c)
{
    c.requests = c.arrivals == ARRIVALS_BURST ? most_requested(request) : request->base.requests;
    for (size_t d = 0; d < request->driver_count; d++) {
        c.driver = request->drivers[d];
        if (!is_concurrent(c.driver))
            plan_add_serial(plan, request, c);
    }
}

static bool arrivals_listed(const struct arrivals_list *list, enum arrivals arrivals)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == arrivals)
            return true;
    return list->count == 0;
}

/* `most` 0: there is no limit. */
static bool is_above(unsigned concurrency, unsigned most)
{
    return most && concurrency > most;
}

/* A worker serves a kept connection until it is closed, and others wait. */
static bool is_held(const struct bench_case *c, const struct plan_server *server)
{
    return c->keep_alive && is_above(c->concurrency, server->limits.at_once);
}

static bool is_too_long(const struct bench_case *c, const struct plan_server *server,
                        const struct plan_exclusions *exclusions)
{
    unsigned at_once = server->limits.at_once && server->limits.at_once < c->concurrency
                           ? server->limits.at_once
                           : c->concurrency;
    return exclusions->longest &&
           ideal_makespan(c->requests, at_once, 1, clock_add(c->delay, c->work)) >
               exclusions->longest;
}

/* With open arrivals, as many as the rate says for the duration. */
static size_t requests_of(const struct plan_request *request, const struct bench_case *c)
{
    if (c->arrivals == ARRIVALS_BURST)
        return case_in_flight(c);
    if (!case_is_open(c) || !request->duration)
        return request->base.requests;
    return (size_t)ceil(clock_seconds(request->duration) * c->rate);
}

/* All concurrent drivers with the same arrivals and backlog: what one table holds. */
static void plan_add_group(struct plan *plan, const struct plan_request *request,
                           const struct plan_server *server, struct bench_case c,
                           bool only_overflowing)
{
    for (size_t d = 0; d < request->driver_count; d++)
        for (size_t i = 0; i < request->concurrency_count; i++) {
            c.driver = request->drivers[d];
            c.concurrency = request->concurrencies[i];
            c.requests = requests_of(request, &c);
            bool can_overflow = c.concurrency > (unsigned)c.backlog &&
                                c.concurrency >= request->exclusions.overflow_from;
            bool too_many = is_above(case_slots_of_part(&c), c.driver->concurrency_max) ||
                            is_above(c.concurrency, server->limits.most);
            bool held = is_held(&c, server) || is_too_long(&c, server, &request->exclusions);
            bool too_few =
                c.arrivals == ARRIVALS_BURST && c.concurrency < request->exclusions.burst_from;
            if (is_concurrent(c.driver) && !too_many && !too_few && !held &&
                case_fits(c.driver, c.workload, c.arrivals, NULL) == 0 &&
                (can_overflow || !only_overflowing))
                plan_add(plan, &c);
        }
}

/* The shortest of the concurrent cases at the usual backlog, once more. */
static void plan_add_control(struct plan *plan, const struct plan_request *request)
{
    const struct bench_case *shortest = NULL;
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *c = &plan->cases[i];
        if (is_concurrent(c->driver) && c->backlog == request->backlogs[0] &&
            (!shortest || case_expected(c) < case_expected(shortest)))
            shortest = c;
    }
    if (!shortest)
        return;
    struct bench_case control = *shortest;
    control.control = request->control;
    if (request->control == CONTROL_SLOWER)
        control.delay += (nsec_t)((double)control.delay * request->control_slower);
    plan_add(plan, &control);
}

/* Can the driver carry the requests of all arrivals? Returns 0, or -1 with the reason. */
static int fits_all(const struct plan_request *request, const struct driver *driver,
                    struct error *why)
{
    for (size_t i = 0; i < request->arrivals.count; i++)
        if (case_fits(driver, request->base.workload, request->arrivals.items[i], why) < 0)
            return -1;
    return 0;
}

static bool has_closed(const struct arrivals_list *list)
{
    return arrivals_listed(list, ARRIVALS_CLOSED) || arrivals_listed(list, ARRIVALS_BURST);
}

void plan_print_left_out(const struct plan_request *request, FILE *out)
{
    struct error why;
    for (const struct driver *const *d = drivers; *d && request->all_drivers; d++)
        if (driver_usable(*d, 1, &why) < 0)
            terminal_print(out, "note: %s is left out: %s\n", (*d)->name, why.text);
    for (const struct driver *const *d = drivers; *d && request->all_drivers; d++)
        if (request->base.pipeline > 1 && (*d)->traits & DRIVER_PROGRAM)
            terminal_print(out, "note: %s is left out: another program does not pipeline\n",
                           (*d)->name);
    for (size_t d = 0; d < request->driver_count; d++) {
        const struct driver *driver = request->drivers[d];
        if (fits_all(request, driver, &why) < 0)
            terminal_print(out, "note: left out: %s\n", why.text);
        if (driver->traits & DRIVER_OFFLINE && !has_closed(&request->arrivals))
            terminal_print(out, "note: %s is left out of open arrivals: it sends no requests\n",
                           driver->name);
        if (is_above(most_requested(request), driver->concurrency_max))
            terminal_print(
                out, "note: %s can have %u requests in flight: its larger cases are left out\n",
                driver->name, driver->concurrency_max);
    }
    for (size_t i = 0; i < request->server_count; i++) {
        const struct plan_server *server = &request->servers[i];
        struct bench_case largest = request->base;
        largest.concurrency = most_requested(request);
        if (is_held(&largest, server))
            terminal_print(
                out,
                "note: the server model %s serves %u connections at once: cases with more "
                "kept connections are left out\n",
                server->model, server->limits.at_once);
        if (is_above(largest.concurrency, server->limits.most))
            terminal_print(
                out,
                "note: the server model %s can have %u connections: cases with more requests in "
                "flight are left out\n",
                server->model, server->limits.most);
    }
}

/* Why nothing is left. */
static int nothing_to_run(const struct plan_request *request, struct error *error)
{
    for (size_t d = 0; d < request->driver_count; d++)
        if (fits_all(request, request->drivers[d], error) < 0 ||
            driver_usable(request->drivers[d], most_requested(request), error) < 0)
            return -1;
    for (size_t i = 0; i < request->server_count; i++)
        if (is_above(most_requested(request), request->servers[i].limits.most))
            return error_set(error,
                             "the server model %s can have %u connections: lower the concurrency",
                             request->servers[i].model, request->servers[i].limits.most);
    for (size_t i = 0; i < request->server_count; i++)
        if (request->base.keep_alive && request->servers[i].limits.at_once)
            return error_set(
                error,
                "the server model %s serves no more kept connections at once than %u: lower the "
                "concurrency, give it more workers (MODEL:N), or leave out --keep-alive",
                request->servers[i].model, request->servers[i].limits.at_once);
    return error_set(error, "there is nothing to run: name a driver, a concurrency, "
                            "arrivals and a backlog");
}

/* With open arrivals serial drivers are as others, with one request in flight. */
static void plan_add_open_serials(struct plan *plan, const struct plan_request *request,
                                  struct bench_case c)
{
    c.concurrency = c.parts = 1;
    c.requests = requests_of(request, &c);
    for (size_t d = 0; d < request->driver_count; d++) {
        c.driver = request->drivers[d];
        if (case_is_serial(&c))
            plan_add(plan, &c);
    }
}

/* C is no axis of open arrivals but a limit: a preset's list is for the others. */
static struct plan_request with_usual_limit(const struct plan_request *request)
{
    struct plan_request limited = *request;
    limited.concurrencies[0] = CASE_USUAL_CONCURRENCY;
    limited.concurrency_count = 1;
    return limited;
}

static void plan_add_open(struct plan *plan, const struct plan_request *request,
                          const struct plan_server *server, struct bench_case c)
{
    const struct plan_request limited =
        request->concurrency_given ? *request : with_usual_limit(request);
    for (size_t r = 0; r < request->rate_count; r++) {
        c.rate = request->rates[r];
        plan_add_open_serials(plan, request, c);
        plan_add_group(plan, &limited, server, c, false);
    }
}

/* All cases with one server model and one setting. */
static void plan_add_server(struct plan *plan, const struct plan_request *request,
                            const struct plan_setting *setting, const struct plan_server *server)
{
    bool local = request->base.workload->local;
    struct bench_case c = request->base;
    c.server_model = server->model;
    c.keep_alive = setting->keep_alive;
    c.delay = setting->delay;
    c.work = setting->work;
    c.predicted = -1;
    c.time_box = 0;
    if (local)
        c.delay = c.work = 0;
    if (!local && has_closed(&request->arrivals))
        plan_add_serials(plan, request, c);
    for (size_t s = 0; s < request->arrivals.count; s++) {
        c.arrivals = request->arrivals.items[s];
        c.backlog = request->backlogs[0];
        if (case_is_open(&c)) {
            plan_add_open(plan, request, server, c);
            continue;
        }
        if (local)
            plan_add_serials(plan, request, c);
        for (size_t b = 0; b < request->backlog_count; b++) {
            c.backlog = request->backlogs[b];
            if (b == 0 ||
                (!local && arrivals_listed(&request->exclusions.overflow_arrivals, c.arrivals)))
                plan_add_group(plan, request, server, c, b > 0);
        }
    }
}

int plan_make(struct plan *plan, const struct plan_request *request, struct error *error)
{
    plan->cases = NULL;
    plan->case_count = 0;
    const struct plan_setting own = {request->base.keep_alive, request->base.delay,
                                     request->base.work};
    const struct plan_setting *settings = request->settings ? request->settings : &own;
    size_t setting_count = request->settings ? request->setting_count : 1;
    for (size_t s = 0; s < setting_count; s++)
        for (size_t i = 0; i < request->server_count; i++)
            plan_add_server(plan, request, &settings[s], &request->servers[i]);
    if (request->control)
        plan_add_control(plan, request);
    if (plan->case_count == 0)
        return nothing_to_run(request, error);
    return 0;
}

void plan_release(struct plan *plan)
{
    free(plan->cases);
    plan->cases = NULL;
    plan->case_count = 0;
}

void plan_order(const struct plan *plan, unsigned block, size_t *order)
{
    struct rng rng;
    rng_init(&rng, rng_mix(plan->seed, block));
    for (size_t i = 0; i < plan->case_count; i++)
        order[i] = i;
    rng_shuffle(&rng, order, plan->case_count, sizeof(*order));
}
