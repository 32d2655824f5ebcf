#include "case_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/parts.h"
#include "lib/terminal.h"
#include "server_model.h"
#include "workloads/workloads.h"

/* ---- words that are kept ---- */

/* A word that was read, or the driver or workload of that name, which this build does not have. It
 * stays for the life of the process, so that equal ones have the same address. */
struct kept {
    struct kept *next;
    struct driver driver;
    struct workload workload;
    char word[];
};

static const struct kept *keep(const char *word)
{
    static struct kept *all;
    for (const struct kept *known = all; known; known = known->next)
        if (!strcmp(known->word, word))
            return known;
    size_t size = strlen(word) + 1;
    struct kept *kept = xcalloc(1, sizeof(*kept) + size);
    memcpy(kept->word, word, size);
    kept->driver.name = kept->workload.name = kept->word;
    kept->next = all;
    all = kept;
    return kept;
}

/* ---- options ---- */

static int add_driver(void *target, const char *piece, struct error *error)
{
    struct plan_request *request = target;
    if (!strcmp(piece, "all")) {
        request->all_drivers = true;
        for (const struct driver *const *driver = drivers; *driver; driver++)
            if (driver_usable(*driver, 1, NULL) == 0 &&
                add_driver(target, (*driver)->name, error) < 0)
                return -1;
        return 0;
    }
    const struct driver *driver = driver_find(piece);
    if (!driver)
        return error_set(error, "there is no driver '%s'; 'waitbench list' names them", piece);
    if (driver_usable(driver, 1, error) < 0)
        return -1;
    for (size_t i = 0; i < request->driver_count; i++)
        if (request->drivers[i] == driver)
            return 0;
    if (request->driver_count == PLAN_LIST_MAX)
        return error_set(error, "%d drivers at most", PLAN_LIST_MAX);
    request->drivers[request->driver_count++] = driver;
    return 0;
}

static int take_drivers(void *target, const char *value, struct error *error)
{
    struct plan_request *request = target;
    request->driver_count = 0;
    request->all_drivers = false;
    return options_each(value, add_driver, request, error);
}

static int take_workload(void *field, const char *value, struct error *error)
{
    const struct workload *workload = workload_find(value);
    if (!workload)
        return error_set(error, "there is no workload '%s'; 'waitbench list' names them", value);
    *(const struct workload **)field = workload;
    return 0;
}

static int take_database(void *field, const char *value, struct error *error)
{
    /* What SQLite opens for these is each connection's own. */
    if (!*value || !strcmp(value, ":memory:"))
        return error_set(error, "'%s' is no file, which all connections share", value);
    if (strlen(value) >= CASE_PATH_BYTES)
        return error_set(error, "the path is too long: %d bytes at most", CASE_PATH_BYTES - 1);
    *(const char **)field = value;
    return 0;
}

static int take_url(void *field, const char *value, struct error *error)
{
    struct url url;
    *(const char **)field = value;
    return url_parse(value, &url, error);
}

static int add_server(void *target, const char *piece, struct error *error)
{
    struct plan_request *request = target;
    struct plan_server server = {.model = keep(piece)->word};
    for (size_t i = 0; i < request->server_count; i++)
        if (request->servers[i].model == server.model)
            return 0;
    if (request->server_count == PLAN_LIST_MAX)
        return error_set(error, "%d server models at most", PLAN_LIST_MAX);
    if (strcmp(piece, CASE_USUAL_SERVER) != 0 &&
        server_model_check(piece, &server.limits, error) < 0)
        return -1;
    request->servers[request->server_count++] = server;
    return 0;
}

static int take_servers(void *target, const char *value, struct error *error)
{
    struct plan_request *request = target;
    request->server_count = 0;
    return options_each(value, add_server, request, error);
}

/* ---- the table ---- */

/* Burst arrivals are as many requests as can be in flight. */
static bool has_own_requests(const struct bench_case *c)
{
    return c->arrivals != ARRIVALS_BURST || c->requests != case_in_flight(c);
}

/* A URL says what the workload is, and how its server listens is not known. */
static bool has_no_url(const struct bench_case *c)
{
    return !case_has_url(c);
}

static bool has_server(const struct bench_case *c)
{
    return has_no_url(c) && !case_is_local(c);
}

#define FIELD(name) .member = MEMBER(struct bench_case, name)
#define TO(name)    OPTION_FIELD(struct plan_request, base.name)

const struct case_field case_fields[] = {
    {"driver", "driver", NULL, CASE_DRIVER, CASE_SAME, FIELD(driver), .label = "%s", .head = true,
     .option = {"driver", 'd', OPTION_CUSTOM, .take = take_drivers, .argument = "NAMES",
                .values = "drivers", .help = "drivers, exec:PATH, or 'all'; see 'waitbench list'"}},
    {"workload", "workload", NULL, CASE_WORKLOAD, CASE_SAME_REQUESTS, FIELD(workload),
     .label = "%s", .applies = has_no_url,
     .option = {"workload", 'w', OPTION_CUSTOM, TO(workload), .take = take_workload,
                .argument = "NAME", .values = "workloads", .initial = "randint",
                .help = "what a request is; see 'waitbench list'"}},
    {"url", "url", NULL, CASE_TEXT, CASE_SAME_REQUESTS, FIELD(url), .label = "%s", .silent = true,
     .option = {"url", 0, OPTION_CUSTOM, TO(url), .take = take_url, .argument = "URL",
                .unset = "none",
                .help = "measure the service at http://HOST:PORT/PATH; --delay, --work, --backlog "
                        "and --server-model are those of a server of ours"}},
    {"expect", "expect", NULL, CASE_NUMBER, CASE_SAME_REQUESTS, FIELD(expect), .label = "status %s",
     .silent = true,
     .option = {"expect", 0, OPTION_COUNT, TO(expect), .argument = "STATUS", .unset = "any 2xx",
                .min = 200, .max = 599, .help = "the status of a correct response to --url"}},
    {"arrivals", "arrivals", "shape", CASE_WORD, CASE_SAME_REQUESTS, FIELD(arrivals), .label = "%s",
     .head = true,
     .option = {"arrivals", 's', OPTION_WORD,
                OPTION_LIST(struct plan_request, arrivals.items, arrivals.count),
                .argument = "ARRIVALS", .alias = "shape", .initial = "closed",
                .words = arrivals_words,
                .help =
                    "closed: --requests, C at a time; burst: C at once; open ones, constant and "
                    "poisson: so many a second, C in flight at most"}},
    {"rate", "rate", NULL, CASE_NUMBER, CASE_SAME_PLACE, FIELD(rate), .label = "%s requests/s",
     .applies = case_is_open,
     .option = {"rate", 0, OPTION_COUNT, OPTION_LIST(struct plan_request, rates, rate_count),
                .unset = "none", .min = 1, .max = CASE_RATE_MAX,
                .help = "requests a second, of open arrivals"}},
    {"requests", "requests", NULL, CASE_NUMBER, CASE_SAME_PLACE, FIELD(requests),
     .label = "%s requests", .applies = has_own_requests,
     .option = {"requests", 'n', OPTION_COUNT, TO(requests), .unset = "1024", .min = 1,
                .max = CASE_REQUESTS_MAX, .help = "requests of closed and of open arrivals"}},
    {"concurrency", "concurrency", NULL, CASE_NUMBER, CASE_SAME_PLACE, FIELD(concurrency),
     .label = "%s", .head = true,
     .option = {"concurrency", 'c', OPTION_COUNT,
                OPTION_LIST(struct plan_request, concurrencies, concurrency_count),
                .given = offsetof(struct plan_request, concurrency_given), .initial = "1024",
                .min = 1, .max = CASE_CONCURRENCY_MAX,
                .help = "C, the requests in flight at once; of open arrivals at most, 1024 unless "
                        "given"}},
    {"parts", "parts", NULL, CASE_NUMBER, CASE_SAME_TABLE, FIELD(parts), .label = "%s processes",
     .silent = true,
     .option = {"parts", 0, OPTION_COUNT, TO(parts), .initial = "1", .min = 1, .max = PARTS_MAX,
                .help = "processes that each driver's load is divided among"}},
    {"keep_alive", "keep_alive", NULL, CASE_FLAG, CASE_SAME_REQUESTS, FIELD(keep_alive),
     .label = "kept alive", .label_off = "new connections",
     .option = {"keep-alive", 'k', OPTION_FLAG, TO(keep_alive),
                .help = "reuse connections, opened in setup"}},
    {"pipeline", "pipeline", NULL, CASE_NUMBER, CASE_SAME_REQUESTS, FIELD(pipeline),
     .label = "pipeline %s", .silent = true,
     .option = {"pipeline", 0, OPTION_COUNT, TO(pipeline), .initial = "1", .min = 1,
                .max = PIPELINE_MAX,
                .help = "requests sent at once on each kept connection; C x NUMBER are in "
                        "flight"}},
    {"delay_ns", "delay_s", "think_s", CASE_TIME, CASE_SAME_REQUESTS, FIELD(delay),
     .label = "server delay %s", .applies = has_server,
     .option = {"delay", 't', OPTION_TIME, TO(delay), .alias = "think", .initial = "100ms",
                .max = PROTOCOL_DELAY_MAX, .help = "how long the server waits before it responds"}},
    {"backlog", "backlog", NULL, CASE_NUMBER, CASE_SAME_TABLE, FIELD(backlog),
     .label = "backlog %s", .applies = has_no_url,
     .option = {"backlog", 'b', OPTION_COUNT,
                OPTION_LIST(struct plan_request, backlogs, backlog_count), .initial = "4096",
                .min = 1, .max = UINT16_MAX,
                .help = "the server's listen backlog; further ones only where C exceeds them"}},
    {"time_box_ns", "time_box_s", NULL, CASE_TIME, CASE_SAME_PLACE, FIELD(time_box),
     .label = "time box %s", .silent = true, .applies = case_is_serial,
     .option = {"time-box", 0, OPTION_TIME, TO(time_box), .unset = "10 x --delay",
                .help = "serial drivers start no request after it; 0: none"}},
    {"stack_bytes", "stack_bytes", NULL, CASE_NUMBER, CASE_SAME, FIELD(stack_bytes),
     .label = "stack %s", .silent = true,
     .option = {"stack", 0, OPTION_BYTES, TO(stack_bytes), .unset = "the driver's own choice",
                .min = 16 * 1024, .max = INT64_C(1) << 30,
                .help = "stack of a driver's threads or coroutines"}},
    {"database", "database", NULL, CASE_TEXT, CASE_SAME, FIELD(database), .label = "database %s",
     .silent = true,
     .option = {"database", 0, OPTION_CUSTOM, TO(database), .take = take_database,
                .argument = "FILE", .values = "files", .unset = "a fresh one for each run",
                .help = "of the messages workloads"}},
    {"work_ns", "work_s", NULL, CASE_TIME, CASE_SAME_REQUESTS, FIELD(work),
     .label = "server work %s", .silent = true, .applies = has_server,
     .option = {"work", 0, OPTION_TIME, TO(work), .initial = "0", .max = PROTOCOL_DELAY_MAX,
                .help = "CPU time that the server spends on each request"}},
    {"server_model", "server_model", NULL, CASE_TEXT, CASE_SAME_TABLE, FIELD(server_model),
     .label = "server %s", .silent = true, .applies = has_server,
     .option = {"server-model", 'S', OPTION_CUSTOM, .take = take_servers, .argument = "NAMES",
                .values = "server models", .initial = CASE_USUAL_SERVER,
                .help = "how the server serves: NAME or NAME:WORKERS; see 'waitbench list'"}},
    {"control", NULL, NULL, CASE_WORD, CASE_SAME, FIELD(control), .label = "control %s",
     .silent = true, .option = {.words = control_words}},
    {"variant", "variant", "role", CASE_TEXT, CASE_SAME, FIELD(variant), .label = "variant %s",
     .silent = true},
    {0},
};

unsigned case_field_bit(size_t offset)
{
    size_t i = 0;
    while (case_fields[i].name && case_fields[i].member.offset != offset)
        i++;
    return 1U << i;
}

unsigned case_fields_of(enum case_likeness likeness)
{
    unsigned fields = 0;
    for (size_t i = 0; case_fields[i].name; i++)
        fields |= (unsigned)(case_fields[i].likeness <= likeness) << i;
    return fields;
}

unsigned case_heads(void)
{
    unsigned fields = 0;
    for (size_t i = 0; case_fields[i].name; i++)
        fields |= (unsigned)case_fields[i].head << i;
    return fields;
}

/* ---- values ---- */

static const struct driver *driver_named(const char *name)
{
    const struct driver *driver = driver_find(name);
    return driver ? driver : &keep(name)->driver;
}

static const struct workload *workload_named(const char *name)
{
    const struct workload *workload = workload_find(name);
    return workload ? workload : &keep(name)->workload;
}

static const char *get_word(const struct bench_case *c, const struct case_field *field)
{
    const void *place = member_in(&field->member, c);
    switch (field->type) {
    case CASE_DRIVER: return c->driver ? c->driver->name : "";
    case CASE_WORKLOAD: return c->workload ? c->workload->name : "";
    case CASE_WORD: return field->option.words[member_integer(&field->member, c)].name;
    case CASE_TEXT: return *(const char *const *)place ? *(const char *const *)place : "";
    default: return NULL;
    }
}

struct case_value case_get(const struct bench_case *c, const struct case_field *field)
{
    struct case_value value = {.word = get_word(c, field)};
    if (!value.word)
        value.number = member_integer(&field->member, c);
    /* A pipeline of 0 is as good as 1; without a rate arrivals are closed. */
    bool counts = field->option.type == OPTION_COUNT && !field->option.unset;
    if (counts && value.number < field->option.min)
        value.number = field->option.min;
    return value;
}

/* "" is no word of an option. */
static int set_word(struct bench_case *c, const struct case_field *field, const char *word,
                    struct error *error)
{
    int found = *word ? option_word_find(field->option.words, word, error) : 0;
    if (found < 0)
        return error_prefix(error, "%s", field->name);
    member_set_integer(&field->member, c, found);
    return 0;
}

static bool is_number(const struct case_field *field)
{
    return field->type == CASE_NUMBER || field->type == CASE_FLAG || field->type == CASE_TIME;
}

/* What was kept may be damaged, or written by somebody else. No value is 0 where that is the
 * driver's choice. */
static int check_number(const struct case_field *field, int64_t number, struct error *error)
{
    const struct option_row *row = &field->option;
    int64_t low = row->unset ? 0 : row->min;
    int64_t high = field->type == CASE_TIME   ? UNITS_TIME_MAX
                   : field->type == CASE_FLAG ? 1
                                              : row->max;
    if (number >= low && number <= high)
        return 0;
    return error_set(error, "%s is %" PRId64 ", which is not within %" PRId64 " and %" PRId64,
                     field->name, number, low, high);
}

int case_set(struct bench_case *c, const struct case_field *field, struct case_value value,
             struct error *error)
{
    void *place = member_of(&field->member, c);
    char word[CASE_TEXT_BYTES] = "";
    if (is_number(field) == !!value.word)
        return error_set(error, "%s is not a %s", field->name,
                         is_number(field) ? "number" : "word");
    if (value.word)
        snprintf(word, sizeof(word), "%s", value.word);
    text_defuse(word);
    switch (field->type) {
    case CASE_DRIVER: c->driver = *word ? driver_named(word) : NULL; break;
    case CASE_WORKLOAD: c->workload = workload_named(word); break;
    case CASE_WORD: return set_word(c, field, word, error);
    case CASE_TEXT: *(const char **)place = *word ? keep(word)->word : NULL; break;
    default:
        if (check_number(field, value.number, error) < 0)
            return -1;
        member_set_integer(&field->member, c, value.number);
    }
    return 0;
}

struct bench_case case_usual(void)
{
    struct bench_case c = {.predicted = -1, .requests = CASE_USUAL_REQUESTS};
    struct option_row rows[CASE_FIELDS_MAX + 1] = {{0}}, *row = rows;
    for (const struct case_field *field = case_fields; field->name; field++) {
        const struct option_row *option = &field->option;
        if (option->initial && option->type == OPTION_CUSTOM && !option->size)
            case_set(&c, field, (struct case_value){.word = option->initial}, NULL);
        if (!option->initial || (option->type == OPTION_CUSTOM && !option->size))
            continue;
        *row = field->option;
        row->offset = field->member.offset;
        row->size = field->member.size;
        row->given = 0;
        row++->list_max = 0;
    }
    options_init(&(const struct option_table){.sets = {{.rows = rows}}}, &c, NULL);
    return c;
}

static int value_error(const char *column, const char *text, const char *wanted,
                       struct error *error)
{
    return error_set(error, "%s is '%.40s', which is not %s", column, text, wanted);
}

int case_parse_count(const char *column, const char *text, int64_t *out, struct error *error)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || *out > INT32_MAX)
        return value_error(column, text, "a count", error);
    return 0;
}

int case_parse_seconds(const char *column, const char *text, double *out, struct error *error)
{
    char *end;
    *out = strtod(text, &end);
    bool plain = strspn(text, "0123456789.eE+-") == strlen(text) && end != text && !*end;
    if (!plain || !(*out >= 0 && *out < 1e9))
        return value_error(column, text, "a time in seconds", error);
    return 0;
}

int case_parse(struct bench_case *c, const struct case_field *field, const char *text,
               struct error *error)
{
    struct case_value value = {.word = is_number(field) ? NULL : text};
    double seconds = 0;
    switch (field->type) {
    case CASE_NUMBER:
    case CASE_FLAG:
        if (case_parse_count(field->exported, text, &value.number, error) < 0)
            return -1;
        break;
    case CASE_TIME:
        if (case_parse_seconds(field->exported, text, &seconds, error) < 0)
            return -1;
        value.number = llround(seconds * 1e9);
        break;
    default:
        if ((!*text && field->type != CASE_TEXT) || strlen(text) >= CASE_TEXT_BYTES)
            return value_error(field->exported, text, "a name", error);
    }
    return case_set(c, field, value, error);
}

const struct case_field *case_field_exported(const char *column)
{
    const struct case_field *field = case_fields;
    while (field->name && !(field->exported && !strcmp(field->exported, column)) &&
           !(field->old && !strcmp(field->old, column)))
        field++;
    return field;
}

/* ---- comparing ---- */

static int value_order(const struct bench_case *a, const struct bench_case *b,
                       const struct case_field *field)
{
    struct case_value x = case_get(a, field), y = case_get(b, field);
    if (x.word && y.word)
        return strcmp(x.word, y.word);
    return (x.number > y.number) - (x.number < y.number);
}

int case_order(const struct bench_case *a, const struct bench_case *b, unsigned fields)
{
    int order = 0;
    for (size_t i = 0; case_fields[i].name && order == 0; i++)
        if (fields >> i & 1)
            order = value_order(a, b, &case_fields[i]);
    return order;
}

bool case_alike(const struct bench_case *a, const struct bench_case *b, enum case_likeness likeness)
{
    return case_order(a, b, case_fields_of(likeness)) == 0;
}

static bool is_usual(const struct bench_case *c, const struct case_field *field)
{
    static struct bench_case usual;
    if (!usual.workload)
        usual = case_usual();
    return value_order(c, &usual, field) == 0;
}

static bool applies(const struct bench_case *c, const struct case_field *field)
{
    return !field->applies || field->applies(c);
}

unsigned case_unusual(const struct bench_case *c)
{
    unsigned fields = case_heads();
    for (size_t i = 0; case_fields[i].name; i++)
        fields |= (unsigned)!is_usual(c, &case_fields[i]) << i;
    return fields;
}

unsigned case_differences(const struct bench_case *a, const struct bench_case *b)
{
    unsigned fields = 0;
    for (size_t i = 0; case_fields[i].name; i++) {
        const struct case_field *field = &case_fields[i];
        if (applies(a, field) && applies(b, field) && value_order(a, b, field))
            fields |= 1U << i;
    }
    return fields;
}

/* ---- for people ---- */

const char *case_text(const struct bench_case *c, const struct case_field *field,
                      char text[UNITS_TEXT_BYTES])
{
    struct case_value value = case_get(c, field);
    if (value.word)
        return value.word;
    if (field->type == CASE_TIME)
        return units_format_time_exact(value.number, text);
    snprintf(text, UNITS_TEXT_BYTES, "%" PRId64, value.number);
    return text;
}

static void add_words(const struct bench_case *c, const struct case_field *field,
                      const char *separator, char *label)
{
    char text[UNITS_TEXT_BYTES], time[UNITS_TEXT_BYTES];
    const char *value = case_text(c, field, text);
    size_t used = strlen(label), digits = strspn(value, "0123456789");
    bool off = field->type == CASE_FLAG && !member_integer(&field->member, c);
    if (field->type == CASE_TIME && value[digits]) { /* "5 ms" */
        snprintf(time, sizeof(time), "%.*s %s", (int)digits, value, value + digits);
        value = time;
    }
    if (used)
        used += (size_t)snprintf(label + used, CASE_LABEL_BYTES - used, "%s", separator);
    if (used < CASE_LABEL_BYTES)
        snprintf(label + used, CASE_LABEL_BYTES - used, off ? field->label_off : field->label,
                 value);
}

char *case_label(const struct bench_case *c, unsigned fields, char buffer[CASE_LABEL_BYTES])
{
    buffer[0] = '\0';
    for (int head = 1; head >= 0; head--)
        for (size_t i = 0; case_fields[i].name; i++) {
            const struct case_field *field = &case_fields[i];
            bool said =
                fields >> i & 1 && applies(c, field) && !(field->silent && is_usual(c, field));
            if (said && field->head == head)
                add_words(c, field, head ? " " : ", ", buffer);
        }
    return buffer;
}
