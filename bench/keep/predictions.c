#include "predictions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bench/base/output.h"
#include "folder.h"
#include "store_sql.h"

#define PREDICTIONS_FOLDER "worksheets"

static void file_path(const char *results, const char *id, char path[FOLDER_PATH_BYTES])
{
    char name[FOLDER_NAMES_BYTES / 2];
    snprintf(name, sizeof(name), "%.120s.txt", id);
    folder_path(results, PREDICTIONS_FOLDER, name, path);
}

static void set_prediction(struct predictions *p, const char *name, const char *text)
{
    size_t at = 0;
    while (at < p->count && strcmp(p->items[at].name, name) != 0)
        at++;
    if (at == PREDICTIONS_MAX)
        return; /* more than any worksheet has: whoever reads it misses none of its own */
    p->count += at == p->count;
    snprintf(p->items[at].name, sizeof(p->items[at].name), "%s", name);
    snprintf(p->items[at].text, sizeof(p->items[at].text), "%s", text);
}

/* "TIME <tab> predicted <tab> q1 <tab> 0.8s", "TIME begun", "TIME ended ID". Returns 0, or -1 for
 * anything else. */
static int read_line(struct predictions *p, char *line)
{
    const char *time = strsep(&line, "\t"), *kind = strsep(&line, "\t");
    const char *name = strsep(&line, "\t"), *text = strsep(&line, "\t");
    if (!*time || !kind || line)
        return -1;
    if (!strcmp(kind, "predicted") && name && *name && text)
        set_prediction(p, name, text);
    else if (!strcmp(kind, "begun") && !name)
        p->begun = true;
    else if (!strcmp(kind, "ended") && name && !text)
        snprintf(p->campaign, sizeof(p->campaign), "%s", name);
    else
        return -1;
    return 0;
}

int predictions_read(const char *results, const char *id, struct predictions *out,
                     struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    struct stat status;
    size_t size;
    file_path(results, id, path);
    *out = (struct predictions){0};
    if (stat(path, &status) < 0 && errno == ENOENT)
        return 0;
    char *text = folder_read_file(path, &size, error);
    if (!text)
        return -1;
    int result = 0;
    char *rest = text, *line;
    for (size_t number = 1; result == 0 && (line = strsep(&rest, "\n")) && (rest || *line);
         number++)
        if (!rest || read_line(out, line) < 0)
            result =
                error_set(error, "%s: line %zu is none of a worksheet's predictions", path, number);
    free(text);
    return result;
}

const char *predictions_find(const struct predictions *predictions, const char *name)
{
    for (size_t i = 0; i < predictions->count; i++)
        if (!strcmp(predictions->items[i].name, name))
            return predictions->items[i].text;
    return NULL;
}

/* NULL on error. */
static FILE *open_to_add(const char *results, const char *id, char path[FOLDER_PATH_BYTES],
                         struct error *error)
{
    if (folder_make(results, PREDICTIONS_FOLDER, error) < 0)
        return NULL;
    file_path(results, id, path);
    FILE *out = fopen(path, "ae");
    if (!out)
        error_errno(error, errno, "cannot write %s", path);
    return out;
}

static void put_time(FILE *out)
{
    char text[UNITS_TEXT_BYTES];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sql_iso_time(now.tv_sec * 1000 + now.tv_nsec / 1000000, text, sizeof(text));
    fputs(text, out);
}

static int close_added(FILE *out, const char *path, struct error *error)
{
    int result = output_flush(out, path, error);
    fclose(out);
    return result;
}

int predictions_add(const char *results, const char *id, const struct predictions *added,
                    struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = open_to_add(results, id, path, error);
    if (!out)
        return -1;
    for (size_t i = 0; i < added->count; i++) {
        put_time(out);
        fprintf(out, "\tpredicted\t%s\t%s\n", added->items[i].name, added->items[i].text);
    }
    return close_added(out, path, error);
}

static int add_event(const char *results, const char *id, const char *event, const char *campaign,
                     struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    FILE *out = open_to_add(results, id, path, error);
    if (!out)
        return -1;
    put_time(out);
    fprintf(out, "\t%s%s%s\n", event, *campaign ? "\t" : "", campaign);
    return close_added(out, path, error);
}

int predictions_begin(const char *results, const char *id, struct error *error)
{
    return add_event(results, id, "begun", "", error);
}

int predictions_end(const char *results, const char *id, const char *campaign, struct error *error)
{
    return add_event(results, id, "ended", campaign, error);
}
