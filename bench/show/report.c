#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/judge/lesson.h"
#include "bench/plan/case_fields.h"
#include "bench/base/output.h"
#include "bench/keep/folder.h"
#include "controls.h"
#include "lib/place.h"
#include "driver_text.h"
#include "html.h"
#include "draw.h"
#include "replay.h"
#include "table.h"

enum {
    TITLE_BYTES = 160,
    CAVEATS_SHOWN = 6, /* more are folded away */

    /* An SVG is sharp at any size, but one with thousands of points takes longer to lay out than
     * the rest of the page: above this size the page has the PNG instead. */
    SVG_MAX_BYTES = 256 * 1024,

    /* A script shows it all the same up to this size, after the page has opened. */
    SCRIPTED_MAX_BYTES = 1536 * 1024,
    SVGZ_MAX_BYTES = 128 * 1024,
};

struct report {
    struct store *store;
    const struct judgement *judgement;
    const char *results;
    const struct lesson *lesson; /* NULL if it is none, or none that this build has */
    FILE *out;
};

static bool is_lesson(const struct report *report)
{
    return report->judgement->lesson.name[0];
}

/* A link to a file of the project, PATH as seen from its root; its text alone where the page does
 * not lie two folders below that root. */
static void put_link(const struct report *report, const char *path, const char *text)
{
    char from_page[FOLDER_PATH_BYTES], there[FOLDER_PATH_BYTES];
    snprintf(from_page, sizeof(from_page), "../../%s", path);
    folder_path(report->results, report->judgement->campaign.id, from_page, there);
    if (place_is_installed() && place_find_file(path, R_OK, there, sizeof(there), NULL) == 0)
        html_format(report->out, "<code>%s</code>", there);
    else if (access(there, R_OK) == 0)
        html_format(report->out, "<a href=\"%s\">%s</a>", from_page, text);
    else
        html_format(report->out, "<code>%s</code>", text);
}

/* ---- the summary of a campaign, the verdict of a lesson ---- */

/* "Lesson 2: The accept queue, not the threads", "Campaign quick". */
static const char *page_title(const struct report *report, char title[TITLE_BYTES])
{
    if (report->lesson)
        snprintf(title, TITLE_BYTES, "Lesson %u: %s", report->lesson->number,
                 report->lesson->title);
    else if (is_lesson(report))
        snprintf(title, TITLE_BYTES, "Lesson %.100s", report->judgement->lesson.name);
    else
        snprintf(title, TITLE_BYTES, "Campaign %.100s", report->judgement->campaign.name);
    return title;
}

static void put_incomplete(const struct report *report)
{
    const struct campaign_info *campaign = &report->judgement->campaign;
    const char *command = store_resumed_by(campaign);
    html_format(report->out,
                "<p class=\"notice bad\"><strong>This campaign is not complete (%s)</strong>: the "
                "figures are those of the runs recorded so far.",
                campaign->status);
    char *folder = folder_option(report->results);
    if (command)
        html_format(report->out, " <code>%swaitbench %s --resume %s%s</code> continues it.",
                    place_of_commands(), command, campaign->id, folder);
    free(folder);
    fputs("</p>\n", report->out);
}

/* Whatever limits the use of the figures comes before them. */
static void put_notices(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    size_t noisy = judgement->cases_of[QUALITY_NOISY];
    char count[96];
    if (strcmp(judgement->campaign.status, "complete") != 0)
        put_incomplete(report);
    if (judgement_is_invalid(judgement)) {
        snprintf(count, sizeof(count), "%zu run%s", judgement->invalid_runs,
                 judgement->invalid_runs == 1 ? " is" : "s are");
        html_format(report->out,
                    "<p class=\"notice bad\"><strong>%s INVALID</strong>: their cases have no "
                    "figures. <a href=\"#caveats\">Reasons and remedies</a>.</p>\n",
                    count);
    }
    if (noisy) {
        snprintf(count, sizeof(count), "%zu of %zu case%s %s", noisy, judgement->case_count,
                 judgement->case_count == 1 ? "" : "s", noisy == 1 ? "is" : "are");
        html_format(report->out,
                    "<p class=\"notice\"><strong>%s NOISY</strong>: small differences are not "
                    "reliable. <a href=\"#caveats\">Reasons and remedies</a>.</p>\n",
                    count);
    }
}

static void put_verdict(const struct report *report)
{
    const struct lesson *lesson = report->lesson;
    const struct stored_lesson *found = &report->judgement->lesson;
    char class[16], path[96];
    snprintf(class, sizeof(class), "%.*s", (int)strcspn(found->verdict, " "), found->verdict);
    if (lesson)
        html_format(report->out, "<p class=\"question\">%s</p>\n", lesson->question);
    html_format(report->out, "<p class=\"result\"><strong class=\"badge %s\">%s</strong> %s.</p>\n",
                class, found->verdict, found->why);
    if (!lesson)
        return;
    html_format(report->out,
                "<dl>\n<dt>Claim</dt><dd>%s.</dd>\n<dt>Theory</dt><dd>%s.</dd>\n</dl>\n",
                lesson->claim, lesson->theory);
    snprintf(path, sizeof(path), "docs/lessons/%02u-%s.md", lesson->number, lesson->name);
    fputs("<p>Handout with an explanation and exercises: ", report->out);
    put_link(report, path, path);
    fputs("</p>\n", report->out);
}

static void print_summary(const void *judgement, FILE *out)
{
    summary_print(judgement, out);
}

static bool all_open(const struct judgement *judgement)
{
    return judgement->case_count && judgement_open_cases(judgement) == judgement->case_count;
}

static const char *question_of(const struct judgement *judgement)
{
    if (judgement->limits_count)
        return "How many requests in flight does each driver sustain, and which limit does it hit?";
    if (judgement->capacity_count)
        return "Up to which rate does each driver and server model meet the objective?";
    if (judgement->case_count && case_is_work(&judgement->cases[0].c))
        return "Which driver completes CPU-bound work fastest?";
    if (all_open(judgement))
        return "How long does a request take when requests start at a given rate?";
    return "How should a program wait for many responses?";
}

static void put_summary(const struct report *report)
{
    html_format(report->out,
                "<section class=\"summary\" aria-labelledby=\"summary\">\n"
                "<h2 id=\"summary\">%s</h2>\n",
                is_lesson(report) ? "Verdict" : "Summary");
    if (is_lesson(report)) {
        put_verdict(report);
        put_notices(report);
    } else {
        html_format(report->out, "<p class=\"question\">%s</p>\n", question_of(report->judgement));
        put_notices(report);
        if (!judgement_is_search(report->judgement))
            html_list(print_summary, report->judgement, report->out);
    }
    fputs("</section>\n", report->out);
}

static void put_evidence(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    if (!is_lesson(report))
        return;
    fputs("<h2 id=\"evidence\">Evidence</h2>\n", report->out);
    if (judgement->evidence_count)
        table_print_evidence(judgement, GRID_HTML, report->out);
    else
        fputs("<p>None: the lesson was not completed.</p>\n", report->out);
}

/* ---- pictures ---- */

/* Is there an SVG file of NAME that is small enough? */
static bool svg_path(const struct report *report, const char *name, off_t most,
                     char path[FOLDER_PATH_BYTES])
{
    char file[64];
    struct stat status;
    snprintf(file, sizeof(file), "%s.svg", name);
    folder_path(report->results, report->judgement->campaign.id, file, path);
    return stat(path, &status) == 0 && status.st_size <= most;
}

/* The file to embed; false if the picture was not drawn. */
static bool picture_path(const struct report *report, const struct picture *picture,
                         char path[FOLDER_PATH_BYTES])
{
    char name[64];
    if (svg_path(report, picture->name, SVG_MAX_BYTES, path))
        return true;
    snprintf(name, sizeof(name), "%s.png", picture->name);
    folder_path(report->results, report->judgement->campaign.id, name, path);
    return access(path, R_OK) == 0;
}

/* What a script shows in place of the image. It costs nothing until a script takes it. */
static void put_svgz(const struct report *report, const char *name, const char *class)
{
    char path[FOLDER_PATH_BYTES], file[64];
    struct error error;
    struct stat status;
    snprintf(file, sizeof(file), "%s.svgz", name);
    folder_path(report->results, report->judgement->campaign.id, file, path);
    if (stat(path, &status) != 0 || status.st_size > SVGZ_MAX_BYTES)
        return;
    html_format(report->out, "<template class=\"%s\">", class);
    html_file(path, report->out, &error); /* or there is none */
    fputs("</template>\n", report->out);
}

/* An image that is an SVG holds all that a script takes; with the other kind of axis there is one
 * more. */
static void put_for_script(const struct report *report, const struct picture *picture)
{
    char path[FOLDER_PATH_BYTES], other[64];
    if (!svg_path(report, picture->name, SCRIPTED_MAX_BYTES, path))
        return;
    if (!svg_path(report, picture->name, SVG_MAX_BYTES, path))
        put_svgz(report, picture->name, "drawn");
    snprintf(other, sizeof(other), "%s-other-axis", picture->name);
    put_svgz(report, other, "other");
}

static void put_picture(const struct report *report, const struct picture *picture, bool heading)
{
    char path[FOLDER_PATH_BYTES], alt[256];
    struct error error;
    if (!picture_path(report, picture, path))
        return;
    snprintf(alt, sizeof(alt), "%s. %s The tables hold the figures.", picture->title,
             picture->caption);
    if (heading)
        html_format(report->out, "<h3>%s</h3>\n", picture->title);
    html_format(report->out,
                "<figure id=\"picture-%s\">\n<div class=\"scroll\" tabindex=\"0\" "
                "role=\"region\" aria-label=\"Picture: %s\">\n",
                picture->name, picture->title);
    if (html_image(path, alt, report->out, &error) < 0)
        html_format(report->out, "<p>This picture cannot be shown: %s</p>\n", error.text);
    fputs("</div>\n", report->out);
    put_for_script(report, picture);
    html_format(report->out, "<figcaption>%s</figcaption>\n</figure>\n", picture->caption);
}

/* The first that was drawn, or the row that ends the table. */
static const struct picture *first_picture(const struct report *report)
{
    char path[FOLDER_PATH_BYTES];
    const struct picture *picture = pictures;
    while (picture->name && !picture_path(report, picture, path))
        picture++;
    return picture;
}

static void put_first_picture(const struct report *report)
{
    char remedy[PLACE_REMEDY_BYTES];
    const struct picture *first = first_picture(report);
    if (first->name)
        put_picture(report, first, false);
    else
        html_format(report->out,
                    "<p class=\"notice\">No pictures: gnuplot is missing (%s), or there are no "
                    "figures to draw. <code>%swaitbench draw</code> draws.</p>\n",
                    place_remedy("deps", "gnuplot-nox", remedy), place_of_commands());
}

static void put_other_pictures(const struct report *report)
{
    char path[FOLDER_PATH_BYTES];
    bool any = false;
    const struct picture *picture = first_picture(report);
    while (picture->name && (++picture)->name) {
        if (!any && picture_path(report, picture, path)) {
            fputs("<h2 id=\"pictures\">More pictures</h2>\n", report->out);
            any = true;
        }
        put_picture(report, picture, true);
    }
}

/* ---- tables ---- */

struct word {
    const char *word, *means;
};

static void put_words(const struct word *words, FILE *out)
{
    for (; words->word; words++)
        html_format(out, "<dt>%s</dt><dd>%s</dd>\n", words->word, words->means);
}

static void put_glossary(const struct report *report)
{
    static const struct word words[] = {
        {"C", "requests in flight at once"},
        {"makespan", "the time from a run's start to its last response; the median of the runs"},
        {"interval (coverage)",
         "from one run to another, so that the median is between them with the "
         "stated probability; a range, from the fastest to the slowest run, if "
         "that is below 95%"},
        {"time per request", "makespan ÷ completed requests, the inverse of requests per second; "
                             "not the latency of a request"},
        {"requests/s", "completed requests ÷ makespan"},
        {"efficiency", "ideal ÷ makespan; the ideal is the server delay times the rounds of C "
                       "requests"},
        {"predicted", "the makespan computed from a calibration before the first run; marked if it "
                      "is off by more than 15%"},
        {"p50, p99", "percentiles of the latency of a request: the median, and 99%"},
        {"first response, 50%, 90%, last response",
         "the time from the run's start until so many responses were complete"},
        {"first ÷ last response time", "small if responses can be used long before the last one"},
        {"SYN retransmissions", "connection attempts repeated because nothing replied, the first "
                                "time after 1 s"},
        {"accept-queue overflows", "connection attempts that found the server's accept queue full"},
        {"quality", "OK; NOISY, to be used with caution; INVALID, no figures because a run failed"},
        {0},
    };
    static const struct word of_open[] = {
        {"rate, offered, achieved",
         "requests per second: as requested; those of the schedule, which are a random number with "
         "poisson arrivals; and those that started"},
        {"latency p50, p99", "from the intended start of a request until its response was checked"},
        {"service p50, p99", "the same from its actual start, which may be later: what a closed "
                             "loop reports"},
        {"lag p99", "how late the driver started 1% of the requests, or later, although it had a "
                    "free slot: its own delay, not the server's"},
        {"distance of the gaps",
         "of poisson arrivals: Kolmogorov and Smirnov's, of the gaps between "
         "actual starts, less what each request waited for a slot, from the exponential "
         "distribution; beside it the "
         "probability of one as large by chance"},
        {"overloaded", "requests were due faster than they were completed throughout the run, so "
                       "that latencies would only say how long it was"},
        {0},
    };
    fputs("<details>\n<summary>What the columns mean</summary>\n<dl>\n", report->out);
    put_words(words, report->out);
    if (judgement_open_cases(report->judgement))
        put_words(of_open, report->out);
    fputs("</dl>\n</details>\n", report->out);
}

static void print_talk(const void *judgement, FILE *out)
{
    table_print_talk(judgement, GRID_TEXT, out);
}

static void print_active(const void *judgement, FILE *out)
{
    table_print_active(judgement, out);
}

static void put_tables(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    fputs("<h2 id=\"tables\">Tables</h2>\n<p class=\"soft script\">A click or Enter on a heading "
          "sorts the table.</p>\n",
          report->out);
    put_glossary(report);
    if (judgement->limits_count)
        table_print_limits(judgement, GRID_HTML, report->out);
    table_print_steps(judgement, GRID_HTML, report->out);
    if (judgement->capacity_count)
        table_print_capacity(judgement, GRID_HTML, report->out);
    table_print_figures(judgement, GRID_HTML, report->out);
    table_print_decisions(judgement, GRID_HTML, report->out);
    table_print_skill(judgement, GRID_HTML, report->out);
    if (judgement_is_search(judgement))
        return;
    table_print_scalability(judgement, GRID_HTML, report->out);
    table_print_speedup(judgement, GRID_HTML, report->out);
    table_print_queue(judgement, GRID_HTML, report->out);
    table_print_audit(judgement, GRID_HTML, report->out);
    table_print_completion(judgement, GRID_HTML, report->out);
    fputs("<h2 id=\"usage\">Resource usage and latency breakdown</h2>\n", report->out);
    table_print_usage(judgement, GRID_HTML, report->out);
    html_list(print_active, judgement, report->out);
    table_print_breakdown(judgement, GRID_HTML, report->out);
    table_print_whole(judgement, GRID_HTML, report->out);
    if (is_lesson(report) || all_open(judgement))
        return;
    fputs("<details>\n<summary>In the talk's format</summary>\n", report->out);
    html_preformatted(print_talk, judgement, report->out);
    fputs("</details>\n", report->out);
}

/* ---- caveats ---- */

static void print_invalid(const void *judgement, FILE *out)
{
    table_print_caveats_of(judgement, QUALITY_INVALID, out);
}

static void print_noisy(const void *judgement, FILE *out)
{
    table_print_caveats_of(judgement, QUALITY_NOISY, out);
}

static void print_overloads(const void *judgement, FILE *out)
{
    table_print_overloads(judgement, out);
}

static void print_two_modes(const void *judgement, FILE *out)
{
    table_print_two_modes(judgement, out);
}

static void print_of_the_whole(const void *subject, FILE *out)
{
    const struct judgement *judgement = subject;
    if (judgement->environment_changes[0])
        fprintf(out, "NOISY: the environment changed during the campaign: %s\n",
                judgement->environment_changes);
    table_print_control(judgement, out);
}

static bool has_other_caveats(const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++)
        if (judgement->cases[i].overloaded || judgement->cases[i].makespan_modes.two)
            return true;
    return false;
}

/* The most serious first; many are folded away. */
static void put_caveats(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    size_t noisy = judgement->cases_of[QUALITY_NOISY];
    char count[32];
    fputs("<h2 id=\"caveats\">Caveats</h2>\n", report->out);
    html_list(print_invalid, judgement, report->out);
    html_list(print_overloads, judgement, report->out);
    html_list(print_two_modes, judgement, report->out);
    html_list(print_of_the_whole, judgement, report->out);
    snprintf(count, sizeof(count), "%zu", noisy);
    if (noisy > CAVEATS_SHOWN)
        html_format(report->out, "<details>\n<summary>%s cases are NOISY</summary>\n", count);
    html_list(print_noisy, judgement, report->out);
    if (noisy > CAVEATS_SHOWN)
        fputs("</details>\n", report->out);
    if (!noisy && !judgement->invalid_runs && !judgement->environment_changes[0] &&
        !has_other_caveats(judgement))
        fputs("<p>None: no case is NOISY or INVALID.</p>\n", report->out);
}

/* ---- drivers ---- */

static void put_driver(const struct report *report, const char *name)
{
    const struct driver *driver = driver_find(name);
    if (!driver) {
        html_format(report->out, "<p><strong>%s</strong>: not in this build of waitbench</p>\n",
                    name);
        return;
    }
    const char *path = driver_source_path(driver), *source = driver_source_text(driver);
    char library[DRIVER_TEXT_BYTES];
    html_format(report->out, "<details>\n<summary><strong>%s</strong>: %s</summary>\n", name,
                driver->summary);
    char *lesson = opening_comment(source ? source : "");
    html_prose(lesson, report->out);
    free(lesson);
    html_format(report->out, "<p class=\"soft\">Model: %s. Library: %s. Code: ",
                driver_model_name(driver->model), driver_library(driver, library));
    if (path)
        put_link(report, path, path);
    else
        fputs("your own", report->out);
    fputs("</p>\n</details>\n", report->out);
}

static void put_drivers(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    fputs("<h2 id=\"drivers\">Drivers</h2>\n", report->out);
    for (size_t i = 0; i < judgement->case_count; i++) {
        const char *name = judgement->cases[i].c.driver->name;
        bool done = false;
        for (size_t j = 0; j < i && !done; j++)
            done = strcmp(judgement->cases[j].c.driver->name, name) == 0;
        if (!done)
            put_driver(report, name);
    }
}

/* ---- reproduction and environment ---- */

static void put_reproduction(const struct report *report)
{
    static const char lesson[] = "waitbench lesson ";
    const struct campaign_info *campaign = &report->judgement->campaign;
    char seed[32], repetitions[32], command[STORE_COMMAND_BYTES], seeding[64] = "";
    char *folder = folder_option(report->results);
    size_t length = strlen(campaign->command);
    while (length && campaign->command[length - 1] == ' ')
        length--;
    snprintf(command, sizeof(command), "%.*s", (int)length, campaign->command);
    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)campaign->seed);
    snprintf(repetitions, sizeof(repetitions), "%u", campaign->repetitions);
    if (!strstr(command, "--seed")) /* of a lesson it is an option of its cases */
        snprintf(seeding, sizeof(seeding),
                 strncmp(command, lesson, strlen(lesson)) ? " --seed %s" : " --with '--seed %s'",
                 seed);
    html_format(report->out,
                "<h2 id=\"reproduce\">Reproduce</h2>\n<pre><code>%s%s%s</code></pre>\n"
                "<p>Seed %s determined the order of the runs; %s runs of each case; started %s. "
                "<code>waitbench.db</code> holds every run and every request; <code>%swaitbench "
                "export %s --what runs%s</code> prints the runs.</p>\n",
                place_of_commands(), command, seeding, seed, repetitions, campaign->started_at,
                place_of_commands(), campaign->id, folder);
    free(folder);
}

static void put_environment_row(void *target, const char *key, const char *value)
{
    html_format(target, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", key, value);
}

static void put_environment(const struct report *report)
{
    fputs("<h2 id=\"environment\">Environment</h2>\n<div class=\"scroll\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Environment\">\n<table class=\"wrap\">\n<tbody>\n",
          report->out);
    store_each_environment(report->store, report->judgement->campaign.id, put_environment_row,
                           report->out);
    fputs("</tbody>\n</table>\n</div>\n", report->out);
}

/* ---- the page ---- */

static void put_navigation(const struct report *report)
{
    fputs("<nav aria-label=\"Sections\"><ul><li><a href=\"../index.html\">All campaigns</a></li>"
          "<li><a href=\"#tables\">Tables</a></li>",
          report->out);
    if (!judgement_is_search(report->judgement))
        fputs("<li><a href=\"#usage\">Resource usage</a></li>", report->out);
    fputs("<li><a href=\"#caveats\">Caveats</a></li><li><a href=\"#drivers\">Drivers</a></li>"
          "<li><a href=\"#reproduce\">Reproduce</a></li>"
          "<li><a href=\"#environment\">Environment</a></li></ul></nav>\n",
          report->out);
}

static void put_page(const struct report *report)
{
    char title[TITLE_BYTES];
    html_open_page(page_title(report, title), report->out);
    put_navigation(report);
    html_format(report->out, "<main id=\"main\">\n<h1>%s</h1>\n<p class=\"soft\">%s</p>\n", title,
                report->judgement->caption);
    put_summary(report);
    controls_put(report->judgement, report->out);
    put_first_picture(report);
    put_evidence(report);
    replay_put(report->store, report->judgement, report->results, report->out);
    put_other_pictures(report);
    put_tables(report);
    put_caveats(report);
    put_drivers(report);
    put_reproduction(report);
    put_environment(report);
    fputs("</main>\n", report->out);
    html_close_page(report->out);
}

int report_write(struct store *store, const char *id, const char *results, char *path, size_t size,
                 struct error *error)
{
    struct judgement judgement;
    struct report report = {.store = store, .judgement = &judgement, .results = results};
    char to[FOLDER_PATH_BYTES];
    if (judge_campaign(store, id, &judgement, error) < 0)
        return -1;
    report.lesson = lesson_find(judgement.lesson.name);
    int result = folder_make(results, judgement.campaign.id, error);
    report.out = result == 0
                     ? folder_open_file(results, judgement.campaign.id, "report.html", to, error)
                     : NULL;
    if (report.out) {
        put_page(&report);
        result = output_close(report.out, to, 0, error);
        snprintf(path, size, "%s", to);
    } else {
        result = -1;
    }
    judgement_release(&judgement);
    return result == 0 ? report_write_index(store, results, error) : -1;
}
