#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool completed_all(const struct compare_case *c)
{
    if (case_is_open(&c->c)) /* its figure is of one request */
        return true;
    for (size_t i = 0; i < c->run_count; i++)
        if (c->runs[i].completed < c->c.requests)
            return false;
    return true;
}

/* A figure of each run; false where one is not above 0, so that there is no ratio. */
static bool take_figures(const struct compare_case *c, bool per_request, double *values)
{
    bool usable = c->run_count > 0;
    for (size_t i = 0; i < c->run_count; i++) {
        const struct compare_run *run = &c->runs[i];
        usable = usable && run->figure_s > 0 && run->completed > 0;
        values[i] = per_request ? run->figure_s / (double)run->completed : run->figure_s;
    }
    return usable;
}

/* The ratios b ÷ a of the blocks that both have, and in which not both were overloaded. Returns how
 * many. */
static size_t take_ratios(const struct compare_row *row, const double *a_values,
                          const double *b_values, double *ratios)
{
    size_t n = 0;
    for (size_t i = 0; i < row->a->run_count; i++) {
        size_t j = 0;
        while (j < row->b->run_count && row->b->runs[j].block != row->a->runs[i].block)
            j++;
        bool overloaded = isinf(a_values[i]) && j < row->b->run_count && isinf(b_values[j]);
        if (j < row->b->run_count && !overloaded)
            ratios[n++] = b_values[j] / a_values[i];
    }
    return n;
}

/* Returns false if no block has both. */
static bool compare_blocks(struct compare_row *row, const struct decision_rule *rule,
                           const double *a_values, const double *b_values)
{
    double *ratios = xcalloc(row->a->run_count, sizeof(*ratios));
    size_t n = take_ratios(row, a_values, b_values, ratios);
    if (n)
        row->stats = decisions_compare(rule, ratios, n);
    free(ratios);
    return n > 0;
}

static void judge_figures(struct compare_row *row, const struct comparison *comparison)
{
    const struct compare_case *a = row->a, *b = row->b;
    double *a_values = xcalloc(a->run_count, sizeof(*a_values));
    double *b_values = xcalloc(b->run_count, sizeof(*b_values));
    row->per_request = !completed_all(a) || !completed_all(b);
    row->outcome = COMPARE_NO_FIGURE;
    if (take_figures(a, row->per_request, a_values) &&
        take_figures(b, row->per_request, b_values)) {
        row->outcome = COMPARE_JUDGED;
        if (!comparison->paired) {
            row->stats = stats_compare(a_values, a->run_count, b_values, b->run_count);
            stats_set_margin(&row->stats, comparison->rule.margin);
        } else if (!compare_blocks(row, &comparison->rule, a_values, b_values)) {
            row->outcome = COMPARE_NO_FIGURE;
        }
        row->a_median = stats_median(a_values, a->run_count);
        row->b_median = stats_median(b_values, b->run_count);
        if (isinf(row->a_median) || isinf(row->b_median))
            row->outcome = COMPARE_NO_FIGURE;
    }
    free(a_values);
    free(b_values);
}

static void judge_row(struct compare_row *row, const struct comparison *comparison)
{
    if (!row->a || !row->b)
        row->outcome = COMPARE_NO_PARTNER;
    else if (row->a->invalid_count || row->b->invalid_count)
        row->outcome = COMPARE_INVALID;
    else
        judge_figures(row, comparison);
}

static const struct compare_case *partner_of(const struct compare_case *c,
                                             const struct compare_side *side, unsigned fields)
{
    for (size_t i = 0; i < side->case_count; i++)
        if (case_order(&side->cases[i].c, &c->c, fields) == 0)
            return &side->cases[i];
    return NULL;
}

const struct bench_case *compare_row_case(const struct compare_row *row)
{
    return row->a ? &row->a->c : &row->b->c;
}

/* The fields in which any two rows differ, and those that labels begin with. */
static unsigned find_differences(const struct comparison *comparison)
{
    unsigned fields = case_heads();
    for (size_t i = 0; i < comparison->row_count; i++)
        for (size_t j = 0; j < i; j++)
            fields |= case_differences(compare_row_case(&comparison->rows[i]),
                                       compare_row_case(&comparison->rows[j]));
    return fields;
}

static void add_row(struct comparison *comparison, const struct compare_case *a,
                    const struct compare_case *b)
{
    struct compare_row *row = &comparison->rows[comparison->row_count++];
    *row = (struct compare_row){.a = a, .b = b};
    judge_row(row, comparison);
}

/* The rows of a comparison are a family. Where all pairs of a campaign are one, it is larger. */
static void correct_rows(struct comparison *comparison)
{
    if (comparison->rule.anytime_pairs)
        return;
    struct stats_comparison **family =
        xcalloc(comparison->row_count + 1, sizeof(struct stats_comparison *));
    size_t n = 0;
    for (size_t i = 0; i < comparison->row_count; i++)
        if (comparison->rows[i].outcome == COMPARE_JUDGED)
            family[n++] = &comparison->rows[i].stats;
    stats_correct_all(family, n);
    free(family);
}

void compare_sides(struct compare_side *a, const char *a_name, struct compare_side *b,
                   const char *b_name, bool paired, double margin, struct comparison *out)
{
    unsigned fields = a->told & b->told;
    struct decision_rule rule = paired ? a->rule : (struct decision_rule){.margin = STATS_MARGIN};
    if (margin > 0)
        rule.margin = margin;
    compare_side_merge(a, fields);
    compare_side_merge(b, fields);
    *out = (struct comparison){.a_name = a_name, .b_name = b_name, .paired = paired, .rule = rule};
    out->rows = xcalloc(a->case_count + b->case_count, sizeof(*out->rows));
    for (size_t i = 0; i < a->case_count; i++)
        add_row(out, &a->cases[i], partner_of(&a->cases[i], b, fields));
    for (size_t i = 0; i < b->case_count; i++)
        if (!partner_of(&b->cases[i], a, fields))
            add_row(out, NULL, &b->cases[i]);
    correct_rows(out);
    for (size_t i = 0; i < out->row_count; i++) {
        const struct compare_row *row = &out->rows[i];
        out->count[row->outcome]++;
        if (row->outcome == COMPARE_JUDGED) {
            out->judged[row->stats.outcome]++;
            out->too_few += row->stats.too_few;
        }
    }
    out->fields = find_differences(out) & fields;
}

void comparison_release(struct comparison *comparison)
{
    free(comparison->rows);
    comparison->rows = NULL;
    comparison->row_count = 0;
}

int compare_split_driver(struct compare_side *from, const char *driver, struct compare_side *out,
                         struct error *error)
{
    size_t kept = 0;
    *out = (struct compare_side){0};
    memcpy(out->name, from->name, sizeof(out->name));
    memcpy(out->status, from->status, sizeof(out->status));
    out->rule = from->rule;
    out->told = from->told & ~CASE_BIT(driver) & ~CASE_BIT(variant);
    for (size_t i = 0; i < from->case_count; i++) {
        struct compare_case *c = &from->cases[i];
        if (strcmp(c->c.driver->name, driver) != 0) {
            from->cases[kept++] = *c;
            continue;
        }
        out->cases = xrealloc(out->cases, out->case_count + 1, sizeof(*out->cases));
        out->cases[out->case_count++] = *c;
    }
    from->case_count = kept;
    if (out->case_count == 0)
        return error_set(error, "%.120s has no case of a driver '%.60s'", from->name, driver);
    return 0;
}

bool compare_slower_than(const struct compare_row *row, double limit)
{
    return row->outcome == COMPARE_JUDGED && row->stats.outcome == STATS_SLOWER &&
           row->stats.ratio.interval.low > 1 + limit;
}
