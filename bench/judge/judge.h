/* From runs to figures: one summary per case. A case with an invalid run has no figures (they are
 * NAN), but a reason: its other runs may be a biased selection. */
#ifndef WAITBENCH_JUDGE_H
#define WAITBENCH_JUDGE_H

#include "bench/base/stats_modes.h"
#include "capacity.h"
#include "decisions.h"
#include "ranks_judge.h"

/* The resource usage, and the latency breakdown of the median run. */
struct usage_summary {
    double median[USAGE_SIDES][USAGE_METRICS]; /* over the valid runs; NAN: not available */
    double breakdown_s[BREAKDOWN_PHASES]; /* means over the median run's requests; NAN likewise */
};

struct case_summary {
    struct bench_case c;
    struct stored_run *runs; /* all runs, including invalid ones */
    size_t run_count, valid_count;
    enum quality quality; /* INVALID with one invalid run, NOISY if half of them are */
    size_t invalid_count, noisy_count, overloaded_count;
    size_t outliers;                   /* makespans far from the others: flagged, not removed */
    char caveats[256];                 /* of several runs */
    char reasons[RUN_REASON_BYTES];    /* of the first of the worst runs */
    char active[MEASURE_ACTIVE_BYTES]; /* the driver's active variant, or "" */

    size_t completed, failed; /* completed: median per run; failed: sum over all runs */
    struct stats_summary makespan, per_request;           /* seconds; n = 0: no figure */
    struct stats_modes makespan_modes, per_request_modes; /* likewise; of open arrivals one mode */
    double total_s;                                       /* of all makespans */
    double ideal_s, efficiency;          /* efficiency 0..1, or NAN if the ideal is 0 */
    double latency_p50_s, latency_p99_s; /* medians over runs, or NAN */
    /* Of open arrivals: at least half of the runs were overloaded, and there are no latencies; or
     * fewer, which count as slower than the others. */
    bool overloaded;
    /* Medians; of open arrivals. */
    double service_p50_s, service_p99_s, achieved_rate;
    double offered_rate; /* of the schedule: by chance not quite the case's; NAN: there is none */
    double lag_p50_s, lag_p99_s, lag_max_s, gap_distance, gap_chance;
    double first_response_s, half_completed_s, most_completed_s, last_response_s; /* likewise */
    double syn_retransmits, listen_overflows;                                     /* likewise */
    double setup_s, warmup_s, teardown_s, server_start_s; /* medians over runs */
    double predicted_s;                                   /* or NAN */
    double width; /* of the interval, as a share of the median; INFINITY without one */
    struct usage_summary usage;
    struct rank_summary *ranks; /* of a load that was divided among ranks, else none */
    size_t rank_count;
    bool has_whole;
    struct stored_whole whole; /* hyperfine's */
};

/* The capacity of a driver and a server model, from the steps of the search. */
struct capacity_row {
    unsigned pair;
    struct bench_case c; /* its rate is one of those tried */
    char slo[SLO_TEXT_BYTES];
    struct capacity_range range;
    bool of_errors; /* the objective is: of the share of failed requests */
    /* What is limited, at the range's low end: seconds of latency, or a share; the median of the
     * runs that decide, or NAN. */
    double figure;
    bool over; /* the search was */
    size_t runs, disturbed, without_result;
    /* Of the first such run: why the driver cannot offer more, why it was NOISY, why it has no
     * result; or "". */
    char driver_limit[RUN_REASON_BYTES], noise[RUN_REASON_BYTES], no_result[RUN_REASON_BYTES];
};

/* Was the objective met or violated at some rate? */
static inline bool capacity_is_known(const struct capacity_row *row)
{
    return row->range.low || row->range.high;
}

struct judgement {
    struct campaign_info campaign;
    char caption[512];
    struct case_summary *cases;
    size_t case_count;
    size_t cases_of[QUALITY_INVALID + 1]; /* by quality */
    size_t run_count, invalid_runs;
    char environment_changes[512];          /* changes during the campaign, or "" */
    unsigned cores;                         /* that it could use */
    char no_syscalls[160];                  /* why system calls were not counted, or "" */
    char no_switches[160];                  /* why switches to be recorded were not, or "" */
    double timed_s;                         /* spent inside timed runs */
    struct case_summary *control;           /* the A/A control, not in `cases`; or NULL */
    struct stats_comparison control_result; /* of it and the case it repeats */
    struct decision_rule rule;              /* by which drivers are compared */
    struct decision *decisions; /* of a campaign that ran until its pairs were decided */
    size_t decision_count;
    struct limits_row *limits; /* of a campaign of `waitbench limits`, else none */
    size_t limits_count;
    struct {
        char limit[LIMIT_NAME_BYTES]; /* that left room for the fewest requests in flight */
        int64_t allows;               /* so many; 0: not known */
    } room;                           /* where `limits` divided them among processes */
    struct capacity_row *capacities;  /* of a campaign of `waitbench capacity`, else none */
    size_t capacity_count;
    struct capacity_step *capacity_steps; /* of these; they count where they decide */
    size_t capacity_step_count;
    struct stored_lesson lesson; /* of a lesson that was carried out; else its name is "" */
    struct evidence_line *evidence;
    size_t evidence_count;
};

/* Of a campaign under way: which cases belong to an undecided pair, into `wanted`. Returns how many
 * pairs are undecided, or -1. */
int judge_undecided(struct store *store, const struct bench_case *cases, size_t n,
                    const struct decision_rule *rule, bool *wanted, struct error *error);

/* The ratios of two cases' times per request, `over` ÷ `under`, in blocks where both have one, into
 * `ratios` (room for all runs of `over`); with open arrivals of the p99 of their latencies, in
 * blocks where neither was overloaded. Effects on a whole block cancel out. Returns how many. */
size_t judge_ratios(const struct case_summary *over, const struct case_summary *under,
                    double *ratios);

/* Remove the cases of all other drivers. */
void judgement_keep_driver(struct judgement *judgement, const char *driver);

/* Read a campaign (as store_find_campaign finds it) and summarise it. */
int judge_campaign(struct store *store, const char *id, struct judgement *out, struct error *error);

/* Fill in the capacities; its cases are there already. Returns 0 or -1. */
int judge_capacities(struct store *store, struct judgement *out, struct error *error);

/* Are its cases the steps of a search, which nobody compares: of `limits` or `capacity`? */
static inline bool judgement_is_search(const struct judgement *judgement)
{
    return judgement->limits_count || judgement->capacity_count;
}

/* How many cases have open arrivals. Their makespan is the length of their schedule, and compares
 * nothing. */
size_t judgement_open_cases(const struct judgement *judgement);

/* Lend the store what is exported as "cases" and, of capacities, with their steps. */
int judge_lend_figures(struct store *store, const struct judgement *judgement, struct error *error);

/* Did it search for capacities, and find none? */
bool judgement_has_no_result(const struct judgement *judgement);

/* Is something INVALID in it? In a search failed runs are expected: in one of `waitbench limits`
 * only wrong figures count, and a driver whose first step failed. */
bool judgement_is_invalid(const struct judgement *judgement);

void judgement_release(struct judgement *judgement);

#endif
