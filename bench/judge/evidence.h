/* Evidence: the results of a lesson's runs, and whether they support the claim. A lesson's judge()
 * requires figures of its variants to be in a range; each such line is stored, printed and drawn
 * with its threshold. */
#ifndef WAITBENCH_EVIDENCE_H
#define WAITBENCH_EVIDENCE_H

#include "bench/keep/evidence_line.h"
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

/* ---- for judge() ---- */

/* Require the median of a figure over a variant's runs, with its whole interval, to be in the
 * range. `unit` is that of the figure. */
void evidence_value(struct evidence *evidence, const char *variant, figure_fn *figure,
                    const char *unit, enum relation relation, double bound, const char *words);

/* Require the ratio of a figure of two variants, `variant` ÷ `base`, block by block: the median
 * over the blocks, with its whole interval. Figures must be above 0. */
void evidence_ratio(struct evidence *evidence, const char *variant, const char *base,
                    figure_fn *figure, enum relation relation, double bound, const char *words);

/* Require the increase of a figure per additional request in flight: the difference between two
 * variants, block by block, divided by the difference of their C. Constant parts cancel out. */
void evidence_slope(struct evidence *evidence, const char *variant, const char *base,
                    figure_fn *figure, const char *unit, enum relation relation, double bound,
                    const char *words);

/* Require the minimum or maximum of a figure over a variant's runs: for effects that only some runs
 * show. */
void evidence_least(struct evidence *evidence, const char *variant, figure_fn *figure,
                    const char *unit, enum relation relation, double bound, const char *words);
void evidence_most(struct evidence *evidence, const char *variant, figure_fn *figure,
                   const char *unit, enum relation relation, double bound, const char *words);

/* Show a figure without a requirement. */
void evidence_show(struct evidence *evidence, const char *variant, figure_fn *figure,
                   const char *unit, const char *words);

/* ---- results ---- */

size_t evidence_lines(const struct evidence *evidence, const struct evidence_line **lines);

/* HOLDS if all lines hold, FAILS if one fails, INCONCLUSIVE otherwise or with an INVALID run. `why`
 * gets the reason. */
enum finding evidence_verdict(const struct evidence *evidence, char *why, size_t size);

/* ---- figures, in seconds and bytes unless named otherwise ---- */

figure_fn figure_makespan, figure_efficiency, figure_latency_p50, figure_latency_p99,
    figure_latency_max, figure_client_cpu_per_request, figure_client_syscalls_per_request,
    figure_server_runnable_wait, figure_switches_per_request, figure_waits_per_request,
    figure_faults_per_request, figure_resident_per_connection, figure_virtual_per_connection,
    figure_resident_growth, figure_virtual_growth, figure_kernel_stacks, figure_in_flight,
    figure_syn_retransmits, figure_listen_overflows, figure_throughput, figure_first_response,
    figure_half_completed, figure_most_completed, figure_last_response, figure_first_over_last;

#endif
