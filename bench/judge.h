/* From runs to figures: one summary per case. A case with an invalid run has no figures, and says
 * why: the runs that went well may just be the lucky ones. */
#ifndef WAITBENCH_JUDGE_H
#define WAITBENCH_JUDGE_H

#include "stats.h"
#include "store.h"

struct case_summary {
    struct stored_case c;
    struct stored_run *runs; /* all of them, the invalid ones too */
    size_t run_count, valid_count;
    enum verdict verdict; /* the worst of its runs */
    size_t invalid_count;
    char reasons[RUN_REASON_BYTES]; /* of the first run that has some */

    size_t answered, failed; /* per run: median of answered; of failed the sum over all runs */
    struct stats_summary makespan, per_request; /* seconds; n = 0: no figure */
    double total_s;                             /* of all makespans */
    double ideal_s, efficiency;                 /* efficiency 0..1, or NAN where ideal is 0 */
    double latency_p50_s, latency_p99_s;        /* medians over runs, or NAN */
    double syn_retransmits, listen_overflows;   /* medians over runs, or NAN */
    double setup_s, warmup_s, teardown_s, server_start_s, process_s; /* medians over runs */
    bool has_whole;
    struct stored_whole whole; /* hyperfine's */
};

struct judgement {
    struct campaign_info campaign;
    char caption[512];
    struct case_summary *cases;
    size_t case_count;
    size_t run_count, invalid_runs;
    double timed_s; /* spent inside timed runs */
};

/* Read a campaign (as store_find_campaign finds it) and summarise it. */
int judge_campaign(struct store *store, const char *id, struct judgement *out, struct error *error);
void judgement_release(struct judgement *judgement);

#endif
