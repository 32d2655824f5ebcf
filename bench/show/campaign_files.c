#include "campaign_files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include "bench/keep/folder.h"
#include "lib/histogram.h"
#include "table.h"

enum { FILE_NAME_BYTES = 224 };

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

/* "libev-closed-8-kept-alive": a case's label as a file can be called. */
static void name_case(const struct bench_case *c, char name[FILE_NAME_BYTES])
{
    char label[CASE_LABEL_BYTES], *to = name;
    case_label(c, case_unusual(c), label);
    for (const char *from = label; *from && to < name + FILE_NAME_BYTES - 1; from++)
        if (*from != ',')
            *to++ = *from == ' ' ? '-' : *from == '/' ? '_' : *from;
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

/* One .hgrm a case, of all its valid runs, in milliseconds: for HdrHistogram's plotter. */
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
        result = write_histogram(store, judgement, i, results, error);
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
        result = judge_lend_figures(store, judgement, error);
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
