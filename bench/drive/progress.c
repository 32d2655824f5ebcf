#include "progress.h"

#include <stdio.h>
#include <unistd.h>

/* Approximate time to start a process and a server for a run. */
static const nsec_t RUN_OVERHEAD = 10 * NSEC_PER_MSEC;

void progress_init(struct progress *progress, size_t total, nsec_t expected_total)
{
    *progress = (struct progress){
        .live = isatty(STDERR_FILENO),
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
    char label[CASE_LABEL_BYTES];
    if (!progress->live)
        return;
    if (progress->done >= progress->total) { /* further blocks, for the precision */
        fprintf(stderr, "\r\033[K[%zu] %s", progress->done + 1,
                case_label(c, case_unusual(c), label));
        fflush(stderr);
        return;
    }
    long seconds = (long)(time_left(progress) / NSEC_PER_SEC);
    fprintf(stderr, "\r\033[K[%zu/%zu] %s; about %ld:%02ld left", progress->done + 1,
            progress->total, case_label(c, case_unusual(c), label), seconds / 60, seconds % 60);
    fflush(stderr);
}

void progress_advance(struct progress *progress, const struct bench_case *c)
{
    progress->done++;
    progress->expected_done += case_expected(c) + RUN_OVERHEAD;
}

void progress_clear(const struct progress *progress)
{
    if (progress->live)
        fputs("\r\033[K", stderr);
}
