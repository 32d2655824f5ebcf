/* A page's pictures, as plots/draw.sh drew them; the first there is stands large at the top. */
#include "report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "bench/keep/folder.h"
#include "html.h"

static const struct picture {
    const char *name, *title, *caption;
} pictures[] = {
    {"lesson", "The evidence", "What was measured, with its interval, over what is asked for."},
    {"limits", "To the breaking point",
     "Efficiency against the number in flight, to where each driver ends."},
    {"talk", "The talk's chart", "Seconds per request against requests in flight; less is better."},
    {"makespan", "Makespan", "The time for all requests against requests in flight."},
    {"runs", "Runs", "Every run behind every median: do the runs of a case agree?"},
    {"waterfall", "Waterfall",
     "Every request of one run, driver beside driver: what each was doing when."},
    {"latency", "Latency", "How long one request waits, to the unluckiest of them."},
    {"completion", "Completion",
     "Which share of the answers is there when: what taking them as they come saves."},
    {"usage", "Usage", "What a request costs: CPU, context switches, system calls, memory."},
    {"breakdown", "Breakdown", "Where a request's time went."},
    {"predicted", "Prediction", "What was foretold before the first run, against what came out."},
};

enum { PICTURES = sizeof(pictures) / sizeof(pictures[0]) };

static bool picture_path(const struct report *report, const struct picture *picture,
                         char path[FOLDER_PATH_BYTES])
{
    char name[64];
    snprintf(name, sizeof(name), "%s.svg", picture->name);
    folder_path(report->results, report->judgement->campaign.id, name, path);
    FILE *there = fopen(path, "re");
    if (there)
        fclose(there);
    return there != NULL;
}

/* The first that there is; PICTURES where none is. */
static size_t first_picture(const struct report *report)
{
    char path[FOLDER_PATH_BYTES];
    size_t i = 0;
    while (i < PICTURES && !picture_path(report, &pictures[i], path))
        i++;
    return i;
}

static void put_picture(const struct report *report, const struct picture *picture, bool heading)
{
    char path[FOLDER_PATH_BYTES], label[160];
    struct error error;
    if (!picture_path(report, picture, path))
        return;
    snprintf(label, sizeof(label), "%s. %s The tables hold its figures.", picture->title,
             picture->caption);
    if (heading)
        html_format(report->out, "<h3>%s</h3>\n", picture->title);
    html_format(report->out,
                "<figure id=\"picture-%s\">\n<div class=\"scroll\" tabindex=\"0\" "
                "role=\"region\" aria-label=\"Picture: %s\">\n",
                picture->name, picture->title);
    if (html_svg(path, picture->name, label, report->out, &error) < 0)
        html_format(report->out, "<p>This picture cannot be shown: %s</p>\n", error.text);
    html_format(report->out, "</div>\n<figcaption>%s</figcaption>\n</figure>\n", picture->caption);
}

void report_put_picture(const struct report *report)
{
    size_t first = first_picture(report);
    if (first < PICTURES)
        put_picture(report, &pictures[first], false);
    else
        fputs("<p class=\"notice\">Nothing was drawn: gnuplot is missing, or there is no figure to "
              "draw. <code>./run.sh deps</code> installs it and <code>./run.sh draw</code> "
              "draws.</p>\n",
              report->out);
}

void report_put_pictures(const struct report *report)
{
    char path[FOLDER_PATH_BYTES];
    bool any = false;
    for (size_t i = first_picture(report) + 1; i < PICTURES; i++) {
        if (!any && picture_path(report, &pictures[i], path)) {
            fputs("<h2 id=\"pictures\">More pictures</h2>\n", report->out);
            any = true;
        }
        put_picture(report, &pictures[i], true);
    }
}
