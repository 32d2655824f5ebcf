/* A page's question and its answer. */
#include "report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "bench/judge/stored_case.h"
#include "table_evidence.h"
#include "summary.h"

const char *report_title(const struct report *report, char title[REPORT_TITLE_BYTES])
{
    const struct campaign_info *campaign = &report->judgement->campaign;
    if (report->lesson)
        snprintf(title, REPORT_TITLE_BYTES, "Lesson %u: %s", report->lesson->number,
                 report->lesson->title);
    else if (report->is_lesson)
        snprintf(title, REPORT_TITLE_BYTES, "Lesson %s", report->found.name);
    else
        snprintf(title, REPORT_TITLE_BYTES, "Campaign %s", campaign->name);
    return title;
}

static size_t count_noisy(const struct judgement *judgement)
{
    size_t n = 0;
    for (size_t i = 0; i < judgement->case_count; i++)
        n += judgement->cases[i].quality == QUALITY_NOISY;
    return n;
}

/* Lessons and limits have to be begun anew. */
static void put_incomplete(const struct report *report)
{
    const struct campaign_info *campaign = &report->judgement->campaign;
    html_format(report->out,
                "<p class=\"notice bad\"><strong>This campaign is not complete (%s)</strong>: its "
                "figures are those of the runs that were made.",
                campaign->status);
    if (!strncmp(campaign->arguments, "campaign\n", strlen("campaign\n")))
        html_format(report->out,
                    " <code>build/waitbench campaign --resume %s</code> goes on from there.",
                    campaign->id);
    fputs("</p>\n", report->out);
}

/* What is to be held against the answer comes before it. */
static void put_notices(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    size_t noisy = count_noisy(judgement);
    char count[96];
    if (strcmp(judgement->campaign.status, "complete") != 0)
        put_incomplete(report);
    if (judgement_is_invalid(judgement)) {
        snprintf(count, sizeof(count), "%zu run%s", judgement->invalid_runs,
                 judgement->invalid_runs == 1 ? " is" : "s are");
        html_format(report->out,
                    "<p class=\"notice bad\"><strong>%s INVALID</strong>: what they belong to has "
                    "no figure. <a href=\"#objections\">Why, and what to do</a>.</p>\n",
                    count);
    }
    if (noisy) {
        snprintf(count, sizeof(count), "%zu of %zu case%s %s", noisy, judgement->case_count,
                 judgement->case_count == 1 ? "" : "s", noisy == 1 ? "is" : "are");
        html_format(report->out,
                    "<p class=\"notice\"><strong>%s NOISY</strong>: do not build on small "
                    "differences. <a href=\"#objections\">Why, and what to do</a>.</p>\n",
                    count);
    }
}

static void put_lesson(const struct report *report)
{
    const struct lesson *lesson = report->lesson;
    const struct stored_lesson *found = &report->found;
    char class[16], path[96];
    snprintf(class, sizeof(class), "%.*s", (int)strcspn(found->verdict, " "), found->verdict);
    if (lesson)
        html_format(report->out, "<p class=\"question\">%s</p>\n", lesson->question);
    html_format(report->out, "<p class=\"answer\"><strong class=\"badge %s\">%s</strong> %s.</p>\n",
                class, found->verdict, found->why);
    if (!lesson)
        return;
    html_format(report->out,
                "<dl>\n<dt>Claim</dt><dd>%s.</dd>\n<dt>Theory</dt><dd>%s.</dd>\n</dl>\n",
                lesson->claim, lesson->theory);
    snprintf(path, sizeof(path), "docs/lessons/%02u-%s.md", lesson->number, lesson->name);
    fputs("<p>The lesson to hand out, with a prediction to make, why, and exercises: ",
          report->out);
    report_put_link(report, path, path);
    fputs("</p>\n", report->out);
}

static void print_summary(const void *judgement, FILE *out)
{
    summary_print(judgement, out);
}

static const char *question_of(const struct judgement *judgement)
{
    if (judgement->limits_count)
        return "How many requests in flight does each driver bear, and what ends it?";
    if (judgement->case_count && stored_case_is_work(&judgement->cases[0].c))
        return "What makes work faster that a program has to do itself?";
    return "How should a program wait for so many answers?";
}

void report_put_verdict(const struct report *report)
{
    fputs("<section class=\"verdict\" aria-labelledby=\"verdict\">\n<h2 id=\"verdict\">Question "
          "and answer</h2>\n",
          report->out);
    if (report->is_lesson) {
        put_lesson(report);
        put_notices(report);
    } else {
        html_format(report->out, "<p class=\"question\">%s</p>\n", question_of(report->judgement));
        put_notices(report);
        if (!report->judgement->limits_count)
            html_list(print_summary, report->judgement, report->out);
    }
    fputs("</section>\n", report->out);
}

void report_put_evidence(const struct report *report)
{
    struct evidence_line *lines;
    size_t n;
    if (!report->is_lesson ||
        store_evidence(report->store, report->judgement->campaign.id, &lines, &n, NULL) < 0)
        return;
    fputs("<h2 id=\"evidence\">Evidence</h2>\n", report->out);
    if (n)
        table_print_evidence(lines, n, GRID_HTML, report->out);
    else
        fputs("<p>There is none: the lesson was not carried out.</p>\n", report->out);
    free(lines);
}
