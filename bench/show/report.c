#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "bench/keep/folder.h"
#include "html.h"
#include "limits_report.h"
#include "report_parts.h"
#include "table.h"
#include "table_completion.h"
#include "table_usage.h"
#include "table_speedup.h"
#include "table_talk.h"

enum { CAVEATS_SHOWN = 6 }; /* more are folded away */

void report_open_page(FILE *out, const char *title)
{
    html_format(out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>%s: waitbench</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
                title);
    fputs(report_css, out);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the answer</a>\n",
          out);
}

void report_close_page(FILE *out)
{
    fputs("</main>\n<script>\n", out);
    fputs(report_js, out);
    fputs("</script>\n</body>\n</html>\n", out);
}

static void put_navigation(const struct report *report)
{
    fputs("<nav aria-label=\"Sections\"><ul><li><a href=\"../index.html\">All campaigns</a></li>"
          "<li><a href=\"#tables\">Tables</a></li>",
          report->out);
    if (!report->judgement->limits_count)
        fputs("<li><a href=\"#ledger\">Ledger and blame</a></li>", report->out);
    fputs("<li><a href=\"#drivers\">Drivers</a></li><li><a href=\"#reproduce\">Do it again</a>"
          "</li><li><a href=\"#environment\">Environment</a></li></ul></nav>\n",
          report->out);
}

/* What the README says of them, in a line each. */
static void put_words(FILE *out)
{
    static const struct {
        const char *word, *means;
    } words[] = {
        {"C", "requests in flight at once"},
        {"makespan", "the time of a whole run; the median of the runs"},
        {"95% interval", "how sure that median is; of five runs or fewer, from the fastest to the "
                         "slowest"},
        {"per request", "makespan divided by requests answered; not how long one request waited"},
        {"of ideal", "what waiting alone would take, over the makespan"},
        {"predicted", "the makespan foretold from a calibration; marked where it is off by more "
                      "than 15%"},
        {"p50, p99", "how long one request took: the median, and the slowest hundredth"},
        {"first answer, half of them, 90%, last answer",
         "when so many of the answers were there, from the run's start"},
        {"first of last", "the first answer's time over the last's: how much of the wait for all "
                          "is spared by taking answers as they come"},
        {"SYNs resent", "connection attempts that went unanswered and were repeated, a second "
                        "later or more"},
        {"overflows", "connection attempts that met a full accept queue"},
        {"verdict", "OK; NOISY, a figure with a caveat; INVALID, no figure, for a request failed"},
    };
    fputs("<details>\n<summary>What the columns mean</summary>\n<dl>\n", out);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        html_format(out, "<dt>%s</dt><dd>%s</dd>\n", words[i].word, words[i].means);
    fputs("</dl>\n</details>\n", out);
}

static void print_talk(const void *judgement, FILE *out)
{
    table_print_talk(judgement, GRID_TERMINAL, out);
}

static void print_active(const void *judgement, FILE *out)
{
    table_print_active(judgement, out);
}

static void put_tables(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    fputs("<h2 id=\"tables\">Tables</h2>\n<p class=\"soft script\">A heading sorts its table: a "
          "click, or Enter.</p>\n",
          report->out);
    put_words(report->out);
    if (judgement->limits_count)
        limits_report_print(judgement->limits, judgement->limits_count, GRID_HTML, report->out);
    table_print_figures(judgement, GRID_HTML, report->out);
    if (judgement->limits_count)
        return;
    table_print_speedup(judgement, GRID_HTML, report->out);
    table_print_completion(judgement, GRID_HTML, report->out);
    fputs("<h2 id=\"ledger\">Ledger and blame</h2>\n", report->out);
    table_print_usage(judgement, TABLE_ALL, GRID_HTML, report->out);
    html_list(print_active, judgement, report->out);
    table_print_breakdown(judgement, TABLE_ALL, GRID_HTML, report->out);
    table_print_whole(judgement, GRID_HTML, report->out);
    if (report->is_lesson)
        return;
    fputs("<details>\n<summary>As the talk would print it</summary>\n", report->out);
    html_preformatted(print_talk, judgement, report->out);
    fputs("</details>\n", report->out);
}

static void print_invalid(const void *subject, FILE *out)
{
    const struct judgement *judgement = subject;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].quality == QUALITY_INVALID)
            table_print_caveat(&judgement->cases[i], out);
}

static void print_noisy(const void *subject, FILE *out)
{
    const struct judgement *judgement = subject;
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].quality == QUALITY_NOISY)
            table_print_caveat(&judgement->cases[i], out);
}

static void print_of_the_whole(const void *subject, FILE *out)
{
    const struct judgement *judgement = subject;
    if (judgement->environment_changes[0])
        fprintf(out, "NOISY: the machine changed in the middle: %s\n",
                judgement->environment_changes);
    table_print_control(judgement, out);
}

/* What is to be held against the figures; the worst first, and the many not in the way. */
static void put_caveats(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    size_t noisy = 0;
    char count[32];
    for (size_t i = 0; i < judgement->case_count; i++)
        noisy += judgement->cases[i].quality == QUALITY_NOISY;
    fputs("<h2 id=\"objections\">What is to be held against these figures</h2>\n", report->out);
    html_list(print_invalid, judgement, report->out);
    html_list(print_of_the_whole, judgement, report->out);
    snprintf(count, sizeof(count), "%zu", noisy);
    if (noisy > CAVEATS_SHOWN)
        html_format(report->out, "<details>\n<summary>%s cases are NOISY: why</summary>\n", count);
    html_list(print_noisy, judgement, report->out);
    if (noisy > CAVEATS_SHOWN)
        fputs("</details>\n", report->out);
    if (!noisy && !judgement->invalid_runs && !judgement->environment_changes[0])
        fputs("<p>Nothing that was looked for: no case is NOISY or INVALID.</p>\n", report->out);
}

static void put_environment_row(void *target, const char *key, const char *value)
{
    html_format(target, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", key, value);
}

static void put_reproduction(const struct report *report)
{
    const struct campaign_info *campaign = &report->judgement->campaign;
    char seed[32], repetitions[32];
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)campaign->seed);
    snprintf(repetitions, sizeof(repetitions), "%u", campaign->repetitions);
    fputs("<h2 id=\"reproduce\">Do it again</h2>\n", report->out);
    bool seeded = strstr(campaign->command, "--seed");
    bool of_lesson = !strncmp(campaign->command, "waitbench lesson ", strlen("waitbench lesson "));
    size_t length = strlen(campaign->command);
    while (length && campaign->command[length - 1] == ' ')
        length--;
    char command[STORE_COMMAND_BYTES];
    snprintf(command, sizeof(command), "%.*s", (int)length, campaign->command);
    html_format(report->out, "<pre><code>build/%s%s%s%s</code></pre>\n", command,
                seeded      ? ""
                : of_lesson ? " --with '--seed " /* an option of its cases */
                            : " --seed ",
                seeded ? "" : seed, of_lesson && !seeded ? "'" : "");
    html_format(report->out,
                "<p>The order of the runs came from seed %s; %s runs of each case; begun %s. Every "
                "run and every request is in <code>waitbench.db</code>: <code>build/waitbench "
                "export %s --what runs</code> writes them.</p>\n",
                seed, repetitions, campaign->started_at, campaign->id);
    fputs("<h2 id=\"environment\">Environment</h2>\n<div class=\"scroll\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Environment\">\n<table class=\"wrap\">\n<tbody>\n",
          report->out);
    store_each_environment(report->store, campaign->id, put_environment_row, report->out);
    fputs("</tbody>\n</table>\n</div>\n", report->out);
}

static void put_page(const struct report *report)
{
    char title[REPORT_TITLE_BYTES];
    report_open_page(report->out, report_title(report, title));
    put_navigation(report);
    html_format(report->out, "<main id=\"main\">\n<h1>%s</h1>\n<p class=\"soft\">%s</p>\n", title,
                report->judgement->caption);
    report_put_verdict(report);
    report_put_picture(report);
    report_put_evidence(report);
    report_put_pictures(report);
    put_tables(report);
    put_caveats(report);
    report_put_drivers(report);
    put_reproduction(report);
    report_close_page(report->out);
}

int report_write(struct store *store, const char *id, const char *results, char *path, size_t size,
                 struct error *error)
{
    struct judgement judgement;
    struct report report = {.store = store, .judgement = &judgement, .results = results};
    char to[FOLDER_PATH_BYTES];
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    report.is_lesson = store_lesson(store, judgement.campaign.id, &report.found);
    report.lesson = report.is_lesson ? lesson_find(report.found.name) : NULL;
    int result = folder_make(results, judgement.campaign.id, error);
    report.out = result == 0
                     ? folder_open_file(results, judgement.campaign.id, "report.html", to, error)
                     : NULL;
    if (report.out) {
        put_page(&report);
        result = folder_close_file(report.out, to, 0, error);
        snprintf(path, size, "%s", to);
    } else {
        result = -1;
    }
    judgement_release(&judgement);
    return result == 0 ? report_write_index(store, results, error) : -1;
}
