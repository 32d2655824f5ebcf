#include "compare_read.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/keep/folder.h"

/* Columns behind those of the case's fields, and their names before schema 11; those from LATENCY
 * on may be missing. */
enum {
    OF_RUNS = CASE_FIELDS_MAX,
    BLOCK,
    QUALITY,
    COMPLETED,
    MAKESPAN,
    LATENCY,
    OVERLOADED,
    REASONS,
    MARGIN,
    DECIDED_PAIRS,
    COLUMNS
};

static const struct option_word run_columns[] = {{"of_runs", NULL},
                                                 {"block", NULL},
                                                 {"quality", "verdict"},
                                                 {"completed", "answered"},
                                                 {"makespan_s", NULL},
                                                 {"latency_p99_s", NULL},
                                                 {"overloaded", NULL},
                                                 {"reasons", NULL},
                                                 {"margin", NULL},
                                                 {"decided_pairs", NULL},
                                                 {0}};

/* A file of records, CSV or JSON lines, read record by record. */
struct records {
    FILE *in;
    char *text;       /* the record, without its newline; may be modified */
    size_t line;      /* of its beginning, from 1 */
    size_t next_line; /* lines read so far */
};

struct reader {
    struct records records;
    const char *name;
    size_t rows, of_runs;
    char *values[COLUMNS]; /* the record's, NULL where there is none */
    struct compare_side *side;
};

static int column_of(const char *name)
{
    const struct case_field *field = case_field_exported(name);
    int run_column = option_word_find(run_columns, name, NULL);
    return field->name      ? (int)(field - case_fields)
           : run_column < 0 ? COLUMNS
                            : CASE_FIELDS_MAX + run_column;
}

/* The name of a needed column that `has` not, or NULL. A case has its head at least. */
static const char *missing_column(const bool has[COLUMNS])
{
    for (int i = 0; case_fields[i].name; i++)
        if (case_fields[i].head && !has[i])
            return case_fields[i].name;
    for (int c = CASE_FIELDS_MAX; c < LATENCY; c++)
        if (!has[c])
            return run_columns[c - CASE_FIELDS_MAX].name;
    return NULL;
}

/* ---- records ---- */

static size_t count_quotes(const char *text)
{
    size_t quotes = 0;
    for (; *text; text++)
        quotes += *text == '"';
    return quotes;
}

/* Read the next record: a line or, with `csv`, several lines if a quoted field has newlines.
 * Returns 1, 0 at the end, or -1 if the last line has no newline: the file is truncated. */
static int next_record(struct records *records, bool csv, struct error *error)
{
    char *piece = NULL;
    size_t room = 0, used = 0, quotes = 0;
    ssize_t length;
    bool complete = false;
    records->line = records->next_line + 1;
    while (!complete && (length = getline(&piece, &room, records->in)) > 0) {
        records->next_line++;
        records->text = xrealloc(records->text, used + (size_t)length + 1, 1);
        memcpy(records->text + used, piece, (size_t)length + 1);
        used += (size_t)length;
        quotes += count_quotes(piece);
        complete = piece[length - 1] == '\n' && !(csv && quotes % 2);
    }
    free(piece);
    if (!complete && (used || ferror(records->in)))
        return error_set(error, "the file is truncated: its last line has no newline");
    if (!complete)
        return 0;
    records->text[--used] = '\0';
    if (used && records->text[used - 1] == '\r') /* written by a spreadsheet */
        records->text[--used] = '\0';
    return 1;
}

/* Split the next field off a CSV record (RFC 4180), unquoted in place; `*rest`, at first the
 * record, becomes NULL after the last field. */
static char *csv_field(char **rest)
{
    char *from = *rest, *to = *rest, *field = *rest;
    bool quoted = false;
    for (; *from && (quoted || *from != ','); from++) {
        if (*from != '"')
            *to++ = *from;
        else if (quoted && from[1] == '"')
            *to++ = *from++;
        else
            quoted = !quoted;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return field;
}

/* ---- values ---- */

static int take_quality(const char *text, enum quality *out, struct error *error)
{
    for (int q = QUALITY_OK; q <= QUALITY_INVALID; q++)
        if (!strcmp(text, quality_names[q])) {
            *out = (enum quality)q;
            return 0;
        }
    return error_set(error, "quality is '%.40s', which is not OK, NOISY or INVALID", text);
}

static int take_case(struct reader *r, struct bench_case *c, struct error *error)
{
    *c = case_usual();
    for (size_t i = 0; case_fields[i].name; i++)
        if (r->values[i] && case_parse(c, &case_fields[i], r->values[i], error) < 0)
            return -1;
        else if (r->values[i])
            r->side->told |= 1U << i;
    return 0;
}

static int take_rule(const struct reader *r, struct decision_rule *rule, struct error *error)
{
    int64_t pairs = 0;
    if (r->values[DECIDED_PAIRS] &&
        case_parse_count("decided_pairs", r->values[DECIDED_PAIRS], &pairs, error) < 0)
        return -1;
    rule->anytime_pairs = (size_t)pairs;
    if (r->values[MARGIN] && units_parse_share(r->values[MARGIN], &rule->margin, error) < 0)
        return error_prefix(error, "margin");
    return 0;
}

/* ---- rows into cases ---- */

static struct compare_case *case_at(struct compare_side *side, const struct bench_case *c)
{
    for (size_t i = 0; i < side->case_count; i++)
        if (case_alike(&side->cases[i].c, c, CASE_SAME))
            return &side->cases[i];
    side->cases = xrealloc(side->cases, side->case_count + 1, sizeof(*side->cases));
    struct compare_case *added = &side->cases[side->case_count++];
    *added = (struct compare_case){.c = *c};
    return added;
}

static void add_run(struct compare_case *into, const struct compare_run *run)
{
    into->runs = xrealloc(into->runs, into->run_count + 1, sizeof(*into->runs));
    into->runs[into->run_count++] = *run;
}

static void add_invalid(struct compare_case *into, const char *reasons)
{
    into->invalid_count++;
    if (reasons && !into->reasons[0])
        snprintf(into->reasons, sizeof(into->reasons), "%s", reasons);
}

/* Its makespan. With open arrivals that is the schedule's length, and the figure is the p99
 * latency. */
static int take_figure(const struct reader *r, const struct bench_case *c, double *out,
                       struct error *error)
{
    int64_t overloaded = 0;
    if (!case_is_open(c))
        return case_parse_seconds("makespan_s", r->values[MAKESPAN], out, error);
    if (r->values[OVERLOADED] &&
        case_parse_count("overloaded", r->values[OVERLOADED], &overloaded, error) < 0)
        return -1;
    const char *latency = r->values[LATENCY];
    *out = overloaded ? INFINITY : 0;
    return latency && *latency ? case_parse_seconds("latency_p99_s", latency, out, error) : 0;
}

static int take_row(struct reader *r, struct error *error)
{
    struct bench_case c;
    struct compare_run run;
    enum quality quality = QUALITY_INVALID;
    int64_t of_runs, block, completed = 0;
    if (take_case(r, &c, error) < 0 || take_quality(r->values[QUALITY], &quality, error) < 0 ||
        case_parse_count("of_runs", r->values[OF_RUNS], &of_runs, error) < 0 ||
        take_rule(r, &r->side->rule, error) < 0)
        return -1;
    if (r->rows++ == 0)
        r->of_runs = (size_t)of_runs;
    if ((size_t)of_runs != r->of_runs)
        return error_set(error,
                         "of_runs is %" PRId64 " here and %zu before: this is not one export",
                         of_runs, r->of_runs);
    struct compare_case *into = case_at(r->side, &c);
    if (quality == QUALITY_INVALID) { /* it may have no makespan */
        add_invalid(into, r->values[REASONS]);
        return 0;
    }
    if (case_parse_count("block", r->values[BLOCK], &block, error) < 0 ||
        case_parse_count("completed", r->values[COMPLETED], &completed, error) < 0 ||
        take_figure(r, &c, &run.figure_s, error) < 0)
        return -1;
    run.block = (unsigned)block;
    run.completed = (size_t)completed;
    add_run(into, &run);
    return 0;
}

/* ---- CSV and JSON ---- */

#define HOW_TO_WRITE_IT "'waitbench export --what runs' writes it"

/* The header's columns, in their order; the caller frees them. */
static int *csv_header(struct reader *r, size_t *n, struct error *error)
{
    int *columns = NULL;
    bool has[COLUMNS + 1] = {false};
    char *rest = r->records.text;
    for (*n = 0; rest; (*n)++) {
        columns = xrealloc(columns, *n + 1, sizeof(*columns));
        columns[*n] = column_of(csv_field(&rest));
        has[columns[*n]] = true;
    }
    const char *missing = missing_column(has);
    if (!missing)
        return columns;
    error_set(error, "there is no column '%s'; " HOW_TO_WRITE_IT, missing);
    free(columns);
    return NULL;
}

static int csv_row(struct reader *r, const int *columns, size_t n, struct error *error)
{
    size_t fields = 0;
    for (char *rest = r->records.text; rest; fields++) {
        char *field = csv_field(&rest);
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
    int *columns = csv_header(r, &n, error);
    if (!columns)
        return -1;
    int result;
    while ((result = next_record(&r->records, true, error)) > 0)
        if (csv_row(r, columns, n, error) < 0) {
            result = -1;
            break;
        }
    free(columns);
    return result;
}

/* A null is what CSV has as an empty field: a run that failed has no makespan. */
static void take_member(void *target, const char *key, const char *value)
{
    struct reader *r = target;
    int column = column_of(key);
    if (column == COLUMNS)
        return;
    free(r->values[column]);
    r->values[column] = strdup(value ? value : "");
}

static int json_row(struct reader *r, struct store *parser, struct error *error)
{
    bool has[COLUMNS];
    int result = store_json_each(parser, r->records.text, take_member, r, error);
    for (int c = 0; c < COLUMNS; c++)
        has[c] = r->values[c] != NULL;
    const char *missing = missing_column(has);
    if (result == 0)
        result = missing ? error_set(error, "there is no '%s'; " HOW_TO_WRITE_IT, missing)
                         : take_row(r, error);
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
    while (result == 0 && (result = next_record(&r->records, false, error)) > 0);
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
    const struct bench_case *x = &((const struct compare_case *)a)->c;
    const struct bench_case *y = &((const struct compare_case *)b)->c;
    int order = case_order(x, y, case_fields_of(CASE_SAME_TABLE));
    return order ? order : case_order(x, y, case_fields_of(CASE_SAME));
}

int compare_read(FILE *in, const char *name, struct compare_side *out, struct error *error)
{
    struct reader r = {.records = {.in = in}, .name = name, .side = out};
    *out = (struct compare_side){.rule = {.margin = STATS_MARGIN}};
    snprintf(out->name, sizeof(out->name), "%s", name);
    int result = next_record(&r.records, false, error);
    if (result > 0 && r.records.text)
        result = r.records.text[0] == '{' ? read_json(&r, error) : read_csv(&r, error);
    if (result < 0)
        error_prefix(error, "%.120s, line %zu", name, r.records.line);
    else
        result = check_rows(&r, error);
    free(r.records.text);
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
    if (word && stat(word, &status) < 0 && errno != ENOENT && errno != ENOTDIR)
        return error_errno(error, errno, "cannot read %s", word);
    if (!word || stat(word, &status) < 0 || S_ISDIR(status.st_mode))
        return open_campaign(word, results, out, error);
    FILE *in = fopen(word, "r");
    if (!in)
        return error_errno(error, errno, "cannot read %s", word);
    int result = compare_read(in, word, out, error);
    fclose(in);
    return result;
}

void compare_side_merge(struct compare_side *side, unsigned fields)
{
    size_t kept = 0;
    for (size_t i = 0; i < side->case_count; i++) {
        struct compare_case *c = &side->cases[i], *like = side->cases;
        while (like < side->cases + kept && case_order(&like->c, &c->c, fields) != 0)
            like++;
        if (like == side->cases + kept) {
            side->cases[kept++] = *c;
            continue;
        }
        for (size_t r = 0; r < c->run_count; r++)
            add_run(like, &c->runs[r]);
        like->invalid_count += c->invalid_count;
        if (!like->reasons[0])
            memcpy(like->reasons, c->reasons, sizeof(like->reasons));
        free(c->runs);
    }
    side->case_count = kept;
}

void compare_side_release(struct compare_side *side)
{
    for (size_t i = 0; i < side->case_count; i++)
        free(side->cases[i].runs);
    free(side->cases);
    side->cases = NULL;
    side->case_count = 0;
}
