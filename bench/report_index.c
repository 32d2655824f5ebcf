/* The page of all campaigns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "html.h"
#include "report.h"

/* What a script reads between <script> tags must not hold "</". */
static void put_json_text(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\' || c < 0x20 || c == '<' || c == '>' || c == '&')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

/* "driver shape C, backlog B": what a case is called in both of two campaigns. */
static void put_cases(const struct judgement *judgement, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_summary *s = &judgement->cases[i];
        char name[STORE_DRIVER_BYTES + 160];
        char pipeline[32] = "";
        if (!s->makespan.n)
            continue;
        if (s->c.pipeline > 1)
            snprintf(pipeline, sizeof(pipeline), ", pipeline %u", s->c.pipeline);
        snprintf(name, sizeof(name), "%s %s %zu, %u in flight, backlog %d%s%s, %s, think %lld ms",
                 s->c.driver, s->c.shape, s->c.requests, s->c.concurrency, s->c.backlog,
                 s->c.keep_alive ? ", kept alive" : "", pipeline, s->c.workload,
                 (long long)(s->c.think / NSEC_PER_MSEC));
        fputs(any ? ",\n" : "\n", out);
        put_json_text(name, out);
        fprintf(out, ": [%.9g, %.9g, %.9g]", s->makespan.median, s->makespan.interval.low,
                s->makespan.interval.high);
        any = true;
    }
}

static void put_row(const struct campaign_info *campaign, const char *results, FILE *out)
{
    char path[FOLDER_PATH_BYTES], seed[32];
    folder_path(results, campaign->id, "report.html", path);
    FILE *page = fopen(path, "re");
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)campaign->seed);
    fputs("<tr><td>", out);
    if (page) {
        html_format(out, "<a href=\"%s/report.html\">%s</a>", campaign->id, campaign->id);
        fclose(page);
    } else {
        html_format(out, "%s", campaign->id);
    }
    html_format(out, "</td><td>%s</td><td>%s</td><td class=\"right\">%s</td><td>%s</td></tr>\n",
                campaign->started_at, campaign->status, seed, campaign->command);
}

static void put_choice(const char *id, const char *label, const struct campaign_info *campaigns,
                       size_t n, size_t chosen, FILE *out)
{
    html_format(out, "<p><label>%s <select id=\"%s\">\n", label, id);
    for (size_t i = 0; i < n; i++) {
        char value[32];
        snprintf(value, sizeof(value), "%zu", i);
        html_format(out, "<option value=\"%s\"%s>%s</option>\n", value,
                    i == chosen ? " selected" : "", campaigns[i].id);
    }
    fputs("</select></label></p>\n", out);
}

static void put_comparison(struct store *store, const struct campaign_info *campaigns, size_t n,
                           FILE *out)
{
    fputs("<h2>Any two of them</h2>\n<noscript><p>Choosing needs JavaScript; <code>waitbench "
          "compare BEFORE AFTER</code> says the same, and more.</p></noscript>\n",
          out);
    put_choice("before", "Before", campaigns, n, n > 1 ? 1 : 0, out);
    put_choice("after", "After", campaigns, n, 0, out);
    fputs("<p id=\"none\" hidden>They have no case in common.</p>\n<div class=\"scroll\" "
          "tabindex=\"0\" role=\"region\" aria-label=\"Comparison\">\n<table class=\"sorts\" "
          "id=\"compared\">\n<caption>Medians of the makespan; the ratio is after over before, its "
          "interval what the two intervals allow at most.</caption>\n<thead><tr><th scope=\"col\">"
          "case</th><th scope=\"col\">before</th><th scope=\"col\">after</th><th scope=\"col\">"
          "ratio</th><th scope=\"col\">interval</th><th scope=\"col\">after is</th></tr></thead>"
          "<tbody></tbody></table>\n</div>\n<script type=\"application/json\" id=\"campaigns\">[",
          out);
    for (size_t i = 0; i < n; i++) {
        struct judgement judgement;
        fputs(i ? ",\n{\"cases\": {" : "\n{\"cases\": {", out);
        if (judge_campaign(store, campaigns[i].id, &judgement, NULL) == 0) {
            put_cases(&judgement, out);
            judgement_release(&judgement);
        }
        fputs("}}", out);
    }
    fputs("]</script>\n", out);
}

int report_write_index(struct store *store, const char *results, struct error *error)
{
    struct campaign_info *campaigns;
    size_t n;
    char path[FOLDER_PATH_BYTES];
    if (store_campaigns(store, &campaigns, &n, error) < 0)
        return -1;
    FILE *out = folder_open_file(results, "", "index.html", path, error);
    if (!out) {
        free(campaigns);
        return -1;
    }
    report_open_page(out, "Campaigns: waitbench");
    fputs("<main id=\"main\">\n<h1>Campaigns</h1>\n<div class=\"scroll\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Campaigns\">\n<table class=\"sorts wrap\">\n<thead><tr><th "
          "scope=\"col\">campaign</th><th scope=\"col\">begun</th><th scope=\"col\">status</th>"
          "<th scope=\"col\">seed</th><th scope=\"col\">command</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < n; i++)
        put_row(&campaigns[i], results, out);
    fputs("</tbody>\n</table>\n</div>\n", out);
    put_comparison(store, campaigns, n, out);
    fputs("<script>\n", out);
    fputs(report_index_js, out);
    fputs("</script>\n", out);
    report_close_page(out);
    free(campaigns);
    return folder_close_file(out, path, 0, error);
}
