/* A judged campaign as text: the talk's lines, tables of figures, caveats, the summary; and a
 * lesson's evidence, and a comparison. A table without rows is not printed. */
#ifndef WAITBENCH_TABLE_H
#define WAITBENCH_TABLE_H

#include "grid.h"
#include "bench/judge/compare.h"
#include "bench/judge/evidence.h"
#include "bench/judge/judge.h"

/* Everything: what ran, its tables, caveats, summary. GRID_SCREEN has the tables for the
 * question, and the first caveats. */
void table_print_all(const struct judgement *judgement, enum grid_style style, FILE *out);

/* The parts of that: what ran and its tables; caveats and summary. */
void table_print_results(const struct judgement *judgement, enum grid_style style, FILE *out);
void table_print_conclusion(const struct judgement *judgement, enum grid_style style, FILE *out);

/* One table for each kind of arrivals and backlog. */
void table_print_figures(const struct judgement *judgement, enum grid_style style, FILE *out);

/* ---- open arrivals ---- */

/* A row of table_print_figures() for open arrivals: rates, latencies beside service times, lag. */
struct grid *table_open_grid(void);
void table_open_add(struct grid *grid, const struct case_summary *s);

/* ---- drivers by server models ---- */

/* Does the campaign cross several drivers with several server models? */
bool matrix_is(const struct judgement *judgement);

/* Of each setting three tables: time per request, and the CPU time of both sides. */
void table_print_matrix(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Three lines: the best pairs, those to avoid, and what CPU time each takes. */
void matrix_summary_print(const struct judgement *judgement, FILE *out);

/* hyperfine's medians beside ours, and what the difference is made of. */
void table_print_whole(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Of a campaign that ran until its pairs were decided, how each was. */
void table_print_decisions(const struct judgement *judgement, enum grid_style style, FILE *out);

/* How the control and the case it repeats came out; nothing where there is none. */
void table_print_control(const struct judgement *judgement, FILE *out);

/* Why cases are NOISY or INVALID, or overloaded, and whose runs have two modes: a line for all of
 * which the same holds. The parts are whole; on a terminal the first lines are shown. */
void table_print_caveats(const struct judgement *judgement, enum grid_style style, FILE *out);
void table_print_caveats_of(const struct judgement *judgement, enum quality quality, FILE *out);
void table_print_overloads(const struct judgement *judgement, FILE *out);
void table_print_two_modes(const struct judgement *judgement, FILE *out);

/* "a, b, c and 4 more", each said by `say`: so many of them, or one more. */
void table_say_each(const struct case_summary *const *cases, size_t n, size_t most,
                    void (*say)(const struct case_summary *, FILE *), FILE *out);

/* Three lines: "Result: " of comparing the drivers where most requests are in flight,
 * "Explanation: " and "Limits: " of where it ceases to hold; one other line where no two drivers
 * can be compared. Three more of open arrivals, at the highest rate. */
void summary_print(const struct judgement *judgement, FILE *out);

/* Of closed and burst arrivals "5 runs of threadpool(256) in 2.3s: 0.452 sec per run", from the
 * mean of the best three. Of `fib` under the talk's names, "fibs" and "fibp", and ours after them;
 * with the talk's own figures. */
void table_print_talk(const struct judgement *judgement, enum grid_style style, FILE *out);

/* ---- resource usage, and where the time went ---- */

/* CPU, switches, system calls, faults, memory and threads per request or connection. */
void table_print_usage(const struct judgement *judgement, enum grid_style style, FILE *out);

/* A bar per case, stacked by the phases in which a request waited, without the server delay. */
void table_print_breakdown(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Of each case its first response, half, 90% and the last; open arrivals say when those are. */
void table_print_completion(const struct judgement *judgement, enum grid_style style, FILE *out);

/* What each rank did, of loads that were divided among ranks. */
void table_print_ranks(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Which of its ways each driver took: a line for each that has several. */
void table_print_active(const struct judgement *judgement, FILE *out);

/* ---- did the predictions help? ---- */

enum { PREDICTION_OFF_PERCENT = 15 };

/* Held against the ideal, a prediction that needs no measurement. */
struct skill {
    size_t cases; /* with a makespan, a prediction and an ideal, more than one request at a time */
    size_t predicted_close, ideal_close; /* of them within 15% of the makespan */
    double score; /* 1 - mean |log(predicted / makespan)| / mean |log(ideal / makespan)|: 1 is
                   * perfect, 0 no better than the ideal alone; NAN if that is perfect itself */
};

struct skill skill_of(const struct judgement *judgement);

/* A remark with these figures; nothing without a prediction. */
void table_print_skill(const struct judgement *judgement, enum grid_style style, FILE *out);

/* ---- does a law of scalability forecast? ---- */

/* Drivers that have cases at four values of C up to 128 or more of them, and at larger ones: the
 * law of bench/predict/scalability.h that the former make, and what it is off by for the latter,
 * beside growth in proportion to C and no growth at all. Needs gnuplot; where it is missing, a line
 * says so. */
void table_print_scalability(const struct judgement *judgement, enum grid_style style, FILE *out);

/* ---- what more cores bring to work that a program does itself ---- */

/* How a case compares with the same work done one after another. */
struct speedup {
    const struct case_summary *serial;
    struct stats_summary ratio; /* serial over this, block by block; above 1 is faster */
    unsigned cores;             /* that C jobs at once can have: the ideal speed-up */
    double busy;                /* cores that were at work, on average; or NAN */
};

/* Of a case with a figure: CPU time of the client over makespan, or NAN. */
double cores_at_work(const struct case_summary *s);

/* False where a case is no such work, or the same requests were not done one after another. */
bool speedup_find(const struct judgement *judgement, const struct case_summary *s,
                  struct speedup *out);

/* A row for every case that speedup_find() takes. */
void table_print_speedup(const struct judgement *judgement, enum grid_style style, FILE *out);

/* ---- of other campaigns ---- */

/* `waitbench limits`: a row for each driver, and a sentence that says where it ended, on which
 * limit, and how to raise that. */
void table_print_limits(const struct judgement *judgement, enum grid_style style, FILE *out);

/* The same where steps were divided among processes: a row for each step. */
void table_print_steps(const struct judgement *judgement, enum grid_style style, FILE *out);
bool steps_are_divided(const struct judgement *judgement);

/* What each driver of open arrivals made of its schedule: rates, lag, and the gaps of Poisson
 * arrivals. */
void table_print_audit(const struct judgement *judgement, enum grid_style style, FILE *out);

/* Cases of open arrivals at a server model whose workers serve one at a time. */
void table_print_queue(const struct judgement *judgement, enum grid_style style, FILE *out);

/* `waitbench capacity`: a row for each driver and server model, and a sentence. */
void table_print_capacity(const struct judgement *judgement, enum grid_style style, FILE *out);

/* A lesson's evidence; and, of servers with several workers, which of them accepted each of six
 * connections, where they were made one after another. */
void table_print_evidence(const struct judgement *judgement, enum grid_style style, FILE *out);

/* The pairs of a comparison, then in words: what has no ratio and why, what has no partner, how
 * many of each, and the rule for a difference. */
void table_print_comparison(const struct comparison *comparison, enum grid_style style, FILE *out);

#endif
