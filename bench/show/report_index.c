/* results/index.html: the campaigns of a store, and a comparison of any two, which report.js makes
 * from the medians that are in the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/output.h"
#include "bench/keep/folder.h"
#include "lib/place.h"
#include "html.h"
#include "report.h"

/* Under the label that the case has in all campaigns. */
static void put_cases(const struct judgement *judgement, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        char label[CASE_LABEL_BYTES];
        if (!s->makespan.n || case_is_open(&s->c)) /* that is the length of its schedule */
            continue;
        fputs(any ? ",\n" : "\n", out);
        store_json_put(case_label(&s->c, case_unusual(&s->c), label), out);
        fprintf(out, ": [%.9g, %.9g, %.9g, %zu, %.5g]", s->makespan.median,
                s->makespan.interval.low, s->makespan.interval.high, s->makespan.n,
                s->makespan.interval.coverage);
        any = true;
    }
}

/* A lesson's verdict, or how many cases there are. */
static void put_result(struct store *store, const struct judgement *judgement, FILE *out)
{
    struct stored_lesson lesson;
    char class[16], text[96];
    if (store_lesson(store, judgement->campaign.id, &lesson)) {
        snprintf(class, sizeof(class), "%.*s", (int)strcspn(lesson.verdict, " "), lesson.verdict);
        html_format(out, "<td class=\"%s\">%s</td>", class, lesson.verdict);
        return;
    }
    size_t invalid = judgement->cases_of[QUALITY_INVALID];
    int used = snprintf(text, sizeof(text), "%zu cases", judgement->case_count);
    if (invalid && !judgement_is_search(judgement))
        snprintf(text + used, sizeof(text) - (size_t)used, ", %zu INVALID", invalid);
    html_format(out, "<td>%s</td>", text);
}

/* A row of the table to `out`, the figures for the script to `figures`. */
static void put_campaign(struct store *store, const struct campaign_info *campaign,
                         const char *results, FILE *out, FILE *figures)
{
    char path[FOLDER_PATH_BYTES];
    struct judgement judgement;
    struct error error;
    folder_path(results, campaign->id, "report.html", path);
    FILE *page = fopen(path, "re");
    fputs("<tr><th scope=\"row\">", out);
    if (page) {
        html_format(out, "<a href=\"%s/report.html\">%s</a>", campaign->id, campaign->id);
        fclose(page);
    } else {
        html_format(out, "%s", campaign->id);
    }
    html_format(out, "</th><td>%s</td>", campaign->status);
    fputs("{\"cases\": {", figures);
    if (judge_campaign(store, campaign->id, &judgement, &error) == 0) {
        put_result(store, &judgement, out);
        put_cases(&judgement, figures);
        judgement_release(&judgement);
    } else {
        html_format(out, "<td>%s</td>", error.text);
    }
    fputs("}}", figures);
    html_format(out, "<td>%s</td><td><code>%s</code></td></tr>\n", campaign->started_at,
                campaign->command);
}

static void put_choice(const char *id, const char *label, const struct campaign_info *campaigns,
                       size_t n, size_t chosen, FILE *out)
{
    html_format(out, "<label>%s <select id=\"%s\">\n", label, id);
    for (size_t i = 0; i < n; i++) {
        char value[32];
        snprintf(value, sizeof(value), "%zu", i);
        html_format(out, "<option value=\"%s\"%s>%s</option>\n", value,
                    i == chosen ? " selected=\"selected\"" : "", campaigns[i].id);
    }
    fputs("</select></label>\n", out);
}

static void put_comparison(const struct campaign_info *campaigns, size_t n, const char *figures,
                           FILE *out)
{
    html_format(out,
                "<h2 id=\"compare\">Compare two campaigns</h2>\n<noscript><p>Choosing them here "
                "needs JavaScript; <code>%swaitbench compare BEFORE AFTER</code> does not.</p>"
                "</noscript>\n<div class=\"script\">\n",
                place_of_commands());
    put_choice("before", "Before", campaigns, n, n > 1 ? 1 : 0, out);
    put_choice("after", "After", campaigns, n, 0, out);
    html_format(
        out,
        "<p id=\"said\" role=\"status\"></p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"Comparison\">\n<table class=\"sorts\" id=\"compared\">\n<caption>Medians of "
        "the makespan. The ratio is after ÷ before; its interval is the widest that those of "
        "the two medians allow, the coverage the product of theirs. <code>%swaitbench "
        "compare</code> tests for significance, is more sensitive, and compares open arrivals, "
        "too.</caption>\n<thead><tr><th scope=\"col\">case</th><th scope=\"col\">before</th>"
        "<th scope=\"col\">after</th><th scope=\"col\">ratio</th><th scope=\"col\">interval "
        "(coverage)</th>"
        "<th scope=\"col\">after is</th></tr></thead>\n<tbody></tbody>\n</table>\n</div>\n</div>\n"
        "<script type=\"application/json\" id=\"campaigns\">[\n",
        place_of_commands());
    fputs(figures, out);
    fputs("]</script>\n", out);
}

static void put_index(struct store *store, const struct campaign_info *campaigns, size_t n,
                      const char *results, FILE *out)
{
    char *figures = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&figures, &size);
    if (!memory)
        return;
    html_open_page("Campaigns", out);
    fputs(
        "<main id=\"main\">\n<h1>Campaigns</h1>\n<p class=\"soft\">The latest first. <a "
        "href=\"#compare\">Compare two of them</a>.</p>\n<div class=\"scroll\" "
        "tabindex=\"0\" role=\"region\" aria-label=\"Campaigns\">\n<table class=\"sorts "
        "commands\">\n"
        "<thead><tr><th scope=\"col\">campaign</th><th scope=\"col\">status</th><th "
        "scope=\"col\">result</th><th scope=\"col\">started</th><th scope=\"col\">command</th></tr>"
        "</thead>\n<tbody>\n",
        out);
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ",\n" : "", memory);
        put_campaign(store, &campaigns[i], results, out, memory);
    }
    fclose(memory);
    fputs("</tbody>\n</table>\n</div>\n", out);
    put_comparison(campaigns, n, figures, out);
    fputs("</main>\n", out);
    html_close_page(out);
    free(figures);
}

int report_write_index(struct store *store, const char *results, struct error *error)
{
    struct campaign_info *campaigns;
    size_t n;
    char path[FOLDER_PATH_BYTES];
    if (store_campaigns(store, &campaigns, &n, error) < 0)
        return -1;
    FILE *out = folder_open_file(results, "", "index.html", path, error);
    if (out)
        put_index(store, campaigns, n, results, out);
    free(campaigns);
    return out ? output_close(out, path, 0, error) : -1;
}
