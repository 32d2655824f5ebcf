/* The case under way and the time left, as terminal_status() shows them. */
#ifndef WAITBENCH_PROGRESS_H
#define WAITBENCH_PROGRESS_H

#include "bench/plan/case_fields.h"

struct progress {
    size_t done, total;
    double expected_done_s, expected_total_s; /* sums of progress_expected(): years, perhaps */
    nsec_t started;
    char note[128]; /* what else to show, before the case */
};

void progress_init(struct progress *progress, size_t total, double expected_total_s);

/* How long a run of `c` takes, with the start of its process and server. */
nsec_t progress_expected(const struct bench_case *c);

/* Show that `c` is about to run. */
void progress_show(const struct progress *progress, const struct bench_case *c);

/* Count it as done. */
void progress_advance(struct progress *progress, const struct bench_case *c);

#endif
