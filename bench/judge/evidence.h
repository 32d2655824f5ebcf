/* Evidence: what a lesson's runs show, and whether it bears the claim out. A lesson's judge() reads
 * figures of named cases and says what they have to be; each such line is kept, printed and drawn
 * with what theory asks for beside it. */
#ifndef WAITBENCH_EVIDENCE_H
#define WAITBENCH_EVIDENCE_H

#include "bench/keep/evidence_line.h"
#include "bench/keep/store.h"

/* One run, as a figure of it is worked out: times in ns, USAGE_NOT_AVAILABLE where not known. */
struct run_view {
    const struct stored_case *c;
    const struct stored_run *run;
    const int64_t (*usage)[USAGE_METRICS]; /* by side */
    const struct stored_sample *samples;   /* in order of the requests; of lessons with samples */
    size_t sample_count;
};

/* A figure of one run, or NAN. The usual ones are below; a lesson may have its own. */
typedef double figure_fn(const struct run_view *run);

struct evidence;

/* Read what a campaign's runs say. `roles` names its cases, in their order. NULL on error. */
struct evidence *evidence_read(struct store *store, const char *campaign_id,
                               const char *const *variants, size_t variant_count, bool with_samples,
                               uint64_t seed, struct error *error);
void evidence_free(struct evidence *evidence);

/* ---- for judge() ---- */

/* The median over a role's runs of a figure has to be so, its whole interval. `unit` is what the
 * figure comes in. */
void evidence_value(struct evidence *evidence, const char *variant, figure_fn *figure,
                    const char *unit, enum relation relation, double bound, const char *words);

/* The ratio of a figure of two roles, `role` over `base`, block by block, has to be so: the median
 * over the blocks, with its whole interval. Figures above 0. */
void evidence_ratio(struct evidence *evidence, const char *variant, const char *base,
                    figure_fn *figure, enum relation relation, double bound, const char *words);

/* What each further request in flight adds to a figure has to be so: the difference between two
 * roles, block by block, over the difference of their C. What both have does not count. */
void evidence_slope(struct evidence *evidence, const char *variant, const char *base,
                    figure_fn *figure, const char *unit, enum relation relation, double bound,
                    const char *words);

/* The least, or the most, over a role's runs of a figure has to be so: for what some runs show and
 * others do not. */
void evidence_least(struct evidence *evidence, const char *variant, figure_fn *figure,
                    const char *unit, enum relation relation, double bound, const char *words);
void evidence_most(struct evidence *evidence, const char *variant, figure_fn *figure,
                   const char *unit, enum relation relation, double bound, const char *words);

/* Told beside, not judged. */
void evidence_show(struct evidence *evidence, const char *variant, figure_fn *figure,
                   const char *unit, const char *words);

/* The case behind a role: for figures that depend on its C or its thinking. */
const struct stored_case *evidence_case(const struct evidence *evidence, const char *variant);

/* ---- afterwards ---- */

size_t evidence_lines(const struct evidence *evidence, const struct evidence_line **lines);

/* All lines hold: HOLDS; one fails: FAILS; else, or with an INVALID run: INCONCLUSIVE. `why` gets
 * the reason, in words. */
enum finding evidence_verdict(const struct evidence *evidence, char *why, size_t size);

/* ---- figures, seconds and bytes unless they say otherwise ---- */

figure_fn figure_makespan, figure_efficiency, figure_latency_p50, figure_latency_p99,
    figure_latency_max, figure_client_cpu_per_request, figure_client_syscalls_per_request,
    figure_switches_per_request, figure_waits_per_request, figure_faults_per_request,
    figure_resident_per_connection, figure_virtual_per_connection, figure_resident_growth,
    figure_virtual_growth, figure_kernel_stacks, figure_in_flight, figure_syn_retransmits,
    figure_listen_overflows, figure_throughput, figure_first_response, figure_half_completed,
    figure_most_completed, figure_last_response, figure_first_over_last;

#endif
