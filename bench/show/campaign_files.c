#include "campaign_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include "bench/keep/folder.h"
#include "lib/histogram.h"
#include "table.h"

enum { FILE_NAME_BYTES = 64 };

static int write_tables(const struct judgement *judgement, const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = folder_open_file(results, judgement->campaign.id, "tables.md", path, error);
    if (!out)
        return -1;
    table_print_all(judgement, GRID_MARKDOWN, out);
    return folder_close_file(out, path, 0, error);
}

static int write_caption(const struct judgement *judgement, const char *results,
                         struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = folder_open_file(results, judgement->campaign.id, "environment.txt", path, error);
    if (!out)
        return -1;
    fprintf(out, "%s\n", judgement->caption);
    return folder_close_file(out, path, 0, error);
}

/* A driver's name, which may be a program's path, as part of a file's name: its end, unslashed. */
static void name_for_file(const char *driver, char out[FILE_NAME_BYTES])
{
    size_t length = strlen(driver);
    size_t kept = length < FILE_NAME_BYTES ? length : FILE_NAME_BYTES - 1;
    memcpy(out, driver + length - kept, kept + 1);
    for (char *slash = out; (slash = strchr(slash, '/'));)
        *slash = '_';
}

/* One .hgrm a case, of all its valid runs, in milliseconds: for HdrHistogram's plotter. */
static int write_histogram(struct store *store, const struct case_summary *s, const char *results,
                           const char *id, struct error *error)
{
    char driver[FILE_NAME_BYTES], name[FILE_NAME_BYTES + 96], path[FOLDER_PATH_BYTES];
    struct histogram *histogram = xcalloc(1, sizeof(*histogram));
    int result = store_case_histogram(store, s->c.id, histogram, error);
    if (result == 0 && histogram->total > 0) {
        name_for_file(s->c.driver, driver);
        snprintf(name, sizeof(name), "histograms/%s-%s-%u-backlog%d.hgrm", driver, s->c.arrivals,
                 s->c.concurrency, s->c.backlog);
        FILE *out = folder_open_file(results, id, name, path, error);
        result = out ? 0 : -1;
        if (out) {
            histogram_write_hgrm(histogram, NSEC_PER_MSEC, out);
            result = folder_close_file(out, path, 0, error);
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
        result =
            write_histogram(store, &judgement->cases[i], results, judgement->campaign.id, error);
    return result;
}

static int point_latest(const struct judgement *judgement, const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    folder_path(results, "latest", "", path);
    unlink(path);
    if (symlink(judgement->campaign.id, path) < 0)
        return error_errno(error, errno, "cannot make the link %s", path);
    return 0;
}

/* A campaign of `waitbench limits` keeps no requests, and dozens of steps of each driver. */
static int write_figures(struct store *store, const struct judgement *judgement,
                         const char *results, struct error *error)
{
    static const char *const usual[] = {"cases",     "runs",        "latency",
                                        "waterfall", "completion",  "usage",
                                        "breakdown", "environment", NULL};
    static const char *const of_limits[] = {"limits", "cases",       "runs",
                                            "usage",  "environment", NULL};
    int result = 0;
    for (const char *const *kind = judgement->limits_count ? of_limits : usual;
         *kind && result == 0; kind++)
        result = folder_write_csv(store, results, judgement->campaign.id, *kind, error);
    if (result == 0 && !judgement->limits_count)
        result = write_histograms(store, judgement, results, error);
    return result;
}

int campaign_files_write(struct store *store, const struct judgement *judgement,
                         const char *results, struct error *error)
{
    int result = folder_make(results, judgement->campaign.id, error);
    if (result == 0)
        result = store_put_summaries(store, judgement->cases, judgement->case_count, error);
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
