#include "lesson_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/plan_options.h"
#include "bench/plan/preflight.h"

enum { WORDS_MAX = 48, REPETITIONS_DEFAULT = 6 };

size_t lesson_variants(const struct lesson *lesson)
{
    size_t n = 0;
    while (n < LESSON_VARIANTS_MAX && lesson->variants[n].name)
        n++;
    return n;
}

/* The options in "VARIANT=OPTIONS" or "OPTIONS" if they apply to the variant, else NULL. */
static const char *override_for(const char *item, const char *variant)
{
    if (item[0] == '-')
        return item;
    size_t length = strlen(variant);
    return !strncmp(item, variant, length) && item[length] == '=' ? item + length + 1 : NULL;
}

/* Reject an override for a variant that does not exist: it would be ignored. */
static int check_override(const struct lesson *lesson, const char *item, struct error *error)
{
    for (size_t r = 0; r < lesson_variants(lesson); r++)
        if (override_for(item, lesson->variants[r].name))
            return 0;
    return error_set(error,
                     "'%.80s' applies to no variant of lesson %s: write VARIANT=OPTIONS or OPTIONS",
                     item, lesson->name);
}

/* Split at blanks, in place. */
static int split_words(char *text, char **argv, struct error *error)
{
    int argc = 1;
    argv[0] = (char *)"run";
    char *rest = text, *word;
    while ((word = strsep(&rest, " "))) {
        if (!*word)
            continue;
        if (argc == WORDS_MAX)
            return error_set(error, "too many options");
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    return argc;
}

/* The options of a variant, followed by its overrides: the last one applies. */
static int variant_options(const struct lesson *lesson, const struct lesson_variant *variant,
                           const struct lesson_overrides *overrides, struct plan_options *options,
                           struct error *error)
{
    static const struct option_table table = {
        .program = "waitbench run",
        .usage = "[options]",
        .summary = "These are the options that a variant of a lesson can have in place of its own.",
        .sets = {PLAN_OPTION_SETS(0, NULL)},
    };
    /* Options point into these. */
    static char texts[LESSON_VARIANTS_MAX][LESSON_WORDS_BYTES];
    char *text = texts[variant - lesson->variants], *argv[WORDS_MAX + 1];
    size_t used = (size_t)snprintf(text, LESSON_WORDS_BYTES, "--repetitions %u %s",
                                   lesson->repetitions ? lesson->repetitions : REPETITIONS_DEFAULT,
                                   variant->options);
    for (size_t i = 0; i < overrides->count && used < LESSON_WORDS_BYTES; i++) {
        const char *more = override_for(overrides->items[i], variant->name);
        if (more)
            used += (size_t)snprintf(text + used, LESSON_WORDS_BYTES - used, " %s", more);
    }
    if (used >= LESSON_WORDS_BYTES)
        return error_set(error, "the options of '%s' are too long", variant->name);
    *options = (struct plan_options){0};
    int first, argc = split_words(text, argv, error);
    if (argc < 0 || options_parse(&table, options, argc, argv, &first, error) != OPTIONS_OK)
        return error_prefix(error, "variant '%s'", variant->name);
    return 0;
}

static int add_variant(const struct lesson *lesson, const struct lesson_variant *variant,
                       const struct lesson_overrides *overrides, struct campaign *campaign,
                       struct error *error)
{
    struct plan_options options;
    struct plan plan = {0};
    if (variant_options(lesson, variant, overrides, &options, error) < 0)
        return -1;
    if (plan_options_finish(&options, &plan, error) < 0)
        return error_prefix(error, "variant '%s'", variant->name);
    int result = 0;
    if (plan.case_count != 1) {
        result =
            error_set(error, "variant '%s' has %zu cases, not one", variant->name, plan.case_count);
    } else {
        plan.cases[0].variant = variant->name;
        campaign->plan.cases[campaign->plan.case_count++] = plan.cases[0];
    }
    plan_release(&plan);
    if (campaign->info.repetitions < options.repetitions)
        campaign->info.repetitions = options.repetitions;
    campaign->info.seed = options.seed;
    campaign->runner = runner_make(&options.run);
    return result;
}

int lesson_plan(const struct lesson *lesson, const struct lesson_overrides *overrides,
                struct campaign *campaign, struct error *error)
{
    size_t n = lesson_variants(lesson);
    *campaign = (struct campaign){.without_samples = !lesson->samples};
    campaign->plan.cases = xcalloc(n, sizeof(*campaign->plan.cases));
    snprintf(campaign->info.name, sizeof(campaign->info.name), "lesson-%s", lesson->name);
    int result = 0;
    for (size_t i = 0; i < overrides->count && result == 0; i++)
        result = check_override(lesson, overrides->items[i], error);
    for (size_t r = 0; r < n && result == 0; r++)
        result = add_variant(lesson, &lesson->variants[r], overrides, campaign, error);
    if (result < 0)
        plan_release(&campaign->plan);
    return result;
}

int lesson_check_cores(const struct lesson *lesson, const struct topology *topology,
                       struct error *error)
{
    if (!topology->cpus || topology->cores >= lesson->cores)
        return 0;
    if (topology->cpus > topology->cores)
        return error_set(error,
                         "it needs %u cores, but the %u CPUs that it may use are hardware threads "
                         "of %u (CPUs of each core: %s)",
                         lesson->cores, topology->cpus, topology->cores, topology->siblings);
    return error_set(error, "it needs %u cores, but may use %u", lesson->cores, topology->cores);
}

int lesson_possible(const struct lesson *lesson, const struct plan *plan, const char *results,
                    struct error *error)
{
    struct topology topology;
    topology_of_process(&topology);
    if (lesson_check_cores(lesson, &topology, error) < 0)
        return -1;
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *c = &plan->cases[i];
        if (driver_usable(c->driver, c->concurrency, error) < 0 ||
            (c->workload->probe && c->workload->probe(error) < 0))
            return -1;
    }
    return preflight(plan, results, stderr, error);
}

static int keep(const struct lesson *lesson, struct store *store,
                const struct lesson_result *result, const struct evidence_line *lines, size_t count,
                struct error *error)
{
    struct stored_lesson kept = {0};
    snprintf(kept.name, sizeof(kept.name), "%s", lesson->name);
    snprintf(kept.verdict, sizeof(kept.verdict), "%s", finding_names[result->verdict]);
    snprintf(kept.why, sizeof(kept.why), "%s", result->why);
    return store_put_lesson(store, result->campaign_id, &kept, lines, count, error);
}

enum campaign_result lesson_run(const struct lesson *lesson, struct campaign *campaign,
                                struct store *store, struct lesson_result *result,
                                struct error *error)
{
    const char *variants[LESSON_VARIANTS_MAX];
    size_t n = lesson_variants(lesson);
    for (size_t r = 0; r < n; r++)
        variants[r] = lesson->variants[r].name;
    enum campaign_result ended = campaign_execute(campaign, store, error);
    snprintf(result->campaign_id, sizeof(result->campaign_id), "%s", campaign->info.id);
    if (ended != CAMPAIGN_COMPLETE) {
        snprintf(result->why, sizeof(result->why), "it did not run to its end");
        if (result->campaign_id[0])
            keep(lesson, store, result, NULL, 0, NULL); /* the first error is reported */
        return ended;
    }
    result->evidence = evidence_read(store, campaign->info.id, variants, n, lesson->samples, error);
    if (!result->evidence)
        return CAMPAIGN_FAILED;
    for (const struct evidence_rule *rule = lesson->evidence; rule->words; rule++)
        evidence_add(result->evidence, rule);
    result->verdict = evidence_verdict(result->evidence, result->why, sizeof(result->why));
    const struct evidence_line *lines;
    size_t count = evidence_lines(result->evidence, &lines);
    return keep(lesson, store, result, lines, count, error) < 0 ? CAMPAIGN_FAILED
                                                                : CAMPAIGN_COMPLETE;
}
