#include "campaign_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include "lib/terminal.h"
#include "bench/base/output.h"
#include "bench/keep/folder.h"
#include "draw.h"
#include "lib/histogram.h"
#include "report.h"
#include "table.h"
#include "theory.h"

enum { FILE_NAME_BYTES = 224 };

static int write_tables(const struct judgement *judgement, const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = folder_open_file(results, judgement->campaign.id, "tables.md", path, error);
    if (!out)
        return -1;
    table_print_all(judgement, GRID_MARKDOWN, out);
    return output_close(out, path, 0, error);
}

static int write_caption(const struct judgement *judgement, const char *results,
                         struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = folder_open_file(results, judgement->campaign.id, "environment.txt", path, error);
    if (!out)
        return -1;
    fprintf(out, "%s\n", judgement->caption);
    return output_close(out, path, 0, error);
}

/* Of a path or a URL: not in a file's name, or not without quotes in a shell. */
#define UNSAFE "/\\?*[]{}<>()|&;!$~#'\"`"

/* "libev-closed-8-kept-alive": a case's label as a file can be called. */
static void name_case(const struct bench_case *c, char name[FILE_NAME_BYTES])
{
    char label[CASE_LABEL_BYTES], *to = name;
    case_label(c, case_unusual(c), label);
    for (const char *from = label; *from && to < name + FILE_NAME_BYTES - 1; from++)
        if (*from != ',')
            *to++ = *from == ' ' ? '-' : strchr(UNSAFE, *from) ? '_' : *from;
    *to = '\0';
}

/* Labels differ; should two be too long, or differ only in what a name cannot hold, these do too.
 */
static void name_histogram(const struct judgement *judgement, size_t i, char name[FILE_NAME_BYTES])
{
    char other[FILE_NAME_BYTES];
    size_t same = 0;
    name_case(&judgement->cases[i].c, name);
    for (size_t j = 0; j < i; j++) {
        name_case(&judgement->cases[j].c, other);
        same += !strcmp(name, other);
    }
    if (same)
        sprintf(name + strlen(name), "-%zu", same + 1);
}

/* One .hgrm a case, of all its valid runs, in milliseconds: for HdrHistogram's plotter. None of a
 * case with an overloaded run: percentiles would say how long that was, or be of a biased
 * selection. */
static int write_histogram(struct store *store, const struct judgement *judgement, size_t i,
                           const char *results, struct error *error)
{
    char name[FILE_NAME_BYTES + 32], file[sizeof(name) + 32], path[FOLDER_PATH_BYTES];
    struct histogram *histogram = xcalloc(1, sizeof(*histogram));
    int result = store_case_histogram(store, judgement->cases[i].c.id, histogram, error);
    if (result == 0 && histogram->total > 0) {
        name_histogram(judgement, i, name);
        snprintf(file, sizeof(file), "histograms/%s.hgrm", name);
        FILE *out = folder_open_file(results, judgement->campaign.id, file, path, error);
        result = out ? 0 : -1;
        if (out) {
            histogram_write_hgrm(histogram, NSEC_PER_MSEC, out);
            result = output_close(out, path, 0, error);
        }
    }
    free(histogram);
    return result;
}

static int write_histograms(struct store *store, const struct judgement *judgement,
                            const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    folder_path(results, judgement->campaign.id, "histograms", path);
    int result = folder_make_path(path, error);
    for (size_t i = 0; i < judgement->case_count && result == 0; i++)
        if (!judgement->cases[i].overloaded_count)
            result = write_histogram(store, judgement, i, results, error);
    return result;
}

static int point_latest(const struct judgement *judgement, const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES], beside[OUTPUT_PATH_BYTES];
    folder_path(results, "latest", "", path);
    if (output_beside(path, beside, error) < 0)
        return -1;
    if (symlink(judgement->campaign.id, beside) < 0)
        return error_errno(error, errno, "cannot make the link %s", path);
    return output_replace(path, 0, error);
}

static int write_kinds(struct store *store, const struct judgement *judgement, const char *results,
                       const char *const *kinds, struct error *error)
{
    int result = 0;
    for (; *kinds && result == 0; kinds++)
        result = folder_write_csv(store, results, judgement->campaign.id, *kinds, error);
    return result;
}

/* A search keeps no requests, and dozens of steps of each driver. */
static int write_figures(struct store *store, const struct judgement *judgement,
                         const char *results, struct error *error)
{
    static const char *const usual[] = {"cases",     "runs",        "latency",
                                        "waterfall", "completion",  "usage",
                                        "breakdown", "environment", NULL};
    static const char *const of_limits[] = {"limits", "cases",       "runs",
                                            "usage",  "environment", NULL};
    static const char *const of_capacity[] = {"capacity", "theory",      "cases", "runs",
                                              "usage",    "environment", NULL};
    static const char *const of_open[] = {"windows", "theory", NULL};
    int result = write_kinds(store, judgement, results,
                             judgement->limits_count     ? of_limits
                             : judgement->capacity_count ? of_capacity
                                                         : usual,
                             error);
    if (result == 0 && !judgement_is_search(judgement) && judgement_open_cases(judgement))
        result = write_kinds(store, judgement, results, of_open, error);
    if (result == 0 && !judgement_is_search(judgement))
        result = write_histograms(store, judgement, results, error);
    return result;
}

int campaign_files_write(struct store *store, const struct judgement *judgement,
                         const char *results, struct error *error)
{
    int result = folder_make(results, judgement->campaign.id, error);
    if (result == 0)
        result = judge_lend_figures(store, judgement, error);
    if (result == 0)
        result = theory_lend(store, judgement, error);
    if (result == 0)
        result = write_figures(store, judgement, results, error);
    if (result == 0)
        result = write_tables(judgement, results, error);
    if (result == 0)
        result = write_caption(judgement, results, error);
    if (result == 0)
        result = point_latest(judgement, results, error);
    return result;
}

static void name_file(const char *results, const char *id, const char *name, const char *says,
                      FILE *out)
{
    char path[FOLDER_PATH_BYTES];
    folder_path(results, id, name, path);
    if (access(path, F_OK) == 0)
        fprintf(out, "  %-15s %s\n", name, says);
}

/* The page is the one to open; the rest is there for who wants it alone. */
void campaign_files_name(const char *results, const char *id, FILE *out)
{
    char path[FOLDER_PATH_BYTES], name[64];
    folder_path(results, id, "", path);
    fprintf(out, "\nRecorded in %s\n", path);
    name_file(results, id, "report.html", "Everything on one page: open it in a browser.", out);
    for (const struct picture *picture = pictures; picture->name; picture++) {
        snprintf(name, sizeof(name), "%s.png", picture->name);
        name_file(results, id, name, picture->caption, out);
    }
    name_file(results, id, "tables.md",
              "All tables, with all columns (also: waitbench table --all).", out);
    fprintf(out, "%s/index.html lists all campaigns and compares any two.\n", results);
}

/* Returns 0, or -1 where a picture failed, or was interrupted. */
static int draw_pictures(const char *results, const char *id, struct error *error)
{
    char folder[FOLDER_PATH_BYTES];
    struct error missing;
    if (draw_check(&missing) < 0) {
        terminal_print(stderr, "No pictures: %s\n", missing.text);
        return 0;
    }
    folder_path(results, id, "", folder);
    switch (draw_folder(folder, DRAW_PICTURES, NULL, error)) {
    case DRAW_DONE:
    case DRAW_NOTHING: return 0;
    case DRAW_NOT_RUN: return -1;
    default: return error_set(error, "not all pictures could be drawn");
    }
}

int campaign_files_finish(struct store *store, const char *results, const char *id,
                          bool without_pictures, FILE *out, struct error *error)
{
    char page[FOLDER_PATH_BYTES];
    int drawn = without_pictures ? 0 : draw_pictures(results, id, error);
    int written = report_write(store, id, results, page, sizeof(page), drawn < 0 ? NULL : error);
    campaign_files_name(results, id, out);
    return drawn < 0 || written < 0 ? -1 : 0;
}
