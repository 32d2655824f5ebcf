#include "worksheet_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/judge/judge.h"
#include "lesson_run.h"

#define CLOSE_BY 1.1 /* a factor; predictions nearer to the median are called close */

/* All variants of a worksheet, in the order of its cases. Returns how many. */
static size_t list_variants(const struct worksheet *sheet,
                            const char *variants[LESSON_VARIANTS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < sheet->count; i++)
        for (size_t c = 0; c < sheet->questions[i].case_count; c++)
            variants[n++] = sheet->questions[i].variants[c];
    return n;
}

int worksheet_plan(const struct worksheet *sheet, struct campaign *campaign, struct error *error)
{
    char seed[64];
    const struct lesson_overrides overrides = {.items = {seed}, .count = 1};
    struct lesson lesson = {
        .name = sheet->lab->name, .samples = true, .repetitions = WORKSHEET_REPETITIONS};
    size_t n = 0;
    for (size_t i = 0; i < sheet->count; i++)
        for (size_t c = 0; c < sheet->questions[i].case_count; c++)
            lesson.variants[n++] = (struct lesson_variant){sheet->questions[i].variants[c],
                                                           sheet->questions[i].cases[c]};
    snprintf(seed, sizeof(seed), "--seed %llu", (unsigned long long)sheet->seed);
    if (lesson_plan(&lesson, &overrides, campaign, error) < 0)
        return -1;
    campaign->with_prediction = true;
    campaign->plan.repetitions = campaign->info.repetitions;
    snprintf(campaign->info.name, sizeof(campaign->info.name), "worksheet-%s", sheet->lab->name);
    return 0;
}

int worksheet_possible(const struct plan *plan, const char *results, struct error *error)
{
    static const struct lesson anywhere = {.name = "worksheet"};
    return lesson_possible(&anywhere, plan, results, error);
}

/* ---- outcomes ---- */

static const struct case_summary *find_case(const struct judgement *judgement, const char *variant)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].c.variant && !strcmp(judgement->cases[i].c.variant, variant))
            return &judgement->cases[i];
    return NULL;
}

static void judge_quality(const struct worksheet_question *question,
                          const struct judgement *judgement, struct worksheet_outcome *out)
{
    out->model_s = NAN;
    for (size_t c = 0; c < question->case_count; c++) {
        const struct case_summary *s = find_case(judgement, question->variants[c]);
        if (!s)
            continue;
        if (s->quality > out->quality) {
            out->quality = s->quality;
            snprintf(out->reasons, sizeof(out->reasons), "%s", s->reasons);
        }
        if (question->row->figure == figure_makespan && question->case_count == 1)
            out->model_s = s->predicted_s;
    }
}

static void take_figure(const struct worksheet_question *question, struct evidence *evidence,
                        struct worksheet_outcome *out)
{
    const struct worksheet_row *row = question->row;
    const struct evidence_rule rule = {.variant = question->variants[0],
                                       .base =
                                           question->case_count > 1 ? question->variants[1] : NULL,
                                       .figure = row->figure,
                                       .unit = row->unit,
                                       .relation = RELATION_NONE,
                                       .kind = row->kind,
                                       .bound = NAN,
                                       .words = question->name};
    const struct evidence_line *lines;
    evidence_add(evidence, &rule);
    size_t count = evidence_lines(evidence, &lines);
    const struct evidence_line *line = &lines[count - 1];
    bool valid = out->quality != QUALITY_INVALID;
    out->measured = valid ? line->value : NAN;
    out->interval = valid ? line->interval : (struct stats_interval){NAN, NAN, 0};
    if (isnan(out->measured) && !out->reasons[0])
        snprintf(out->reasons, sizeof(out->reasons), "the figure is not available on this machine");
}

int worksheet_read_outcomes(const struct worksheet *sheet, struct store *store, const char *id,
                            struct worksheet_outcome outcomes[WORKSHEET_QUESTIONS_MAX],
                            struct error *error)
{
    const char *variants[LESSON_VARIANTS_MAX];
    struct judgement judgement;
    size_t n = list_variants(sheet, variants);
    struct evidence *evidence = evidence_read(store, id, variants, n, true, error);
    if (!evidence)
        return -1;
    int result = judge_campaign(store, id, &judgement, error);
    for (size_t i = 0; i < sheet->count && result == 0; i++) {
        outcomes[i] = (struct worksheet_outcome){.quality = QUALITY_OK};
        judge_quality(&sheet->questions[i], &judgement, &outcomes[i]);
        take_figure(&sheet->questions[i], evidence, &outcomes[i]);
    }
    if (result == 0)
        judgement_release(&judgement);
    evidence_free(evidence);
    return result;
}

/* ---- remarks ---- */

const char *worksheet_remark(double predicted, const struct worksheet_outcome *outcome,
                             char remark[WORKSHEET_REMARK_BYTES])
{
    const struct stats_interval *interval = &outcome->interval;
    double factor = predicted / outcome->measured;
    bool low = factor < 1;
    if (low)
        factor = 1 / factor;
    if (isnan(outcome->measured))
        snprintf(remark, WORKSHEET_REMARK_BYTES, "not judged: %s", outcome->reasons);
    else if (stats_is_interval(*interval) && predicted >= interval->low &&
             predicted <= interval->high)
        snprintf(remark, WORKSHEET_REMARK_BYTES, "within the interval");
    else if (factor <= CLOSE_BY)
        snprintf(remark, WORKSHEET_REMARK_BYTES, "too %s by %.1f%%", low ? "low" : "high",
                 low ? 100 * (1 - 1 / factor) : 100 * (factor - 1));
    else
        snprintf(remark, WORKSHEET_REMARK_BYTES, "too %s by a factor of %.3g", low ? "low" : "high",
                 factor);
    return remark;
}

const char *worksheet_remark_theory(const struct worksheet_theory *theory,
                                    const struct worksheet_outcome *outcome,
                                    char remark[WORKSHEET_REMARK_BYTES])
{
    if (theory->relation == RELATION_NONE || isnan(outcome->measured))
        return worksheet_remark(theory->value, outcome, remark);
    bool met = theory->relation == AT_LEAST ? outcome->measured >= theory->value
                                            : outcome->measured <= theory->value;
    snprintf(remark, WORKSHEET_REMARK_BYTES, met ? "met" : "not met");
    return remark;
}
