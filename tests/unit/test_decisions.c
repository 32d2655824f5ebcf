/* Simulated campaigns that look after every block until two drivers are decided: how often is one
 * called different that is not, and how soon is a true difference found? The table of
 * docs/methodology.md is the output of DECISION_TRIALS=1000 build/tests/test_decisions; without
 * that variable there are fewer trials and no table. */
#include "bench/judge/decisions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/judge/compare_read.h"
#include "drivers/driver.h"
#include "lib/rng.h"
#include "workloads/workloads.h"

enum { FEWEST_TRIALS = 200, FIRST_LOOK = 6, BLOCKS_MAX = 100, FIXED_BLOCKS = 10 };

/* ---- blocks ---- */

static double uniform(struct rng *rng)
{
    return ((double)rng_upto(rng, (1U << 30) - 1) + 0.5) / (1U << 30);
}

static double draw_normal(struct rng *rng)
{
    return sqrt(-2 * log(uniform(rng))) * cos(2 * acos(-1) * uniform(rng));
}

/* Student's t with two degrees of freedom: its variance is infinite. */
static double draw_heavy(struct rng *rng)
{
    return draw_normal(rng) / sqrt(-log(uniform(rng)));
}

/* Three of ten runs are slow, as where the accept queue overflows. */
static double draw_bimodal(struct rng *rng)
{
    return draw_normal(rng) + (uniform(rng) < 0.3 ? 10 : 0);
}

static const struct model {
    const char *name;
    double (*draw)(struct rng *rng); /* NULL: recorded runs */
    double noise;                    /* of a run: a standard deviation of the normal one */
    size_t pairs;                    /* of the campaign, of which this is one */
} models[] = {
    {"normal, 0.5%", draw_normal, 0.005, 1},
    {"normal, 1%", draw_normal, 0.01, 1},
    {"normal, 1%, 6 pairs", draw_normal, 0.01, 6},
    {"normal, 2%", draw_normal, 0.02, 1},
    {"heavy-tailed, 1%", draw_heavy, 0.01, 1},
    {"bimodal, 1%", draw_bimodal, 0.01, 1},
    {"recorded", NULL, 0, 1},
};

/* The reference campaign. */
static struct compare_side recorded;

static bool is_usable(const struct compare_case *c)
{
    return c->run_count >= 2 && c->c.concurrency > 1 && !case_is_reference(&c->c);
}

static int read_recorded(void **state)
{
    struct error error;
    (void)state;
    if (compare_open("results/reference/runs.csv", "results", &recorded, &error) < 0) {
        fprintf(stderr, "%s\n", error.text);
        return -1;
    }
    size_t usable = 0;
    for (size_t i = 0; i < recorded.case_count; i++)
        if (is_usable(&recorded.cases[i]))
            recorded.cases[usable++] = recorded.cases[i];
        else
            free(recorded.cases[i].runs);
    recorded.case_count = usable;
    return usable ? 0 : -1;
}

static int release_recorded(void **state)
{
    (void)state;
    compare_side_release(&recorded);
    return 0;
}

/* Two different runs of one case: an A/A pair, with all that changes from block to block in it. */
static double draw_recorded(const struct compare_case *c, struct rng *rng)
{
    size_t a = rng_upto(rng, c->run_count - 1), b = rng_upto(rng, c->run_count - 2);
    b += b >= a;
    return c->runs[b].figure_s / c->runs[a].figure_s;
}

static void draw_ratios(const struct model *model, double true_ratio, struct rng *rng,
                        double ratios[BLOCKS_MAX])
{
    const struct compare_case *c = &recorded.cases[rng_upto(rng, recorded.case_count - 1)];
    for (size_t i = 0; i < BLOCKS_MAX; i++)
        ratios[i] =
            true_ratio * (model->draw ? exp(model->noise * (model->draw(rng) - model->draw(rng)))
                                      : draw_recorded(c, rng));
}

/* ---- rules ---- */

struct result {
    enum stats_outcome outcome;
    size_t blocks;
};

/* Look after every block, as a campaign does. */
static struct result look(const struct decision_rule *rule, const double *ratios, size_t from,
                          size_t to)
{
    struct result result = {STATS_UNDECIDED, from};
    for (size_t n = from; n <= to && result.outcome == STATS_UNDECIDED; n++)
        result = (struct result){decisions_compare(rule, ratios, n).outcome, n};
    return result;
}

enum rule { UNTIL_DECIDED, FIXED, FIXED_WITH_LOOKS, RULES };

static struct result apply(enum rule kind, const struct model *model, const double *ratios)
{
    struct decision_rule rule = {.margin = STATS_MARGIN};
    if (kind == UNTIL_DECIDED)
        rule.anytime_pairs = model->pairs;
    return kind == FIXED ? look(&rule, ratios, FIXED_BLOCKS, FIXED_BLOCKS)
                         : look(&rule, ratios, FIRST_LOOK, BLOCKS_MAX);
}

struct shares {
    double of[STATS_OUTCOMES];
    double blocks, most_blocks; /* mean, and of nine in ten */
};

static struct shares simulate(enum rule rule, const struct model *model, double difference,
                              size_t trials)
{
    struct shares shares = {.blocks = 0};
    double *blocks = calloc(trials, sizeof(*blocks));
    struct rng rng;
    rng_init(&rng, 11);
    for (size_t i = 0; i < trials; i++) {
        double ratios[BLOCKS_MAX];
        draw_ratios(model, 1 + difference, &rng, ratios);
        struct result result = apply(rule, model, ratios);
        shares.of[result.outcome] += 1 / (double)trials;
        blocks[i] = (double)result.blocks;
        shares.blocks += blocks[i] / (double)trials;
    }
    qsort(blocks, trials, sizeof(*blocks), stats_compare_doubles);
    shares.most_blocks = stats_quantile(blocks, trials, 0.9);
    free(blocks);
    return shares;
}

static double different(const struct shares *shares)
{
    return shares->of[STATS_FASTER] + shares->of[STATS_SLOWER];
}

/* ---- tests ---- */

static size_t trials_wanted(void)
{
    const char *text = getenv("DECISION_TRIALS");
    return text ? strtoul(text, NULL, 10) : FEWEST_TRIALS;
}

/* Of results that have at most that probability, four standard deviations more are by chance. */
static double allowed(double probability, size_t trials)
{
    return probability + 4 * sqrt(probability * (1 - probability) / (double)trials);
}

static void print_row(const struct model *model, double difference,
                      const struct shares shares[RULES])
{
    const struct shares *d = &shares[UNTIL_DECIDED];
    printf("| %s | %g%% | %.1f%% | %.1f%% | %.1f%% | %.1f | %.0f | %.1f%% | %.1f%% | %.1f%% |\n",
           model->name, 100 * difference, 100 * different(d), 100 * d->of[STATS_EQUIVALENT],
           100 * d->of[STATS_UNDECIDED], d->blocks, d->most_blocks, 100 * different(&shares[FIXED]),
           100 * shares[FIXED].of[STATS_EQUIVALENT], 100 * different(&shares[FIXED_WITH_LOOKS]));
}

/* What is said to be different, or equivalent, and is not. */
static void check_row(const struct model *model, double difference, const struct shares *decided,
                      size_t trials)
{
    double wrong = difference > 0 ? decided->of[STATS_FASTER] + decided->of[STATS_EQUIVALENT]
                                  : different(decided);
    if (wrong > allowed(STATS_ALPHA_ANYTIME / (double)model->pairs, trials))
        fail_msg("%s, %g: %g are wrong", model->name, difference, wrong);
}

static void few_are_decided_wrongly(void **state)
{
    (void)state;
    static const double differences[] = {0, 0.02, 0.05};
    bool table = getenv("DECISION_TRIALS");
    size_t trials = trials_wanted();
    if (table)
        puts(
            "| noise | true difference | different | equivalent | undecided | blocks | nine in ten "
            "within | fixed: different | fixed: equivalent | fixed, with looks: different |\n"
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
        for (size_t d = 0; d < sizeof(differences) / sizeof(differences[0]); d++) {
            struct shares shares[RULES];
            for (enum rule rule = 0; rule < RULES; rule++)
                shares[rule] = simulate(rule, &models[m], differences[d],
                                        table || rule == UNTIL_DECIDED ? trials : 1);
            if (table)
                print_row(&models[m], differences[d], shares);
            check_row(&models[m], differences[d], &shares[UNTIL_DECIDED], trials);
        }
}

/* 5% in about ten blocks, at noise of 1% and 2%. */
static void a_true_difference_is_found_soon(void **state)
{
    (void)state;
    for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++) {
        if (models[m].draw != draw_normal || models[m].pairs > 1)
            continue;
        struct shares shares = simulate(UNTIL_DECIDED, &models[m], 0.05, FEWEST_TRIALS);
        assert_true(shares.of[STATS_SLOWER] > 0.99);
        assert_true(shares.blocks < 15);
    }
}

/* The simulation can tell: the p of a fixed number of blocks is not made for being looked at. */
static void looks_at_a_fixed_rule_are_noticed(void **state)
{
    (void)state;
    const struct model noisy = {"normal, 4%", draw_normal, 0.04, 1};
    struct shares fixed = simulate(FIXED, &noisy, 0, FEWEST_TRIALS);
    struct shares looks = simulate(FIXED_WITH_LOOKS, &noisy, 0, FEWEST_TRIALS);
    struct shares decided = simulate(UNTIL_DECIDED, &noisy, 0, FEWEST_TRIALS);
    assert_true(different(&fixed) <= allowed(STATS_ALPHA, FEWEST_TRIALS));
    assert_true(different(&looks) > 0.15);
    assert_true(different(&decided) <= allowed(STATS_ALPHA_ANYTIME, FEWEST_TRIALS));
}

/* ---- pairs ---- */

static struct bench_case a_case(const char *driver, unsigned concurrency)
{
    struct bench_case c = {.workload = workload_find("randint"),
                           .requests = 1024,
                           .concurrency = concurrency,
                           .pipeline = 1,
                           .delay = NSEC_PER_MSEC,
                           .backlog = 4096};
    c.driver = driver_find(driver);
    return c;
}

static void pairs_of_a_campaign(void **state)
{
    (void)state;
    struct bench_case cases[] = {
        a_case("null", 8),       a_case("libev", 8),  a_case("epoll", 8), a_case("threadpool", 8),
        a_case("threadpool", 4), a_case("epoll", 4),  a_case("libev", 2), a_case("libev", 8),
        a_case("epoll", 16),     a_case("libev", 16),
    };
    cases[7].control = CONTROL_SLOWER; /* with a delay of its own */
    cases[7].delay *= 2;
    for (size_t i = 8; i < 10; i++) {
        cases[i].arrivals = ARRIVALS_POISSON;
        cases[i].rate = 1000;
    }
    const size_t expected[][2] = {{2, 1}, {3, 1}, {3, 2}, {5, 4}, {7, 1}, {9, 8}};
    struct decision *decisions;
    assert_int_equal(decisions_make(cases, 10, &decisions), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(decisions[i].over, expected[i][0]);
        assert_int_equal(decisions[i].under, expected[i][1]);
    }
    free(decisions);
    assert_int_equal(decisions_make(cases, 2, &decisions), 0);
    assert_null(decisions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_are_decided_wrongly),
        cmocka_unit_test(a_true_difference_is_found_soon),
        cmocka_unit_test(looks_at_a_fixed_rule_are_noticed),
        cmocka_unit_test(pairs_of_a_campaign),
    };
    return cmocka_run_group_tests_name("decisions", tests, read_recorded, release_recorded);
}
