#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/scratch.h"
#include "bench/base/stats.h"
#include "bench/run/measure_share.h"
#include "lib/place.h"
#include "clock_play.h"
#include "order.h"
#include "summary.h"
#include "workloads/workloads.h"

static const nsec_t LOOK = LOOK_MS * NSEC_PER_MSEC;
static const nsec_t LOOK_IN_RUN = LOOK_IN_RUN_MS * NSEC_PER_MSEC;

/* The share under way. */
struct work {
    struct rank_order order;
    struct measure_page *page;
    struct child child;
    struct watch watch;
    struct rank_report report;
    char folder[CASE_PATH_BYTES];
};

/* The next order, if there is one. What comes too late for the run that it is of is left out. */
static bool take_order(struct rank_order *order, unsigned run)
{
    while (order_is_there(TAG_ORDER)) {
        order_receive(0, TAG_ORDER, order, sizeof(*order));
        bool of_a_run = order->kind == ORDER_START || order->kind == ORDER_CANCEL;
        if (!of_a_run || order->run == run)
            return true;
    }
    return false;
}

static void wait_order(struct rank_order *order, unsigned run)
{
    const struct timespec pause = clock_timespec(LOOK);
    while (!take_order(order, run)) {
        nanosleep(&pause, NULL);
        order_check_parent();
    }
}

/* Start the measured process, which is to wait at its barrier. */
static int start(struct work *work, int fd, struct error *error)
{
    char path[CASE_PATH_BYTES];
    char *argv[] = {(char *)"waitbench", (char *)MEASURE_COMMAND, NULL};
    const struct child_fd fds[] = {{fd, MEASURE_FD}, {-1, -1}};
    const struct workload *workload = workload_find(work->page->workload);
    if (workload->begin && scratch_make(work->folder, sizeof(work->folder), error) < 0)
        return -1;
    memcpy(work->page->folder, work->folder, sizeof(work->folder));
    if (place_find_program("waitbench", path, sizeof(path), error) < 0)
        return -1;
    barrier_close(&work->page->barrier);
    return child_start(&work->child, path, argv, fds, SIGKILL, error);
}

/* Until the process waits at its barrier: false where it ended, or is to. */
static bool await_ready(struct work *work)
{
    struct rank_order order;
    while (!barrier_is_reached(&work->page->barrier, LOOK)) {
        order_check_parent();
        if (child_wait(&work->child, clock_now()) == CHILD_ENDED ||
            take_order(&order, work->order.run))
            return false; /* before START there is CANCEL only */
    }
    order_send(0, TAG_READY, NULL, 0);
    wait_order(&order, work->order.run);
    if (order.kind == ORDER_START)
        barrier_open(&work->page->barrier, order.instant);
    return order.kind == ORDER_START;
}

static void await_end(struct work *work)
{
    struct rank_order order;
    struct watching watching = watch_begin(&work->watch, &(struct watch_options){0});
    while (watch_go_on(&watching, &work->child, clock_now() + LOOK_IN_RUN) != CHILD_ENDED) {
        order_check_parent();
        if (take_order(&order, work->order.run))
            return;
    }
}

/* It did not report its failure, or was stopped by us. */
static void explain_end(struct measure_page *page, const struct child *child, bool stopped)
{
    char how[64];
    if (page->stage == MEASURE_COMPLETE || page->stage == MEASURE_FAILED)
        return;
    page->failed_in = page->stage;
    page->stage = MEASURE_FAILED;
    if (stopped)
        error_set(&page->error, "it was stopped");
    else
        error_set(&page->error, "the measured process %s",
                  process_describe_end(child->status, how, sizeof(how)));
}

static void take_latencies(const struct measure_page *page, struct rank_result *result)
{
    double *latencies = xcalloc(page->requests, sizeof(*latencies));
    size_t n = 0;
    for (size_t i = 0; i < page->requests; i++)
        if (page->samples[i].outcome == OUTCOME_OK)
            latencies[n++] = (double)(page->samples[i].end - measure_due(page, i));
    qsort(latencies, n, sizeof(*latencies), stats_compare_doubles);
    result->completed = n;
    result->latency_p50 = (nsec_t)stats_quantile_or_none(latencies, n, 0.5);
    result->latency_p99 = (nsec_t)stats_quantile_or_none(latencies, n, 0.99);
    free(latencies);
}

static void send_report(struct work *work)
{
    struct rank_report *report = &work->report;
    const struct measure_page *page = work->page;
    struct rank_result *result = &report->result;
    *result = (struct rank_result){.process = work->child.pid,
                                   .concurrency = page->load.concurrency,
                                   .requests = page->requests,
                                   .makespan = page->makespan,
                                   .start_lag = page->started ? page->barrier.lag : -1,
                                   .cpu_ns = page->usage.value[USAGE_CLIENT][USAGE_CPU_NS]};
    take_latencies(page, result);
    report->watch = work->watch;
    memcpy(&report->page, page, sizeof(report->page));
    order_send(0, TAG_REPORT, report, sizeof(*report));
}

static void send_samples(const struct measure_page *page)
{
    for (size_t i = 0; i < page->requests; i += SAMPLES_AT_ONCE) {
        size_t n = page->requests - i < SAMPLES_AT_ONCE ? page->requests - i : SAMPLES_AT_ONCE;
        order_send(0, TAG_SAMPLES, page->samples + i, n * sizeof(struct sample));
    }
}

/* What the measured process left is kept until rank 0 requests it: sending it may take a while, and
 * others may not be over yet. */
static void hand_over(struct work *work)
{
    struct rank_order order;
    do
        wait_order(&order, work->order.run);
    while (order.kind == ORDER_CANCEL); /* it crossed with the report */
    while (order.kind == ORDER_CLOCK) {
        clock_reply();
        wait_order(&order, work->order.run);
    }
    if (order.kind == ORDER_SAMPLES)
        send_samples(work->page);
    else if (order.kind == ORDER_SUMMARY)
        summary_reduce(work->page, NULL);
}

static void execute(struct work *work, int fd)
{
    bool stopped = false;
    if (start(work, fd, &work->page->error) < 0) {
        work->page->failed_in = work->page->stage;
        work->page->stage = MEASURE_FAILED;
    } else if (await_ready(work)) {
        await_end(work);
    }
    if (work->child.pid) {
        stopped = child_wait(&work->child, clock_now()) != CHILD_ENDED;
        child_stop(&work->child, NSEC_PER_SEC / 2);
    }
    explain_end(work->page, &work->child, stopped);
    work->report.stopped = stopped;
    scratch_remove(work->folder);
}

static void run_share(const struct rank_order *order)
{
    struct work *work = xcalloc(1, sizeof(*work));
    struct measure_page *whole = xcalloc(1, sizeof(*whole));
    struct error error;
    int fd;
    work->order = *order;
    work->watch = WATCH_NONE;
    order_receive(0, TAG_PAGE, whole, sizeof(*whole));
    work->page = measure_share_make(whole, order->part, order->parts, order->offset, &fd, &error);
    free(whole);
    if (!work->page) { /* no memory for the samples: rank 0 is told by the end of this rank */
        fprintf(stderr, "waitbench-mpi: %s\n", error.text);
        exit(EXIT_FAILURE);
    }
    execute(work, fd);
    close(fd);
    send_report(work);
    hand_over(work);
    measure_page_release(work->page);
    free(work);
}

void worker_follow(void)
{
    struct rank_order order;
    union rank_introduction introduction = {.bytes = {0}};
    rank_identify(&introduction.identity);
    order_send(0, TAG_IDENTITY, &introduction, sizeof(introduction));
    do {
        wait_order(&order, 0);
        if (order.kind == ORDER_CLOCK)
            clock_reply();
        else if (order.kind == ORDER_RUN)
            run_share(&order);
        else if (order.kind == ORDER_SUMMARY)
            summary_reduce(NULL, NULL);
    } while (order.kind != ORDER_END);
}
