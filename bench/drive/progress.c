#include "progress.h"

#include <stdio.h>

#include "lib/terminal.h"

/* Approximate time to start a process and a server for a run. */
static const nsec_t RUN_OVERHEAD = 10 * NSEC_PER_MSEC;

void progress_init(struct progress *progress, size_t total, nsec_t expected_total)
{
    *progress = (struct progress){
        .total = total,
        .expected_total = expected_total + (nsec_t)total * RUN_OVERHEAD,
        .started = clock_now(),
    };
}

/* The expected time left, scaled by the ratio of actual to expected time so far. */
static nsec_t time_left(const struct progress *progress)
{
    nsec_t left = progress->expected_total - progress->expected_done;
    if (progress->expected_done == 0)
        return left;
    double stretch = (double)(clock_now() - progress->started) / (double)progress->expected_done;
    return (nsec_t)((double)left * stretch);
}

void progress_show(const struct progress *progress, const struct bench_case *c)
{
    char label[CASE_LABEL_BYTES], text[CASE_LABEL_BYTES + 96];
    long seconds = (long)(time_left(progress) / NSEC_PER_SEC);
    case_label(c, case_unusual(c), label);
    if (progress->done >= progress->total) /* further blocks, for the precision */
        snprintf(text, sizeof(text), "[%zu] %s", progress->done + 1, label);
    else
        snprintf(text, sizeof(text), "[%zu/%zu] about %ld:%02ld left; %s", progress->done + 1,
                 progress->total, seconds / 60, seconds % 60, label);
    terminal_status(text);
}

void progress_advance(struct progress *progress, const struct bench_case *c)
{
    progress->done++;
    progress->expected_done += case_expected(c) + RUN_OVERHEAD;
}
