/* A progress line with the time left; nothing if standard error is not a terminal. */
#ifndef WAITBENCH_PROGRESS_H
#define WAITBENCH_PROGRESS_H

#include "bench/plan/case_fields.h"

struct progress {
    bool live;
    size_t done, total;
    nsec_t expected_done, expected_total; /* of the cases' ideal times */
    nsec_t started;
};

void progress_init(struct progress *progress, size_t total, nsec_t expected_total);

/* Show that `c` is about to run. */
void progress_show(const struct progress *progress, const struct bench_case *c);

/* Count it as done. */
void progress_advance(struct progress *progress, const struct bench_case *c);

/* Erase the line before other output. */
void progress_clear(const struct progress *progress);

#endif
