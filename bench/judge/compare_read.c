#include "compare_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/keep/folder.h"
#include "bench/base/records.h"
#include "bench/keep/store_json.h"

/* The columns that are read; all but the last are needed. */
enum column {
    DRIVER,
    WORKLOAD,
    ARRIVALS,
    REQUESTS,
    CONCURRENCY,
    KEEP_ALIVE,
    DELAY,
    BACKLOG,
    OF_RUNS,
    VERDICT,
    COMPLETED,
    MAKESPAN,
    REASONS,  /* from here on a file may do without */
    PIPELINE, /* then one ask at a time */
    COLUMNS
};

static const char *const column_names[COLUMNS] = {
    [DRIVER] = "driver",     [WORKLOAD] = "workload",       [ARRIVALS] = "arrivals",
    [REQUESTS] = "requests", [CONCURRENCY] = "concurrency", [KEEP_ALIVE] = "keep_alive",
    [DELAY] = "delay_s",     [BACKLOG] = "backlog",         [OF_RUNS] = "of_runs",
    [VERDICT] = "quality",   [COMPLETED] = "completed",     [MAKESPAN] = "makespan_s",
    [REASONS] = "reasons",   [PIPELINE] = "pipeline",
};

struct reader {
    struct records records;
    const char *name;
    size_t rows, of_runs;
    char *values[COLUMNS]; /* the record's, NULL where there is none */
    struct compare_side *side;
};

static enum column column_of(const char *name)
{
    int c = 0;
    while (c < COLUMNS && strcmp(column_names[c], name) != 0)
        c++;
    return (enum column)c;
}

/* ---- values ---- */

static int value_error(const char *name, const char *text, const char *wanted, struct error *error)
{
    return error_set(error, "%s is '%.40s', which is not %s", name, text, wanted);
}

static int take_count(const struct reader *r, enum column column, size_t *out, struct error *error)
{
    const char *text = r->values[column];
    char *end;
    errno = 0;
    *out = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || *out > INT32_MAX)
        return value_error(column_names[column], text, "a count", error);
    return 0;
}

static int take_seconds(const struct reader *r, enum column column, double *out,
                        struct error *error)
{
    const char *text = r->values[column];
    char *end;
    *out = strtod(text, &end);
    bool plain = strspn(text, "0123456789.eE+-") == strlen(text) && end != text && !*end;
    if (!plain || !(*out >= 0 && *out < 1e9))
        return value_error(column_names[column], text, "a time in seconds", error);
    return 0;
}

static int take_name(const struct reader *r, enum column column, char *out, size_t size,
                     struct error *error)
{
    const char *text = r->values[column];
    if (!*text || strlen(text) >= size)
        return value_error(column_names[column], text, "a name", error);
    strcpy(out, text);
    return 0;
}

static int take_verdict(const struct reader *r, enum quality *out, struct error *error)
{
    for (int v = QUALITY_OK; v <= QUALITY_INVALID; v++)
        if (!strcmp(r->values[VERDICT], quality_name((enum quality)v))) {
            *out = (enum quality)v;
            return 0;
        }
    return value_error("quality", r->values[VERDICT], "OK, NOISY or INVALID", error);
}

static int take_case(const struct reader *r, struct stored_case *c, struct error *error)
{
    size_t concurrency, keep_alive, backlog, pipeline = 1;
    double delay;
    *c = (struct stored_case){0};
    if (take_name(r, DRIVER, c->driver, sizeof(c->driver), error) < 0 ||
        take_name(r, WORKLOAD, c->workload, sizeof(c->workload), error) < 0 ||
        take_name(r, ARRIVALS, c->arrivals, sizeof(c->arrivals), error) < 0 ||
        take_count(r, REQUESTS, &c->requests, error) < 0 ||
        take_count(r, CONCURRENCY, &concurrency, error) < 0 ||
        take_count(r, KEEP_ALIVE, &keep_alive, error) < 0 ||
        take_seconds(r, DELAY, &delay, error) < 0 || take_count(r, BACKLOG, &backlog, error) < 0)
        return -1;
    if (r->values[PIPELINE] && take_count(r, PIPELINE, &pipeline, error) < 0)
        return -1;
    c->concurrency = (unsigned)concurrency;
    c->pipeline = (unsigned)pipeline;
    c->keep_alive = keep_alive != 0;
    c->delay = (nsec_t)llround(delay * 1e9);
    c->backlog = (int)backlog;
    return 0;
}

/* ---- rows into cases ---- */

static struct compare_case *case_at(struct compare_side *side, const struct stored_case *c)
{
    for (size_t i = 0; i < side->case_count; i++)
        if (compare_case_order(&side->cases[i].c, c) == 0)
            return &side->cases[i];
    side->cases = xrealloc(side->cases, side->case_count + 1, sizeof(*side->cases));
    struct compare_case *added = &side->cases[side->case_count++];
    *added = (struct compare_case){.c = *c};
    return added;
}

static int take_row(struct reader *r, struct error *error)
{
    struct stored_case c;
    struct compare_run run;
    enum quality quality = QUALITY_INVALID;
    size_t of_runs;
    for (int i = 0; i < REASONS; i++)
        if (!r->values[i])
            return error_set(error, "there is no '%s'; 'waitbench export --what runs' writes it",
                             column_names[i]);
    if (take_case(r, &c, error) < 0 || take_verdict(r, &quality, error) < 0 ||
        take_count(r, COMPLETED, &run.completed, error) < 0 ||
        take_seconds(r, MAKESPAN, &run.makespan_s, error) < 0 ||
        take_count(r, OF_RUNS, &of_runs, error) < 0)
        return -1;
    if (r->rows++ == 0)
        r->of_runs = of_runs;
    if (of_runs != r->of_runs)
        return error_set(error, "of_runs is %zu here and %zu before: this is not one export",
                         of_runs, r->of_runs);
    struct compare_case *into = case_at(r->side, &c);
    if (quality == QUALITY_INVALID) {
        into->invalid_count++;
        if (r->values[REASONS] && !into->reasons[0])
            snprintf(into->reasons, sizeof(into->reasons), "%s", r->values[REASONS]);
        return 0;
    }
    into->runs = xrealloc(into->runs, into->run_count + 1, sizeof(*into->runs));
    into->runs[into->run_count++] = run;
    return 0;
}

/* ---- CSV and JSON ---- */

/* The header's columns, in their order; the caller frees them. */
static enum column *csv_header(struct reader *r, size_t *n, struct error *error)
{
    enum column *columns = NULL;
    bool found[COLUMNS + 1] = {false};
    char *rest = r->records.text;
    for (*n = 0; rest; (*n)++) {
        columns = xrealloc(columns, *n + 1, sizeof(*columns));
        columns[*n] = column_of(records_csv_field(&rest));
        found[columns[*n]] = true;
    }
    for (int c = 0; c < REASONS; c++)
        if (!found[c]) {
            error_set(error, "there is no column '%s'; 'waitbench export --what runs' writes it",
                      column_names[c]);
            free(columns);
            return NULL;
        }
    return columns;
}

static int csv_row(struct reader *r, const enum column *columns, size_t n, struct error *error)
{
    size_t fields = 0;
    for (char *rest = r->records.text; rest; fields++) {
        char *field = records_csv_field(&rest);
        if (fields < n && columns[fields] < COLUMNS)
            r->values[columns[fields]] = field;
    }
    if (fields != n)
        return error_set(error, "%zu fields, and the header has %zu", fields, n);
    return take_row(r, error);
}

static int read_csv(struct reader *r, struct error *error)
{
    size_t n;
    enum column *columns = csv_header(r, &n, error);
    if (!columns)
        return -1;
    int result;
    while ((result = records_next(&r->records, true, error)) > 0)
        if (csv_row(r, columns, n, error) < 0) {
            result = -1;
            break;
        }
    free(columns);
    return result;
}

static void take_member(void *target, const char *key, const char *value)
{
    struct reader *r = target;
    enum column column = column_of(key);
    if (column == COLUMNS || !value)
        return;
    free(r->values[column]);
    r->values[column] = strdup(value);
}

static int json_row(struct reader *r, struct store *parser, struct error *error)
{
    int result = store_json_each(parser, r->records.text, take_member, r, error);
    if (result == 0)
        result = take_row(r, error);
    for (int c = 0; c < COLUMNS; c++) {
        free(r->values[c]);
        r->values[c] = NULL;
    }
    return result;
}

static int read_json(struct reader *r, struct error *error)
{
    struct store *parser = store_open(STORE_IN_MEMORY, STORE_WRITE, error);
    if (!parser)
        return -1;
    int result;
    do
        result = json_row(r, parser, error);
    while (result == 0 && (result = records_next(&r->records, false, error)) > 0);
    store_close(parser);
    return result;
}

/* ---- a whole export ---- */

static int check_rows(const struct reader *r, struct error *error)
{
    if (r->rows == 0)
        return error_set(error, "%s holds no runs", r->name);
    if (r->rows < r->of_runs)
        return error_set(error, "%s was cut short: %zu of its %zu runs are there; export again",
                         r->name, r->rows, r->of_runs);
    if (r->rows > r->of_runs)
        return error_set(error, "%s holds %zu runs and announces %zu: this is not one export",
                         r->name, r->rows, r->of_runs);
    return 0;
}

static int by_case(const void *a, const void *b)
{
    return compare_case_order(&((const struct compare_case *)a)->c,
                              &((const struct compare_case *)b)->c);
}

int compare_read(FILE *in, const char *name, struct compare_side *out, struct error *error)
{
    struct reader r = {.records = {.in = in}, .name = name, .side = out};
    *out = (struct compare_side){0};
    snprintf(out->name, sizeof(out->name), "%s", name);
    int result = records_next(&r.records, false, error);
    if (result > 0)
        result = r.records.text[0] == '{' ? read_json(&r, error) : read_csv(&r, error);
    if (result < 0)
        error_prefix(error, "%.120s, line %zu", name, r.records.line);
    else
        result = check_rows(&r, error);
    records_release(&r.records);
    if (result < 0)
        compare_side_release(out);
    else
        qsort(out->cases, out->case_count, sizeof(*out->cases), by_case);
    return result;
}

static int read_campaign(struct store *store, const char *id, struct compare_side *out,
                         struct error *error)
{
    char *text = NULL;
    size_t size;
    FILE *export = open_memstream(&text, &size);
    if (!export)
        return error_errno(error, errno, "cannot export %s", id);
    int result = store_export(store, id, "runs", STORE_CSV, export, error);
    fclose(export);
    if (result == 0) {
        FILE *in = fmemopen(text, size, "r");
        result = in ? compare_read(in, id, out, error)
                    : error_errno(error, errno, "cannot read the export of %s", id);
        if (in)
            fclose(in);
    }
    free(text);
    return result;
}

static int open_campaign(const char *id, const char *results, struct compare_side *out,
                         struct error *error)
{
    struct campaign_info info;
    struct store *store = folder_open_store(results, STORE_READ, error);
    int result = -1;
    if (store && store_find_campaign(store, id, &info, error) == 0) {
        result = read_campaign(store, info.id, out, error);
        memcpy(out->status, info.status, sizeof(out->status));
    } else if (id) {
        error_prefix(error, "'%.80s' is not a file", id);
    }
    store_close(store);
    return result;
}

int compare_open(const char *word, const char *results, struct compare_side *out,
                 struct error *error)
{
    struct stat status;
    if (!word || stat(word, &status) < 0 || S_ISDIR(status.st_mode))
        return open_campaign(word, results, out, error);
    FILE *in = fopen(word, "r");
    if (!in)
        return error_errno(error, errno, "cannot read %s", word);
    int result = compare_read(in, word, out, error);
    fclose(in);
    return result;
}

#define ORDER(x, y) (((x) > (y)) - ((x) < (y)))

int compare_case_order(const struct stored_case *a, const struct stored_case *b)
{
    const int orders[] = {
        strcmp(a->workload, b->workload), strcmp(a->arrivals, b->arrivals),
        ORDER(a->backlog, b->backlog),    ORDER(a->keep_alive, b->keep_alive),
        ORDER(a->pipeline, b->pipeline),  ORDER(a->delay, b->delay),
        strcmp(a->driver, b->driver),     ORDER(a->concurrency, b->concurrency),
        ORDER(a->requests, b->requests),
    };
    size_t i = 0;
    while (i + 1 < sizeof(orders) / sizeof(orders[0]) && orders[i] == 0)
        i++;
    return orders[i];
}

void compare_side_release(struct compare_side *side)
{
    for (size_t i = 0; i < side->case_count; i++)
        free(side->cases[i].runs);
    free(side->cases);
    side->cases = NULL;
    side->case_count = 0;
}
