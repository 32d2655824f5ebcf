#include "evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/stats.h"

enum { LEAST_RUNS = 3 }; /* fewer have no interval to speak of */

/* One case under its name in the lesson, and everything that is known of its runs. */
struct role {
    const char *name;
    struct stored_case c;
    struct stored_run *runs;
    size_t run_count;
    int64_t (*ledger)[LEDGER_SIDES][LEDGER_METRICS]; /* by run */
    struct sample_list {
        struct stored_sample *items;
        size_t count;
    } * samples; /* by run; NULL without */
};

struct evidence {
    struct role *roles;
    size_t role_count;
    uint64_t seed;
    struct evidence_line lines[EVIDENCE_MAX];
    size_t line_count;
};

/* ---- reading ---- */

static size_t run_of_block(const struct role *role, unsigned block)
{
    size_t i = 0;
    while (i < role->run_count && role->runs[i].block != block)
        i++;
    return i;
}

static void take_ledger(void *target, unsigned block, enum ledger_side side,
                        enum ledger_metric metric, int64_t value)
{
    struct role *role = target;
    size_t i = run_of_block(role, block);
    if (i < role->run_count)
        role->ledger[i][side][metric] = value;
}

static void take_sample(void *target, unsigned block, const struct stored_sample *sample)
{
    struct role *role = target;
    size_t i = run_of_block(role, block);
    if (i == role->run_count)
        return;
    struct sample_list *list = &role->samples[i];
    size_t n = list->count++;
    if ((n & (n - 1)) == 0) /* room doubles */
        list->items = xrealloc(list->items, n ? 2 * n : 1, sizeof(*list->items));
    list->items[n] = *sample;
}

static int read_role(struct role *role, struct store *store, bool with_samples, struct error *error)
{
    if (store_runs(store, role->c.id, &role->runs, &role->run_count, error) < 0)
        return -1;
    role->ledger = xcalloc(role->run_count + 1, sizeof(*role->ledger));
    for (size_t i = 0; i < role->run_count; i++)
        for (int s = 0; s < LEDGER_SIDES; s++)
            for (int m = 0; m < LEDGER_METRICS; m++)
                role->ledger[i][s][m] = LEDGER_NOT_AVAILABLE;
    if (store_case_ledger(store, role->c.id, take_ledger, role, error) < 0)
        return -1;
    if (!with_samples)
        return 0;
    role->samples = xcalloc(role->run_count + 1, sizeof(*role->samples));
    return store_case_samples(store, role->c.id, take_sample, role, error);
}

struct evidence *evidence_read(struct store *store, const char *campaign_id,
                               const char *const *roles, size_t role_count, bool with_samples,
                               uint64_t seed, struct error *error)
{
    struct stored_case *cases;
    size_t n;
    if (store_cases(store, campaign_id, &cases, &n, error) < 0)
        return NULL;
    struct evidence *evidence = xcalloc(1, sizeof(*evidence));
    evidence->seed = seed;
    evidence->roles = xcalloc(role_count, sizeof(*evidence->roles));
    int result = n == role_count ? 0
                                 : error_set(error, "campaign %s has %zu cases and the lesson %zu",
                                             campaign_id, n, role_count);
    while (result == 0 && evidence->role_count < role_count) {
        struct role *role = &evidence->roles[evidence->role_count];
        role->name = roles[evidence->role_count];
        role->c = cases[evidence->role_count++];
        result = read_role(role, store, with_samples, error);
    }
    free(cases);
    if (result == 0)
        return evidence;
    evidence_free(evidence);
    return NULL;
}

void evidence_free(struct evidence *evidence)
{
    if (!evidence)
        return;
    for (size_t r = 0; r < evidence->role_count; r++) {
        struct role *role = &evidence->roles[r];
        for (size_t i = 0; role->samples && i < role->run_count; i++)
            free(role->samples[i].items);
        free(role->samples);
        free(role->ledger);
        free(role->runs);
    }
    free(evidence->roles);
    free(evidence);
}

/* ---- judging ---- */

/* A name that no role has is the lesson's mistake, not the machine's. */
static const struct role *find_role(const struct evidence *evidence, const char *name)
{
    for (size_t r = 0; r < evidence->role_count; r++)
        if (!strcmp(evidence->roles[r].name, name))
            return &evidence->roles[r];
    fprintf(stderr, "waitbench: the lesson has no case '%s'\n", name);
    abort();
}

const struct stored_case *evidence_case(const struct evidence *evidence, const char *role)
{
    return &find_role(evidence, role)->c;
}

/* The figure of run `i`, or NAN where there is no such run or it has none. */
static double figure_of(const struct role *role, size_t i, figure_fn *figure)
{
    if (i >= role->run_count || role->runs[i].verdict == VERDICT_INVALID)
        return NAN;
    struct run_view view = {
        .c = &role->c,
        .run = &role->runs[i],
        .ledger = (const int64_t(*)[LEDGER_METRICS])role->ledger[i],
        .samples = role->samples ? role->samples[i].items : NULL,
        .sample_count = role->samples ? role->samples[i].count : 0,
    };
    return figure(&view);
}

/* The figure of every run that has it, into `values`; returns how many. */
static size_t take_figures(const struct role *role, figure_fn *figure, double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < role->run_count; i++) {
        double value = figure_of(role, i, figure);
        if (!isnan(value))
            values[n++] = value;
    }
    return n;
}

static enum finding judge_line(const struct evidence_line *line)
{
    if (line->runs < LEAST_RUNS || isnan(line->value))
        return FINDING_INCONCLUSIVE;
    bool least = line->relation == AT_LEAST;
    if (least ? line->low >= line->bound : line->high <= line->bound)
        return FINDING_HOLDS;
    if (least ? line->high < line->bound : line->low > line->bound)
        return FINDING_FAILS;
    return FINDING_INCONCLUSIVE;
}

static void ask_for(struct evidence_line *line, enum relation relation, double bound)
{
    line->relation = relation;
    line->bound = bound;
    line->finding = judge_line(line);
}

/* A line without a value yet. */
static struct evidence_line *add_line(struct evidence *evidence, const char *words,
                                      const char *unit)
{
    if (evidence->line_count == EVIDENCE_MAX)
        abort(); /* the lesson says too much */
    struct evidence_line *line = &evidence->lines[evidence->line_count++];
    *line = (struct evidence_line){
        .value = NAN, .low = NAN, .high = NAN, .bound = NAN, .finding = FINDING_SHOWN};
    snprintf(line->words, sizeof(line->words), "%s", words);
    snprintf(line->unit, sizeof(line->unit), "%s", unit);
    return line;
}

enum over_runs { THE_MEDIAN, THE_LEAST, THE_MOST };

static void summarise(const struct evidence *evidence, struct evidence_line *line, double *values,
                      size_t n, enum over_runs which)
{
    line->runs = n;
    if (!n)
        return;
    struct stats_summary summary = stats_summarise(values, n, evidence->seed);
    line->value = which == THE_MEDIAN  ? summary.median
                  : which == THE_LEAST ? summary.min
                                       : summary.max;
    line->low = which == THE_MEDIAN ? summary.interval.low : line->value;
    line->high = which == THE_MEDIAN ? summary.interval.high : line->value;
}

static struct evidence_line *add_value(struct evidence *evidence, const char *name,
                                       figure_fn *figure, enum over_runs which, const char *unit,
                                       const char *words)
{
    const struct role *role = find_role(evidence, name);
    struct evidence_line *line = add_line(evidence, words, unit);
    double *values = xcalloc(role->run_count + 1, sizeof(*values));
    summarise(evidence, line, values, take_figures(role, figure, values), which);
    free(values);
    return line;
}

void evidence_show(struct evidence *evidence, const char *role, figure_fn *figure, const char *unit,
                   const char *words)
{
    add_value(evidence, role, figure, THE_MEDIAN, unit, words);
}

void evidence_value(struct evidence *evidence, const char *role, figure_fn *figure,
                    const char *unit, enum relation relation, double bound, const char *words)
{
    ask_for(add_value(evidence, role, figure, THE_MEDIAN, unit, words), relation, bound);
}

void evidence_least(struct evidence *evidence, const char *role, figure_fn *figure,
                    const char *unit, enum relation relation, double bound, const char *words)
{
    ask_for(add_value(evidence, role, figure, THE_LEAST, unit, words), relation, bound);
}

void evidence_most(struct evidence *evidence, const char *role, figure_fn *figure, const char *unit,
                   enum relation relation, double bound, const char *words)
{
    ask_for(add_value(evidence, role, figure, THE_MOST, unit, words), relation, bound);
}

typedef double pair_fn(double over, double under, double connections);

/* A line of what `function` makes of the figures of two roles, block by block: what made a block
 * slow, or had grown by then, is in both. Blocks in which one has none are left out. */
static struct evidence_line *add_pairs(struct evidence *evidence, const char *role,
                                       const char *base, figure_fn *figure, pair_fn *function,
                                       const char *unit, const char *words)
{
    const struct role *over = find_role(evidence, role), *under = find_role(evidence, base);
    double connections = (double)over->c.concurrency - (double)under->c.concurrency;
    struct evidence_line *line = add_line(evidence, words, unit);
    double *values = xcalloc(over->run_count + 1, sizeof(*values));
    size_t n = 0;
    for (size_t i = 0; i < over->run_count; i++) {
        size_t twin = run_of_block(under, over->runs[i].block);
        double value =
            function(figure_of(over, i, figure), figure_of(under, twin, figure), connections);
        if (isfinite(value))
            values[n++] = value;
    }
    summarise(evidence, line, values, n, THE_MEDIAN);
    free(values);
    return line;
}

static double ratio_of(double over, double under, double connections)
{
    (void)connections;
    return over / under;
}

void evidence_ratio(struct evidence *evidence, const char *role, const char *base,
                    figure_fn *figure, enum relation relation, double bound, const char *words)
{
    ask_for(add_pairs(evidence, role, base, figure, ratio_of, "times", words), relation, bound);
}

/* --with may have made the two the same: then there is none. */
static double slope_of(double over, double under, double connections)
{
    return (over - under) / connections;
}

void evidence_slope(struct evidence *evidence, const char *role, const char *base,
                    figure_fn *figure, const char *unit, enum relation relation, double bound,
                    const char *words)
{
    ask_for(add_pairs(evidence, role, base, figure, slope_of, unit, words), relation, bound);
}

size_t evidence_lines(const struct evidence *evidence, const struct evidence_line **lines)
{
    *lines = evidence->lines;
    return evidence->line_count;
}

/* A run that may not be believed leaves its case without a figure. */
static const struct stored_run *invalid_run(const struct evidence *evidence, const char **role)
{
    for (size_t r = 0; r < evidence->role_count; r++)
        for (size_t i = 0; i < evidence->roles[r].run_count; i++)
            if (evidence->roles[r].runs[i].verdict == VERDICT_INVALID) {
                *role = evidence->roles[r].name;
                return &evidence->roles[r].runs[i];
            }
    return NULL;
}

enum finding evidence_verdict(const struct evidence *evidence, char *why, size_t size)
{
    const char *role;
    const struct stored_run *invalid = invalid_run(evidence, &role);
    if (invalid) {
        snprintf(why, size, "a run of '%s' gives no figure: %s", role, invalid->reasons);
        return FINDING_INCONCLUSIVE;
    }
    enum finding verdict = FINDING_HOLDS;
    const struct evidence_line *decides = NULL;
    for (size_t i = 0; i < evidence->line_count; i++) {
        const struct evidence_line *line = &evidence->lines[i];
        if (line->finding != FINDING_SHOWN && line->finding > verdict) {
            verdict = line->finding;
            decides = line;
        }
    }
    if (decides && decides->runs < LEAST_RUNS)
        snprintf(why, size, "too few runs have a figure for: %s", decides->words);
    else if (decides)
        snprintf(why, size, "%s: %s", decides->words,
                 verdict == FINDING_FAILS ? "not so" : "the interval holds the bound");
    else
        snprintf(why, size, "every line of the evidence is as it has to be");
    return verdict;
}
