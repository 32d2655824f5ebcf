/* Evidence: the results of a lesson's runs, and whether they support the claim. A lesson's rules
 * require figures of its variants to be in a range; each such line is stored, printed and drawn
 * with its threshold. */
#ifndef WAITBENCH_EVIDENCE_H
#define WAITBENCH_EVIDENCE_H

#include <math.h>

#include "bench/keep/store.h"

/* A run, as input of a figure: times in ns, USAGE_NOT_AVAILABLE if unknown. */
struct run_view {
    const struct bench_case *c;
    const struct stored_run *run;
    const int64_t (*usage)[USAGE_METRICS]; /* by side */
    const struct stored_sample *samples;   /* in order of the requests, of lessons with samples */
    size_t sample_count;
};

/* A figure of one run, or NAN. The common ones are below; a lesson may define others. */
typedef double figure_fn(const struct run_view *run);

struct evidence;

/* Read a campaign's runs. `variants` are the names of its cases, in order. Returns NULL on
 * error. */
struct evidence *evidence_read(struct store *store, const char *campaign_id,
                               const char *const *variants, size_t variant_count, bool with_samples,
                               struct error *error);
void evidence_free(struct evidence *evidence);

/* ---- a lesson's rules ---- */

enum evidence_kind {
    EVIDENCE_MEDIAN, /* of a figure over a variant's runs, with its interval */
    EVIDENCE_LEAST,  /* the minimum or maximum: for effects that only some runs show */
    EVIDENCE_MOST,
    /* Of two variants, block by block; the median over the blocks, with its interval: the ratio of
     * a figure, `variant` ÷ `base`, both above 0; */
    EVIDENCE_RATIO,
    /* its increase per additional request in flight, in which constant parts cancel out. */
    EVIDENCE_SLOPE,
};

/* A line of evidence before its runs. The value is required to be in a range, with its whole
 * interval. */
struct evidence_rule {
    const char *variant, *base;
    figure_fn *figure;
    const char *unit; /* the figure's */
    enum relation relation;
    enum evidence_kind kind;
    double bound;
    const char *words;
};

#define EVIDENCE_RULE(kind, variant, base, figure, unit, relation, bound, words)                   \
    {                                                                                              \
        variant, base, figure, unit, relation, kind, bound, words                                  \
    }

/* VALUE("loop", figure_latency_max, "s", AT_MOST, 1, "longest request"): the median. */
#define VALUE(variant, ...) EVIDENCE_RULE(EVIDENCE_MEDIAN, variant, NULL, __VA_ARGS__)
#define LEAST(variant, ...) EVIDENCE_RULE(EVIDENCE_LEAST, variant, NULL, __VA_ARGS__)
#define MOST(variant, ...)  EVIDENCE_RULE(EVIDENCE_MOST, variant, NULL, __VA_ARGS__)
/* RATIO("small", "large", figure_makespan, AT_LEAST, 2, "makespan, small / large") */
#define RATIO(variant, base, figure, ...)                                                          \
    EVIDENCE_RULE(EVIDENCE_RATIO, variant, base, figure, "times", __VA_ARGS__)
/* SLOPE("many", "few", figure_kernel_stacks, "bytes", AT_MOST, 4096, "stack per thread") */
#define SLOPE(variant, base, ...) EVIDENCE_RULE(EVIDENCE_SLOPE, variant, base, __VA_ARGS__)
/* The median, without a requirement: SHOW("loop", figure_makespan, "s", "makespan"). */
#define SHOW(variant, figure, unit, words) VALUE(variant, figure, unit, RELATION_NONE, NAN, words)

/* Judge a rule by the runs. */
void evidence_add(struct evidence *evidence, const struct evidence_rule *rule);

/* ---- results ---- */

size_t evidence_lines(const struct evidence *evidence, const struct evidence_line **lines);

/* HOLDS if all lines hold, FAILS if one fails, INCONCLUSIVE otherwise or with an INVALID run. `why`
 * gets the reason. */
enum finding evidence_verdict(const struct evidence *evidence, char *why, size_t size);

/* ---- figures, in seconds and bytes unless named otherwise ---- */

figure_fn figure_makespan, figure_efficiency, figure_latency_p50, figure_latency_p99,
    figure_latency_max, figure_service_p99, figure_client_cpu_per_request,
    figure_client_syscalls_per_request, figure_server_runnable_wait, figure_server_cpu_per_request,
    figure_server_faults_per_request, figure_server_fairness, figure_waits_per_request,
    figure_resident_per_connection, figure_virtual_per_connection, figure_resident_growth,
    figure_virtual_growth, figure_kernel_stacks, figure_syn_retransmits, figure_listen_overflows,
    figure_first_response, figure_half_completed, figure_most_completed, figure_last_response,
    figure_first_over_last;

#endif
