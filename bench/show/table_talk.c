/* A campaign's figures in the words of the talk. */
#include "table.h"

#include <string.h>

#include "lib/units.h"
#include "bench/plan/case_fields.h"
#include "cells.h"

static bool is_fib(const struct bench_case *c)
{
    return !strcmp(c->workload->name, "fib");
}

/* What the talk called it, or would have: fibs and fibp are its own names. */
static const char *fib_name(const struct bench_case *c)
{
    static const char *const names[MODEL_COUNT] = {
        [MODEL_SERIAL] = "fibs", [MODEL_THREADS] = "fibt", [MODEL_PROCESSES] = "fibp"};
    const char *name = names[c->driver->model];
    return name ? name : "fibl";
}

static void print_group(const struct bench_case *c, FILE *out)
{
    char setting[CASE_LABEL_BYTES];
    bool work = case_is_work(c), burst = c->arrivals == ARRIVALS_BURST;
    if (!burst)
        fputs("all requests, so many at a time", out);
    else
        fprintf(out, "as many requests as %s, all at once", work ? "C says" : "connections");
    if (!work && *table_setting(c, setting))
        fprintf(out, ", %s%s%s", setting, case_has_usual_model(c) ? "" : ", server ",
                case_has_usual_model(c) ? "" : c->server_model);
    fputs(":\n", out);
}

/* "5 runs of threadpool(256) in 2.3s: ", or "5 runs of fibp in 0.1s: ". */
static void print_runs(const struct case_summary *s, FILE *out)
{
    fprintf(out, "%zu run%s of ", s->run_count, s->run_count == 1 ? "" : "s");
    if (is_fib(&s->c))
        fputs(fib_name(&s->c), out);
    else
        fprintf(out, "%s(%u)", s->c.driver->name, s->c.concurrency);
    fprintf(out, " in %.1fs: ", s->total_s);
}

static void print_figure(const struct case_summary *s, FILE *out)
{
    char talk[UNITS_TEXT_BYTES];
    if (s->makespan.n == 0)
        fprintf(out, "no figure, %s", s->run_count ? quality_names[s->quality] : "not run");
    else if (s->completed < s->c.requests)
        fprintf(out, "%s per request, %zu of %zu requests made",
                units_format_talk((nsec_t)(s->per_request.best3 * 1e9), talk), s->completed,
                s->c.requests);
    else
        fprintf(out, "%s per run", units_format_talk((nsec_t)(s->makespan.best3 * 1e9), talk));
    if (is_fib(&s->c))
        fprintf(out, " (%s(%u), %zu elements)", s->c.driver->name, s->c.concurrency, s->c.requests);
    fputc('\n', out);
}

/* The talk ran them on four cores, in Python; what is to be compared is how its figures lie. */
static void print_talks_own(FILE *out)
{
    fputs("\nThe talk, its eight elements once, on four cores: 6.42 msec in series (fibs), 6.65 "
          "msec on\nthreads, 2.59 msec on processes (fibp). The names fibt (threads) and fibl "
          "(loops) are ours.\n",
          out);
}

void table_print_talk(const struct judgement *judgement, enum grid_style style, FILE *out)
{
    bool fib = false;
    const struct bench_case *before = NULL;
    if (judgement_open_cases(judgement) == judgement->case_count)
        return;
    table_print_heading("In the talk's format (mean of the best three runs)", style, out);
    if (style == GRID_MARKDOWN)
        fputs("```\n", out);
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        if (case_is_open(&s->c))
            continue;
        bool one_kind = before && case_is_alone(before);
        if (!before || (!one_kind && !case_alike(&s->c, before, CASE_SAME_TABLE))) {
            fputs(before ? "\n" : "", out);
            print_group(&s->c, out);
        }
        print_runs(s, out);
        print_figure(s, out);
        fib |= is_fib(&s->c);
        before = &s->c;
    }
    if (fib)
        print_talks_own(out);
    if (style == GRID_MARKDOWN)
        fputs("```\n", out);
}
