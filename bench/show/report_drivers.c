/* The drivers of a page: what each is, its lesson, its code. */
#include "report_parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver_text.h"
#include "bench/keep/folder.h"
#include "html.h"

void report_put_link(const struct report *report, const char *path, const char *text)
{
    char from_page[FOLDER_PATH_BYTES], there[FOLDER_PATH_BYTES];
    snprintf(from_page, sizeof(from_page), "../../%s", path);
    folder_path(report->results, report->judgement->campaign.id, from_page, there);
    if (access(there, R_OK) == 0)
        html_format(report->out, "<a href=\"%s\">%s</a>", from_page, text);
    else
        html_format(report->out, "<code>%s</code>", text);
}

static void put_driver(const struct report *report, const char *name)
{
    const struct driver *driver = driver_find(name);
    const char *path = driver ? driver_source_path(driver) : NULL;
    const char *source = driver ? driver_source_text(driver) : NULL;
    char shows[DRIVER_TEXT_BYTES];
    if (!driver) {
        html_format(report->out, "<p><strong>%s</strong>: not known to this waitbench</p>\n", name);
        return;
    }
    html_format(report->out, "<details>\n<summary><strong>%s</strong>: %s</summary>\n", name,
                driver->summary);
    char *lesson = opening_comment(source ? source : "");
    html_prose(lesson, report->out);
    free(lesson);
    html_format(report->out,
                "<p class=\"soft\">Model: %s. Shows: %s. Code: ", driver_model_name(driver->model),
                driver_library(driver, shows));
    if (path)
        report_put_link(report, path, path);
    else
        fputs("your own", report->out);
    fputs("</p>\n</details>\n", report->out);
}

void report_put_drivers(const struct report *report)
{
    const struct judgement *judgement = report->judgement;
    fputs("<h2 id=\"drivers\">Drivers</h2>\n", report->out);
    for (size_t i = 0; i < judgement->case_count; i++) {
        const char *name = judgement->cases[i].c.driver;
        bool told = false;
        for (size_t j = 0; j < i && !told; j++)
            told = strcmp(judgement->cases[j].c.driver, name) == 0;
        if (!told)
            put_driver(report, name);
    }
}
