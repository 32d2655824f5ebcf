#include "replay_runs.h"

#include <stdlib.h>
#include <string.h>

#include "lib/error.h"

enum { READ_REQUESTS = 100000 }; /* a run of more is not even read */

/* The two that the talk compared. */
static bool is_of_the_talk(const struct bench_case *c)
{
    return !strcmp(c->driver->name, "threadpool") || !strcmp(c->driver->name, "libev");
}

static bool can_be_played(const struct case_summary *s)
{
    return s->valid_count && !s->invalid_count && !case_is_local(&s->c) &&
           s->c.requests <= READ_REQUESTS;
}

/* Of the most requests in flight and the smallest backlog, the accept queue overflows first. */
static unsigned tier_of(const struct judgement *judgement, const struct bench_case *c)
{
    unsigned most = 0;
    int backlog = INT32_MAX;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (!can_be_played(s))
            continue;
        most = s->c.concurrency > most ? s->c.concurrency : most;
        backlog = s->c.backlog < backlog ? s->c.backlog : backlog;
    }
    if (c->variant || (c->concurrency == most && c->backlog == backlog))
        return 0;
    return is_of_the_talk(c) ? 1 : 2;
}

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_makespan(const void *a, const void *b)
{
    const struct stored_run *const *x = a, *const *y = b;
    int order = order_of((*x)->makespan, (*y)->makespan);
    return order ? order : order_of((*x)->id, (*y)->id);
}

/* The lower one of two, as in pictures of single requests. */
static const struct stored_run *median_run(const struct case_summary *s)
{
    const struct stored_run **runs = xcalloc(s->run_count, sizeof(const struct stored_run *));
    for (size_t i = 0; i < s->run_count; i++)
        runs[i] = &s->runs[i];
    qsort(runs, s->run_count, sizeof(const struct stored_run *), by_makespan);
    const struct stored_run *median = runs[(s->run_count - 1) / 2];
    free(runs);
    return median;
}

static int by_interest(const void *a, const void *b)
{
    const struct replay_run *x = a, *y = b;
    const struct bench_case *p = &x->summary->c, *q = &y->summary->c;
    const int orders[] = {
        order_of(y->is_median, x->is_median),
        order_of(x->tier, y->tier),
        order_of(is_of_the_talk(q), is_of_the_talk(p)),
        order_of(q->concurrency, p->concurrency),
        order_of(p->backlog, q->backlog),
        order_of(x->summary - y->summary, 0), /* as in the tables */
        order_of(x->run->block, y->run->block),
    };
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
        if (orders[i])
            return orders[i];
    return 0;
}

size_t replay_runs(const struct judgement *judgement, struct replay_run **out)
{
    struct replay_run *runs = *out = xcalloc(judgement->run_count + 1, sizeof(**out));
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (!can_be_played(s))
            continue;
        const struct stored_run *median = median_run(s);
        unsigned tier = tier_of(judgement, &s->c);
        for (size_t r = 0; r < s->run_count; r++)
            if (s->runs[r].has_samples)
                runs[n++] = (struct replay_run){.summary = s,
                                                .run = &s->runs[r],
                                                .is_median = &s->runs[r] == median,
                                                .tier = tier};
    }
    qsort(runs, n, sizeof(*runs), by_interest);
    return n;
}
