/* The questions of the labs. Ranges are such that a laptop of two cores shows what theory says, and
 * a lab's runs take about a minute. A changed row gives every student other parameters. */
#include <math.h>

#include "bench/judge/flow.h"
#include "bench/plan/case.h"
#include "queue.h"
#include "worksheet.h"

enum { PAGE_BYTES = 4096, RETRANSMISSION_S = 1 };

/* ---- theory ---- */

static struct worksheet_theory about(double value)
{
    return (struct worksheet_theory){value, RELATION_NONE};
}

static struct worksheet_theory rounds_of(unsigned requests, unsigned at_once, nsec_t delay)
{
    return about(clock_seconds(ideal_makespan(requests, at_once, 1, delay)));
}

static struct worksheet_theory theory_serial(const struct worksheet_values *v)
{
    return rounds_of(v->requests, 1, v->delay);
}

static struct worksheet_theory theory_rounds(const struct worksheet_values *v)
{
    return rounds_of(v->requests, v->concurrency, v->delay);
}

static struct worksheet_theory theory_workers(const struct worksheet_values *v)
{
    return rounds_of(v->requests, v->workers, v->delay);
}

static struct worksheet_theory theory_littles_law(const struct worksheet_values *v)
{
    return about(v->concurrency / clock_seconds(v->delay));
}

static struct worksheet_theory theory_halved(const struct worksheet_values *v)
{
    return about(rounds_of(v->requests, v->concurrency, v->delay).value /
                 rounds_of(v->requests, v->twice, v->delay).value);
}

static struct worksheet_theory theory_unchanged(const struct worksheet_values *v)
{
    (void)v;
    return about(1);
}

/* RFC 6298: a SYN is retransmitted after a second. */
static struct worksheet_theory theory_retransmission(const struct worksheet_values *v)
{
    return (struct worksheet_theory){RETRANSMISSION_S + clock_seconds(v->delay), AT_LEAST};
}

static struct worksheet_theory theory_queue(const struct worksheet_values *v)
{
    struct queue queue;
    if (queue_make(&queue, v->workers, v->rate, clock_seconds(v->delay), NULL) < 0)
        return about(NAN);
    double wait = queue_mean_wait(&queue);
    queue_release(&queue);
    return about(wait);
}

/* getrusage(2): a thread that sleeps in a read gives up the processor once. */
static struct worksheet_theory theory_blocking(const struct worksheet_values *v)
{
    (void)v;
    return (struct worksheet_theory){1, AT_LEAST};
}

/* At most one wait for each two requests, and fewer the more are ready at once. */
static struct worksheet_theory theory_loop(const struct worksheet_values *v)
{
    (void)v;
    return (struct worksheet_theory){0.5, AT_MOST};
}

static struct worksheet_theory theory_stack(const struct worksheet_values *v)
{
    return about(v->stack_bytes);
}

static struct worksheet_theory theory_page(const struct worksheet_values *v)
{
    (void)v;
    return (struct worksheet_theory){PAGE_BYTES, AT_LEAST};
}

static struct worksheet_theory theory_work(const struct worksheet_values *v)
{
    return about(v->requests * clock_seconds(v->work));
}

/* ---- figures that no lesson has ---- */

static double figure_rate(const struct run_view *view)
{
    return (double)view->run->completed / figure_makespan(view);
}

/* ---- labs ---- */

static const struct worksheet_row lab1[] = {
    {.text = "{N} requests are made one after another, and the server responds to each after "
             "{delay}. How long does the whole run take?",
     .cases = {"-d sequential -n {N} -t {delay} --time-box 0"},
     .concurrency = {.low = 1},
     .rounds = {20, 50, 5},
     .delay_ms = {10, 20, 5},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_serial,
     .solution = "{N} x {delay}: nothing overlaps"},
    {.text = "{N} requests, {C} of them in flight at a time on one thread ({driver}), a server "
             "delay of {delay}. How long does the whole run take?",
     .cases = {"-d {driver} -c {C} -n {N} -t {delay}"},
     .drivers = "epoll poll libev",
     .concurrency = {16, 64, 8},
     .rounds = {6, 12, 1},
     .delay_ms = {20, 50, 10},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_rounds,
     .solution = "ceil({N} / {C}) x {delay}: each round of {C} takes one delay"},
    {.text = "{N} requests, {C} in flight at a time by {driver}, a server delay of {delay}. How "
             "long does the whole run take? (How many rounds are there?)",
     .cases = {"-d {driver} -c {C} -n {N} -t {delay}"},
     .drivers = "threadpool libev coroutine",
     .concurrency = {16, 64, 8},
     .rounds = {3, 5, 1},
     .rest = {1, 8, 1},
     .delay_ms = {50, 100, 10},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_rounds,
     .solution = "ceil({N} / {C}) x {delay}: the few requests that are left take a whole round"},
    {.text = "{N} requests by {driver}, a server delay of {delay}: how many times as long is the "
             "run with {C} in flight as that with {twice}?",
     .cases = {"-d {driver} -c {C} -n {N} -t {delay}", "-d {driver} -c {twice} -n {N} -t {delay}"},
     .drivers = "threadpool epoll",
     .concurrency = {16, 32, 8},
     .rounds = {8, 16, 4},
     .delay_ms = {20, 40, 10},
     .kind = EVIDENCE_RATIO,
     .figure = figure_makespan,
     .unit = "times",
     .theory = theory_halved,
     .solution = "half as many rounds: {N} / {C} and {N} / {twice}"},
    {.text = "How many requests per second are completed with {C} in flight by {driver}, at a "
             "server delay of {delay}?",
     .cases = {"-d {driver} -c {C} -n {N} -t {delay}"},
     .drivers = "threadpool poll coroutine",
     .concurrency = {16, 64, 16},
     .rounds = {6, 12, 2},
     .delay_ms = {25, 50, 5},
     .figure = figure_rate,
     .unit = "per second",
     .theory = theory_littles_law,
     .solution = "Little's law, L = lambda x W: {C} / {delay}"},
    {0},
};

static const struct worksheet_row lab2[] = {
    {.text = "{C} threads connect at once to a server whose accept queue holds 4096 connections. "
             "It responds after {delay}. How long does the whole run take?",
     .cases = {"-d threadpool -s burst -c {C} -b 4096 -t {delay}"},
     .concurrency = {256, 512, 64},
     .rounds = {.low = 1},
     .delay_ms = {100, 200, 50},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_rounds,
     .solution = "one round: {delay}, and what connecting {C} times costs the CPU"},
    {.text = "{C} threads connect at once to a server whose accept queue holds {backlog} "
             "connections. It responds after {delay}. How long does the whole run take?",
     .cases = {"-d threadpool -s burst -c {C} -b {backlog} -t {delay}"},
     .concurrency = {768, 1024, 64},
     .rounds = {.low = 1},
     .backlog = {16, 64, 8},
     .delay_ms = {100, 200, 50},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_retransmission,
     .solution = "the queue overflows, SYNs are dropped and retransmitted after 1 s: 1 s + {delay} "
                 "at least"},
    {.text = "The server has {workers} workers, each of which serves one connection at a time for "
             "{delay}. {N} requests are made, {C} in flight at a time. How long does the whole "
             "run take?",
     .cases = {"-d epoll -S threadpool:{workers} -c {C} -n {N} -t {delay}"},
     .concurrency = {32, 64, 16},
     .rounds = {2, 4, 1},
     .workers = {4, 8, 1},
     .delay_ms = {10, 20, 5},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_workers,
     .solution = "ceil({N} / {workers}) x {delay}: the workers are the limit, not the {C} in "
                 "flight"},
    {.text = "{N} requests to a server of {workers} workers with a delay of {delay}: how many "
             "times as long is the run with {C} in flight as that with {twice}?",
     .cases = {"-d epoll -S threadpool:{workers} -c {C} -n {N} -t {delay}",
               "-d epoll -S threadpool:{workers} -c {twice} -n {N} -t {delay}"},
     .concurrency = {16, 32, 8},
     .rounds = {4, 6, 2},
     .workers = {4, 8, 2},
     .delay_ms = {10, 20, 5},
     .kind = EVIDENCE_RATIO,
     .figure = figure_makespan,
     .unit = "times",
     .theory = theory_unchanged,
     .solution = "once: with more in flight than workers the rest waits in the queue"},
    {.text = "A server of {workers} worker takes {delay} for a request. Requests arrive at random "
             "(Poisson), {rate} a second on average, so that the worker is busy {load}% of the "
             "time. How long does a request wait on average before the worker begins with it?",
     .cases = {"-d epoll -S threadpool:{workers} -t {delay} -c 1024 --arrivals poisson --rate "
               "{rate} -n {N}"},
     .concurrency = {.low = 1},
     .rounds = {.low = 200},
     .workers = {.low = 1},
     .load_percent = {50, 80, 5},
     .delay_ms = {8, 12, 2},
     .figure = figure_mean_wait,
     .unit = "s",
     .theory = theory_queue,
     .solution = "M/D/1: load / (2 x (1 - load)) x {delay} at a load of {load}%"},
    {0},
};

static const struct worksheet_row lab3[] = {
    {.text = "{C} threads make {N} requests, each of which takes {delay} at the server. How many "
             "voluntary context switches are there for each request?",
     .cases = {"-d threadpool -c {C} -n {N} -t {delay}"},
     .concurrency = {64, 256, 32},
     .rounds = {4, 8, 1},
     .delay_ms = {10, 20, 5},
     .figure = figure_waits_per_request,
     .unit = "switches",
     .theory = theory_blocking,
     .solution = "a thread that sleeps in a read gives up the processor: 1 at least"},
    {.text = "One event loop makes the {N} requests, {C} of them in flight at a time, each of "
             "which takes {delay} at the server. How many voluntary context switches are there "
             "for each request?",
     .cases = {"-d {driver} -c {C} -n {N} -t {delay}"},
     .drivers = "epoll libev",
     .concurrency = {128, 256, 32},
     .rounds = {4, 8, 1},
     .delay_ms = {10, 20, 5},
     .figure = figure_waits_per_request,
     .unit = "switches",
     .theory = theory_loop,
     .solution = "the loop sleeps only when nothing is ready, for all {C} at once: 0.5 at most"},
    {.text = "Each thread of {C} has a stack of {stack} bytes. By how much does the process's "
             "virtual memory grow for one more thread?",
     .cases = {"-d threadpool -s burst -c {C} --stack {stack} -t {delay}",
               "-d threadpool -s burst -c {quarter} --stack {stack} -t {delay}"},
     .concurrency = {256, 512, 64},
     .rounds = {.low = 1},
     .stack_kib = {512, 2048, 256},
     .delay_ms = {.low = 100},
     .kind = EVIDENCE_SLOPE,
     .figure = figure_virtual_growth,
     .unit = "bytes",
     .theory = theory_stack,
     .solution = "the stack, {stack} bytes (and a guard page)"},
    {.text = "Each thread of {C} has a stack of {stack} bytes. By how much does the process's "
             "resident memory grow for one more thread?",
     .cases = {"-d threadpool -s burst -c {C} --stack {stack} -t {delay}",
               "-d threadpool -s burst -c {quarter} --stack {stack} -t {delay}"},
     .concurrency = {256, 512, 64},
     .rounds = {.low = 1},
     .stack_kib = {512, 2048, 256},
     .delay_ms = {.low = 100},
     .kind = EVIDENCE_SLOPE,
     .figure = figure_resident_growth,
     .unit = "bytes",
     .theory = theory_page,
     .solution =
         "only pages that are touched: a page, 4096 bytes, at least; far less than {stack}"},
    {.text = "The server is one event loop and needs {work} of CPU time for each request. {N} "
             "requests are made, {C} in flight at a time. How long does the whole run take?",
     .cases = {"-d epoll -S {driver} --work {work} -t 0 -c {C} -n {N}"},
     .drivers = "libev epoll poll",
     .concurrency = {8, 32, 8},
     .rounds = {4, 8, 2},
     .work_ms = {1, 3, 1},
     .figure = figure_makespan,
     .unit = "s",
     .theory = theory_work,
     .solution = "{N} x {work}: one loop computes one request at a time, however many wait"},
    {0},
};

const struct worksheet_lab worksheet_labs[] = {
    {"lab1", "Why waiting concurrently helps", lab1},
    {"lab2", "Where it breaks", lab2},
    {"lab3", "What a model costs", lab3},
    {0},
};
