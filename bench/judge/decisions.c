#include "decisions.h"

#include <stdlib.h>
#include <string.h>

#include "bench/plan/case_fields.h"

/* A slower control differs in its delay, too. */
static bool repeats(const struct bench_case *control, const struct bench_case *c)
{
    unsigned fields = case_fields_of(CASE_SAME) & ~CASE_BIT(control) & ~CASE_BIT(delay);
    return !c->control && case_order(control, c, fields) == 0;
}

static bool is_pair(const struct bench_case *over, const struct bench_case *under)
{
    if (over->control || under->control)
        return over->control && repeats(over, under);
    return case_alike(over, under, CASE_SAME_PLACE) &&
           strcmp(over->driver->name, under->driver->name) != 0 && !case_is_reference(over) &&
           !case_is_reference(under);
}

size_t decisions_make(const struct bench_case *cases, size_t n, struct decision **out)
{
    size_t count = 0;
    *out = NULL;
    for (size_t over = 0; over < n; over++)
        for (size_t under = 0; under < over; under++) {
            if (!is_pair(&cases[over], &cases[under]))
                continue;
            *out = xrealloc(*out, count + 1, sizeof(**out));
            (*out)[count++] = (struct decision){.over = over, .under = under};
        }
    return count;
}

struct stats_comparison decisions_compare(const struct decision_rule *rule, const double *ratios,
                                          size_t n)
{
    if (rule->anytime_pairs)
        return stats_compare_anytime(ratios, n, rule->anytime_pairs, rule->margin);
    struct stats_comparison comparison = stats_compare_pairs(ratios, n);
    stats_set_margin(&comparison, rule->margin);
    return comparison;
}
