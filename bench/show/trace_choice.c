#include "trace_choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/terminal.h"

#define TO(field) OPTION_FIELD(struct trace_choice, field)

const struct option_row trace_choice_rows[] = {
    {"driver", 'd', OPTION_TEXT, TO(driver), .argument = "NAME", .values = "drivers",
     .unset = "the first case", .help = "of a trace, the case: that of this driver"},
    {"concurrency", 'c', OPTION_COUNT, TO(concurrency), .unset = "any", .min = 1,
     .max = CASE_CONCURRENCY_MAX, .help = "likewise: requests in flight"},
    {"backlog", 'b', OPTION_COUNT, TO(backlog), .unset = "any", .min = 1, .max = UINT16_MAX,
     .help = "likewise: the server's listen backlog"},
    {"arrivals", 's', OPTION_WORD, TO(arrivals), .words = arrivals_words, .unset = "any",
     .given = offsetof(struct trace_choice, arrivals_given),
     .help = "likewise: when requests start"},
    {"rate", 0, OPTION_COUNT, TO(rate), .unset = "any", .min = 1, .max = CASE_RATE_MAX,
     .help = "likewise: requests a second, of open arrivals"},
    {"server-model", 'S', OPTION_TEXT, TO(server_model), .argument = "NAME",
     .values = "server models", .unset = "any", .help = "likewise: how the server serves"},
    {"variant", 0, OPTION_TEXT, TO(variant), .argument = "NAME", .unset = "any",
     .help = "likewise: the case's name in a lesson"},
    {"block", 0, OPTION_COUNT, TO(block), .unset = "the median run's", .max = INT32_MAX,
     .given = offsetof(struct trace_choice, block_given),
     .help = "of a trace: the case's run in that block"},
    {"run", 0, OPTION_COUNT, TO(run), .argument = "ID", .unset = "by the case and the block",
     .min = 1, .max = INT64_MAX, .help = "of a trace: the run with that id in the store"},
    {0},
};

bool trace_choice_is_empty(const struct trace_choice *choice)
{
    return !choice->driver && !choice->server_model && !choice->variant &&
           !choice->arrivals_given && !choice->concurrency && !choice->backlog && !choice->rate &&
           !choice->run && !choice->block_given;
}

static bool is_case(const struct bench_case *c, const struct trace_choice *choice)
{
    return (!choice->driver || !strcmp(choice->driver, c->driver->name)) &&
           (!choice->server_model || !strcmp(choice->server_model, case_model(c))) &&
           (!choice->variant || (c->variant && !strcmp(choice->variant, c->variant))) &&
           (!choice->arrivals_given || choice->arrivals == c->arrivals) &&
           (!choice->concurrency || choice->concurrency == c->concurrency) &&
           (!choice->backlog || choice->backlog == (unsigned)c->backlog) &&
           (!choice->rate || choice->rate == c->rate);
}

static int by_quality_and_makespan(const void *a, const void *b)
{
    const struct stored_run *x = a, *y = b;
    bool x_invalid = x->quality == QUALITY_INVALID, y_invalid = y->quality == QUALITY_INVALID;
    if (x_invalid != y_invalid)
        return x_invalid - y_invalid;
    if (x->makespan != y->makespan)
        return x->makespan < y->makespan ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Of `n` runs; sorts them. */
static const struct stored_run *median_run(struct stored_run *runs, size_t n)
{
    size_t valid = 0;
    for (size_t i = 0; i < n; i++)
        valid += runs[i].quality != QUALITY_INVALID;
    qsort(runs, n, sizeof(*runs), by_quality_and_makespan);
    return &runs[((valid ? valid : n) - 1) / 2];
}

/* The one that was chosen, or NULL. */
static const struct stored_run *find_run(struct stored_run *runs, size_t n,
                                         const struct trace_choice *choice)
{
    for (size_t i = 0; i < n; i++)
        if (choice->run ? runs[i].id == choice->run : runs[i].block == choice->block)
            return &runs[i];
    return NULL;
}

/* ---- what there is to choose from ---- */

static int no_case(const struct campaign_info *campaign, const struct bench_case *cases, size_t n,
                   struct error *error)
{
    char label[CASE_LABEL_BYTES];
    error_set(error, "campaign %s has no such case: its %zu case%s", campaign->id, n,
              n == 1 ? " is" : "s are");
    for (size_t i = 0; i < n && i < 6; i++) {
        size_t used = strlen(error->text);
        snprintf(error->text + used, sizeof(error->text) - used, "%s %s", i ? ";" : "",
                 case_label(&cases[i], case_unusual(&cases[i]), label));
    }
    return -1;
}

static int no_block(const struct bench_case *c, const struct stored_run *runs, size_t n,
                    unsigned block, struct error *error)
{
    char label[CASE_LABEL_BYTES];
    case_label(c, case_unusual(c), label);
    if (n == 0)
        return error_set(error, "%.160s has no run yet", label);
    return error_set(error, "%.160s has no run in block %u: it has %zu, in blocks %u to %u", label,
                     block, n, runs[0].block, runs[n - 1].block);
}

static int no_samples(const struct trace_chosen *chosen, struct error *error)
{
    if (chosen->run.completed + chosen->run.failed == 0)
        return error_set(error, "run %" PRId64 " has no request that started%s%.200s",
                         chosen->run.id, *chosen->run.reasons ? ": " : "", chosen->run.reasons);
    return error_set(
        error,
        "no single requests of run %" PRId64 " are in the store: they were summed up, "
        "or the command keeps none, as capacity, limits and some lessons; take a run of "
        "'waitbench campaign' of at most %d requests",
        chosen->run.id, CASE_SAMPLES_MAX);
}

/* ---- choosing ---- */

/* Take the case's run. Returns 1, 0 where it has none that was meant, or -1. */
static int take_run(struct store *store, const struct trace_choice *choice,
                    struct trace_chosen *out, struct error *error)
{
    struct stored_run *runs;
    size_t n;
    if (store_runs(store, out->c.id, &runs, &n, error) < 0)
        return -1;
    out->is_median = !choice->run && !choice->block_given;
    const struct stored_run *run = n == 0           ? NULL
                                   : out->is_median ? median_run(runs, n)
                                                    : find_run(runs, n, choice);
    if (run) {
        out->run = *run;
        out->runs = n;
    } else if (!choice->run) {
        no_block(&out->c, runs, n, choice->block, error);
    }
    free(runs);
    return run ? 1 : 0;
}

/* How much there is to see: a run's requests, and that they were sent. */
enum { MOST_TO_SEE = 3 };

static int to_see(const struct trace_chosen *chosen)
{
    bool sent = !(chosen->c.driver->traits & DRIVER_OFFLINE);
    return 2 * chosen->run.has_samples + sent;
}

/* The first case that has such a run, of those with the most to see. Returns as take_run(). */
static int take_case(struct store *store, const struct bench_case *cases, size_t n,
                     const struct trace_choice *choice, struct trace_chosen *out,
                     struct error *error)
{
    struct trace_chosen at;
    int found = 0;
    size_t meant = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_case(&cases[i], choice))
            continue;
        meant++;
        at = (struct trace_chosen){.c = cases[i]};
        int result = found && to_see(out) == MOST_TO_SEE ? 0 : take_run(store, choice, &at, error);
        if (result < 0)
            return -1;
        if (result && (!found || to_see(&at) > to_see(out)))
            *out = at;
        found = found || result;
    }
    out->cases = meant;
    return found;
}

int trace_choose(struct store *store, const struct campaign_info *campaign,
                 const struct trace_choice *choice, struct trace_chosen *out, struct error *error)
{
    struct bench_case *cases;
    size_t n;
    *out = (struct trace_chosen){0};
    if (store_cases(store, campaign->id, &cases, &n, error) < 0)
        return -1;
    int result = take_case(store, cases, n, choice, out, error);
    if (result == 0 && out->cases == 0)
        no_case(campaign, cases, n, error);
    else if (result == 0 && choice->run)
        error_set(error,
                  "campaign %s has no run %" PRId64 " of such a case: without --run the trace says "
                  "the id of the run that it shows",
                  campaign->id, choice->run);
    free(cases);
    if (result <= 0)
        return -1;
    return out->run.has_samples ? 0 : no_samples(out, error);
}

void trace_tell_chosen(const struct trace_chosen *chosen, const struct campaign_info *campaign,
                       FILE *out)
{
    char label[CASE_LABEL_BYTES];
    terminal_print(out, "run %" PRId64 " of campaign %s: %s, block %u, %s%s%s\n", chosen->run.id,
                   campaign->id, case_label(&chosen->c, case_unusual(&chosen->c), label),
                   chosen->run.block, quality_names[chosen->run.quality],
                   chosen->is_median ? ", the median run by makespan" : "",
                   *chosen->run.reasons ? " (the reasons are in the trace)" : "");
    if (chosen->runs > 1)
        terminal_print(out, "its case has %zu runs: --block N or --run ID takes another\n",
                       chosen->runs);
    if (chosen->cases > 1)
        terminal_print(
            out,
            "%zu cases fit, and this is one of them: --driver, --concurrency, --backlog, "
            "--arrivals, --rate, --server-model or --variant takes another\n",
            chosen->cases);
}
