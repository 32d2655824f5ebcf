#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "grid.h"
#include "html.h"
#include "lesson.h"
#include "lib/units.h"
#include "table.h"
#include "table_evidence.h"
#include "table_ledger.h"
#include "teacher.h"

/* The pictures, the first of them large at the top; as plots/draw.sh draws them. */
static const struct picture {
    const char *name, *caption;
} pictures[] = {
    {"lesson", "The evidence: what was measured, with its interval, and what theory asks for."},
    {"limits", "Efficiency against the number in flight, to where each driver ends."},
    {"talk", "The talk's chart: seconds per request against requests in flight."},
    {"makespan", "Time for all requests against requests in flight."},
    {"runs", "Every run behind every median."},
    {"waterfall", "Every request of one run, driver beside driver: what each was doing when."},
    {"latency", "How long one request waits."},
    {"ledger", "What it cost: CPU, context switches, system calls, memory."},
    {"blame", "Where a request's time went."},
    {"predicted", "What was foretold before the first run, against what was measured."},
};

enum { PICTURES = sizeof(pictures) / sizeof(pictures[0]) };

void report_open_page(FILE *out, const char *title)
{
    html_format(out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<title>%s</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n",
                title);
    fputs(report_css, out);
    fputs("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n",
          out);
}

void report_close_page(FILE *out)
{
    fputs("</main>\n<script>\n", out);
    fputs(report_js, out);
    fputs("</script>\n</body>\n</html>\n", out);
}

static bool picture_path(const char *results, const char *id, const struct picture *picture,
                         char path[FOLDER_PATH_BYTES])
{
    char name[64];
    snprintf(name, sizeof(name), "%s.svg", picture->name);
    folder_path(results, id, name, path);
    FILE *there = fopen(path, "re");
    if (there)
        fclose(there);
    return there != NULL;
}

static void put_picture(const char *results, const char *id, const struct picture *picture,
                        FILE *out)
{
    char path[FOLDER_PATH_BYTES];
    struct error error;
    if (!picture_path(results, id, picture, path))
        return;
    html_format(out,
                "<figure id=\"picture-%s\">\n<div class=\"scroll\" tabindex=\"0\" "
                "role=\"region\" aria-label=\"%s\">\n",
                picture->name, picture->name);
    if (html_svg(path, picture->name, picture->caption, out, &error) < 0)
        html_format(out, "<p>This picture cannot be shown: %s</p>\n", error.text);
    html_format(out, "</div>\n<figcaption>%s</figcaption>\n</figure>\n", picture->caption);
}

/* The first that there is; PICTURES where none is. */
static size_t first_picture(const char *results, const char *id)
{
    char path[FOLDER_PATH_BYTES];
    size_t i = 0;
    while (i < PICTURES && !picture_path(results, id, &pictures[i], path))
        i++;
    return i;
}

static void put_lesson(struct store *store, const struct stored_lesson *found, const char *id,
                       FILE *out)
{
    const struct lesson *lesson = lesson_find(found->name);
    if (lesson)
        html_format(out,
                    "<p><strong>Question.</strong> %s</p>\n<p><strong>Claim.</strong> %s</p>\n"
                    "<p><strong>Theory.</strong> %s</p>\n",
                    lesson->question, lesson->claim, lesson->theory);
    char class[16];
    snprintf(class, sizeof(class), "%.*s", (int)strcspn(found->verdict, " "), found->verdict);
    html_format(out, "<p><strong class=\"%s\">%s</strong>: %s</p>\n", class, found->verdict,
                found->why);
    struct evidence_line *lines;
    size_t n;
    if (store_evidence(store, id, &lines, &n, NULL) == 0) {
        fputs("<h3>Evidence</h3>\n", out);
        table_print_evidence(lines, n, GRID_HTML, out);
        free(lines);
    }
}

static void print_teacher(const void *judgement, FILE *out)
{
    teacher_say(judgement, out);
}

static void print_talk(const void *judgement, FILE *out)
{
    table_print_talk(judgement, GRID_TERMINAL, out);
}

static void print_objections(const void *judgement, FILE *out)
{
    table_print_objections(judgement, out);
    table_print_control(judgement, out);
}

/* What the page is about, and what came out. */
static void put_verdict(struct store *store, const struct judgement *judgement, FILE *out)
{
    struct stored_lesson lesson;
    fputs("<section class=\"verdict\" aria-label=\"Verdict\">\n", out);
    if (strcmp(judgement->campaign.status, "complete") != 0)
        html_format(out,
                    "<p><strong>This campaign is not complete (%s)</strong>: its figures are "
                    "those of the runs that were made. <code>waitbench campaign --resume "
                    "%s</code> goes on from there.</p>\n",
                    judgement->campaign.status, judgement->campaign.id);
    if (judgement->invalid_runs) {
        char count[32];
        snprintf(count, sizeof(count), "%zu", judgement->invalid_runs);
        html_format(out,
                    "<p><strong>%s runs are INVALID</strong>: their cases have no figure, and "
                    "<a href=\"#objections\">say why</a>.</p>\n",
                    count);
    }
    if (store_lesson(store, judgement->campaign.id, &lesson)) {
        put_lesson(store, &lesson, judgement->campaign.id, out);
    } else {
        fputs("<p><strong>Question.</strong> How should a program wait for so many answers?</p>\n",
              out);
        html_preformatted(print_teacher, judgement, out);
    }
    fputs("</section>\n", out);
}

static void put_pictures(const char *results, const char *id, size_t shown, FILE *out)
{
    fputs("<h2 id=\"pictures\">Pictures</h2>\n", out);
    if (shown == PICTURES)
        fputs("<p>Nothing was drawn: gnuplot is missing, or the campaign has no figures. "
              "<code>./run.sh deps</code> installs it and <code>plots/draw.sh</code> draws.</p>\n",
              out);
    for (size_t i = 0; i < PICTURES; i++)
        if (i != shown)
            put_picture(results, id, &pictures[i], out);
}

static void put_tables(const struct judgement *judgement, FILE *out)
{
    fputs("<h2 id=\"tables\">Tables</h2>\n<p class=\"soft\">A click on a heading sorts.</p>\n",
          out);
    table_print_figures(judgement, GRID_HTML, out);
    fputs("<h2 id=\"ledger\">Ledger and blame</h2>\n", out);
    table_print_ledger(judgement, TABLE_ALL, GRID_HTML, out);
    table_print_blame(judgement, TABLE_ALL, GRID_HTML, out);
    table_print_whole(judgement, GRID_HTML, out);
    fputs("<h3>In the talk's words</h3>\n", out);
    html_preformatted(print_talk, judgement, out);
    fputs("<h2 id=\"objections\">What is to be held against these figures</h2>\n", out);
    fputs("<p class=\"soft\">INVALID runs and NOISY ones, with the reason and what to do.</p>\n",
          out);
    html_preformatted(print_objections, judgement, out);
}

/* A driver's lesson and code, once for each driver of the campaign. */
static void put_drivers(const struct judgement *judgement, FILE *out)
{
    fputs("<h2 id=\"drivers\">Drivers</h2>\n<ul>\n", out);
    for (size_t i = 0; i < judgement->case_count; i++) {
        const char *name = judgement->cases[i].c.driver;
        bool told = false;
        for (size_t j = 0; j < i && !told; j++)
            told = !strcmp(judgement->cases[j].c.driver, name);
        const struct driver *driver = told ? NULL : driver_find(name);
        const char *source = driver ? driver_source_path(driver) : NULL;
        if (source)
            html_format(out, "<li><a href=\"../../%s\">%s</a>: %s</li>\n", source, name,
                        driver->summary);
        else if (!told)
            html_format(out, "<li>%s</li>\n", name);
    }
    fputs("</ul>\n", out);
}

static void put_environment_row(void *target, const char *key, const char *value)
{
    html_format(target, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", key, value);
}

static void put_reproduction(struct store *store, const struct judgement *judgement, FILE *out)
{
    const struct campaign_info *campaign = &judgement->campaign;
    char seed[32], repetitions[32];
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)campaign->seed);
    snprintf(repetitions, sizeof(repetitions), "%u", campaign->repetitions);
    fputs("<h2 id=\"reproduce\">Again</h2>\n", out);
    bool seeded = strstr(campaign->command, "--seed") || strstr(campaign->command, " lesson ");
    html_format(out, "<pre>%s%s%s</pre>\n", campaign->command, seeded ? "" : " --seed ",
                seeded ? "" : seed);
    html_format(out,
                "<p>Seed %s, %s runs of each case, begun %s; every run and every request is in "
                "<code>waitbench.db</code>, and <code>waitbench export %s --what runs</code> "
                "writes them.</p>\n",
                seed, repetitions, campaign->started_at, campaign->id);
    fputs("<h2 id=\"environment\">Environment</h2>\n<div class=\"scroll\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Environment\">\n<table class=\"wrap\">\n<tbody>\n",
          out);
    store_each_environment(store, campaign->id, put_environment_row, out);
    fputs("</tbody>\n</table>\n</div>\n", out);
}

static void put_page(struct store *store, const struct judgement *judgement, const char *results,
                     FILE *out)
{
    const char *id = judgement->campaign.id;
    char title[STORE_ID_BYTES + 32];
    size_t shown = first_picture(results, id);
    snprintf(title, sizeof(title), "%s: waitbench", id);
    report_open_page(out, title);
    fputs("<nav aria-label=\"Sections\"><ul><li><a href=\"../index.html\">All campaigns</a></li>"
          "<li><a href=\"#pictures\">Pictures</a></li><li><a href=\"#tables\">Tables</a></li>"
          "<li><a href=\"#ledger\">Ledger and blame</a></li><li><a href=\"#drivers\">Drivers</a>"
          "</li><li><a href=\"#reproduce\">Again</a></li><li><a href=\"#environment\">"
          "Environment</a></li></ul></nav>\n<main id=\"main\">\n",
          out);
    html_format(out, "<h1>%s</h1>\n<p class=\"soft\">%s</p>\n", id, judgement->caption);
    put_verdict(store, judgement, out);
    if (shown < PICTURES)
        put_picture(results, id, &pictures[shown], out);
    put_pictures(results, id, shown, out);
    put_tables(judgement, out);
    put_drivers(judgement, out);
    put_reproduction(store, judgement, out);
    report_close_page(out);
}

int report_write(struct store *store, const char *id, const char *results, char *path, size_t size,
                 struct error *error)
{
    struct judgement judgement;
    char to[FOLDER_PATH_BYTES];
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    int result = folder_make(results, judgement.campaign.id, error);
    FILE *out = result == 0
                    ? folder_open_file(results, judgement.campaign.id, "report.html", to, error)
                    : NULL;
    if (out) {
        put_page(store, &judgement, results, out);
        result = folder_close_file(out, to, 0, error);
        snprintf(path, size, "%s", to);
    } else {
        result = -1;
    }
    judgement_release(&judgement);
    return result == 0 ? report_write_index(store, results, error) : -1;
}
