#include "progress.h"

#include <stdio.h>

#include "lib/terminal.h"

/* Approximate time to start a process and a server for a run. */
static const nsec_t RUN_OVERHEAD = 10 * NSEC_PER_MSEC;

nsec_t progress_expected(const struct bench_case *c)
{
    return clock_add(case_expected(c), RUN_OVERHEAD);
}

void progress_init(struct progress *progress, size_t total, double expected_total_s)
{
    *progress = (struct progress){
        .total = total,
        .expected_total_s = expected_total_s,
        .started = clock_now(),
    };
}

/* The expected time left, scaled by the ratio of actual to expected time so far. */
static double time_left_s(const struct progress *progress)
{
    double left = progress->expected_total_s - progress->expected_done_s;
    if (progress->expected_done_s == 0)
        return left;
    return left * clock_seconds(clock_now() - progress->started) / progress->expected_done_s;
}

void progress_show(const struct progress *progress, const struct bench_case *c)
{
    char label[CASE_LABEL_BYTES], text[CASE_LABEL_BYTES + 256];
    long seconds = (long)time_left_s(progress);
    case_label(c, case_unusual(c), label);
    if (progress->done >= progress->total) /* further blocks, until all is decided */
        snprintf(text, sizeof(text), "[%zu] %s%s", progress->done + 1, progress->note, label);
    else
        snprintf(text, sizeof(text), "[%zu/%zu] about %ld:%02ld left; %s%s", progress->done + 1,
                 progress->total, seconds / 60, seconds % 60, progress->note, label);
    terminal_status(text);
}

void progress_advance(struct progress *progress, const struct bench_case *c)
{
    progress->done++;
    progress->expected_done_s += clock_seconds(progress_expected(c));
}
