/* The store: what is put in comes out again, a run is there whole or not at all, files that are not
 * ours are refused and not touched, hyperfine's JSON is taken in, and exports are CSV and JSON that
 * other programs can read, in which what is missing is missing and not 0. */
#include "bench/keep/store.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "bench/base/environment.h"
#include "bench/judge/judge.h"
#include "bench/show/theory.h"
#include "workloads/workloads.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum { REQUESTS = 4 };

/* ---- a store in a folder of its own ---- */

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/waitbench-store-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/waitbench.db", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char file[112];
        snprintf(file, sizeof(file), "%s%s", path, ends[i]);
        unlink(file);
    }
    return rmdir(folder);
}

static struct store *open_store(enum store_mode mode)
{
    struct error error;
    struct store *store = store_open(path, mode, &error);
    if (!store)
        fail_msg("%s", error.text);
    return store;
}

static void must(int result, const struct error *error)
{
    if (result < 0)
        fail_msg("%s", error->text);
}

/* Beside the store's own door: what a query's first column says, as text; "" for NULL. */
static const char *request(const char *sql)
{
    static char text[4096];
    sqlite3 *db;
    sqlite3_stmt *query;
    text[0] = '\0';
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(query) == SQLITE_ROW && sqlite3_column_text(query, 0))
        snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(query, 0));
    sqlite3_finalize(query);
    sqlite3_close(db);
    return text;
}

static void tell(const char *sql)
{
    sqlite3 *db;
    char *problem = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
    sqlite3_close(db);
}

/* ---- a campaign of two cases ---- */

static struct bench_case cases[2];
static struct plan plan;
static struct campaign_info info;
static struct sample samples[REQUESTS];

static void begin(struct store *store, const char *name)
{
    const struct bench_case libev = {.driver = driver_find("libev"),
                                     .workload = workload_find("randint"),
                                     .arrivals = ARRIVALS_CLOSED,
                                     .requests = REQUESTS,
                                     .concurrency = 2,
                                     .keep_alive = true,
                                     .pipeline = 4,
                                     .delay = 5 * NSEC_PER_MSEC,
                                     .backlog = 4096,
                                     .stack_bytes = 65536,
                                     .predicted = -1};
    cases[0] = cases[1] = libev;
    cases[0].variant = "loop";
    cases[1].variant = NULL;
    cases[1].driver = driver_find("threadpool");
    cases[1].arrivals = ARRIVALS_BURST;
    cases[1].keep_alive = false;
    cases[1].pipeline = 0;
    cases[1].time_box = 7 * NSEC_PER_MSEC;
    plan = (struct plan){.cases = cases, .case_count = 2, .repetitions = 3, .seed = 9};
    struct environment environment = {
        .count = 2, .entries = {{"cpu", "a CPU, fast"}, {"kernel", "Linux \"6\""}}};
    info = (struct campaign_info){.seed = 9, .repetitions = 3};
    snprintf(info.name, sizeof(info.name), "%s", name);
    snprintf(info.command, sizeof(info.command), "waitbench campaign --name '%s'", name);
    struct error error;
    must(store_begin_campaign(store, &info, &plan, &environment, &error), &error);
}

/* A run whose times begin at 1000 ns: a response, one cut off, one refused, one not started. */
static struct run_record make_record(unsigned block, nsec_t makespan)
{
    struct run_record record = {
        .block = block,
        .position = 1,
        .started_unix_ms = 1700000000000,
        .requests = REQUESTS,
        .completed = 1,
        .failed = 2,
        .not_started = 1,
        .failures = {{OUTCOME_CLOSED, 0, 1}, {OUTCOME_CONNECT, ECONNREFUSED, 1}},
        .failure_kinds = 2,
        .makespan = makespan,
        .setup = 11,
        .warmup = 12,
        .teardown = 13,
        .server_start = 14,
        .process = 15,
        .latency_p50 = 5000,
        .latency_p99 = -1,
        .latency_max = 5000,
        .p50_interval = {-1, -1},
        .p99_interval = {-1, -1},
        .completions = {5000, 5001, 5002, 5003},
        .started = 1000,
        .samples = samples};
    usage_clear(&record.usage);
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        record.breakdown.mean[p] = record.breakdown.p99[p] = -1;
    record.usage.value[USAGE_CLIENT][USAGE_USER_NS] = 77;
    record.usage.value[USAGE_SYSTEM][USAGE_SYN_RETRANSMITS] = 0;
    strcpy(record.server_json, "{\"pid\": 1}");
    samples[0] = (struct sample){.start = 1000,
                                 .connected = 1000,
                                 .sent = 2000,
                                 .first_byte = 5500,
                                 .end = 6000,
                                 .slot = 1,
                                 .outcome = OUTCOME_OK,
                                 .flags = SAMPLE_REUSED};
    samples[1] = (struct sample){
        .start = 1500, .connected = 1600, .sent = 1700, .end = 1800, .outcome = OUTCOME_CLOSED};
    samples[2] = (struct sample){
        .start = 1900, .end = 2000, .outcome = OUTCOME_CONNECT, .errnum = ECONNREFUSED};
    samples[3] = (struct sample){.outcome = OUTCOME_NOT_STARTED};
    return record;
}

static void add(struct store *store, size_t index, const struct run_record *record)
{
    struct error error;
    must(store_add_run(store, cases[index].id, record, true, &error), &error);
}

/* ---- round trips ---- */

static void a_campaign_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    assert_string_equal(info.status, "running");
    assert_non_null(strstr(info.id, "-mine"));
    struct error error;
    must(store_end_campaign(store, info.id, "complete", 12345, &error), &error);
    store_close(store);

    store = open_store(STORE_READ);
    struct campaign_info found;
    must(store_find_campaign(store, NULL, &found, &error), &error);
    assert_string_equal(found.id, info.id);
    assert_string_equal(found.name, "mine");
    assert_string_equal(found.command, "waitbench campaign --name 'mine'");
    assert_string_equal(found.status, "complete");
    assert_string_equal(found.started_at, info.started_at);
    assert_int_equal(found.seed, 9);
    assert_int_equal(found.repetitions, 3);
    assert_int_equal(found.elapsed, 12345);

    struct bench_case *stored;
    size_t n;
    must(store_cases(store, info.id, &stored, &n, &error), &error);
    assert_int_equal(n, 2);
    assert_int_equal(stored[0].id, cases[0].id);
    for (size_t i = 0; i < 2; i++) {
        assert_true(case_alike(&stored[i], &cases[i], CASE_SAME));
        assert_int_equal(stored[i].predicted, -1);
    }
    assert_string_equal(stored[0].variant, "loop");
    assert_null(stored[1].variant);
    assert_int_equal(stored[1].pipeline, 1); /* 0 is as good */
    free(stored);

    char caption[256];
    must(store_caption(store, &found, caption, sizeof(caption), &error), &error);
    assert_non_null(strstr(caption, "a CPU, fast, Linux \"6\""));
    assert_non_null(strstr(caption, "seed 9"));
    assert_non_null(strstr(caption, info.id));
    store_close(store);
}

static void a_run_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(2, 9000), second = make_record(0, 8000);
    record.quality = QUALITY_NOISY;
    strcpy(record.reasons, "it's noisy; \"very\"");
    second.completions = COMPLETION_TIMES_NONE;
    add(store, 0, &record);
    add(store, 0, &second);

    struct stored_run *runs;
    size_t n;
    struct error error;
    must(store_runs(store, cases[0].id, &runs, &n, &error), &error);
    assert_int_equal(n, 2);
    assert_int_equal(runs[0].block, 0); /* in the order of the blocks */
    assert_int_equal(runs[0].quality, QUALITY_OK);
    const struct stored_run *run = &runs[1];
    assert_int_equal(run->block, 2);
    assert_int_equal(run->quality, QUALITY_NOISY);
    assert_string_equal(run->reasons, "it's noisy; \"very\"");
    assert_int_equal(run->completed, 1);
    assert_int_equal(run->failed, 2);
    assert_int_equal(run->makespan, 9000);
    assert_int_equal(run->setup, 11);
    assert_int_equal(run->warmup, 12);
    assert_int_equal(run->teardown, 13);
    assert_int_equal(run->server_start, 14);
    assert_int_equal(run->process, 15);
    assert_int_equal(run->latency_p50, 5000);
    assert_int_equal(run->latency_p99, -1);
    assert_int_equal(run->completions.first, 5000);
    assert_int_equal(run->completions.half, 5001);
    assert_int_equal(run->completions.most, 5002);
    assert_int_equal(run->completions.last, 5003);
    assert_int_equal(runs[0].completions.first, -1); /* none completed */
    assert_int_equal(runs[0].completions.last, -1);
    assert_int_equal(run->syn_retransmits, 0); /* a 0 that was read */
    assert_true(run->listen_overflows == USAGE_NOT_AVAILABLE);
    free(runs);
    must(store_runs(store, cases[1].id, &runs, &n, &error), &error);
    assert_int_equal(n, 0);
    assert_null(runs);
    store_close(store);
}

/* Times since the run's start; what was not reached is NULL, and who never started has no row. */
static void samples_keep_what_was_reached(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(0, 9000);
    add(store, 0, &record);
    store_close(store);
#define ROW(n)                                                                                     \
    request(                                                                                       \
        "SELECT outcome || ' ' || errnum || ' ' || slot || ' ' || reused || ' ' || start_ns || "   \
        "' ' || ifnull(connected_ns, '-') || ' ' || ifnull(sent_ns, '-') || ' ' || "               \
        "ifnull(first_byte_ns, '-') || ' ' || ifnull(end_ns, '-') FROM samples WHERE request "     \
        "= " n)
    assert_string_equal(ROW("0"), "ok 0 1 1 0 0 1000 4500 5000");
    assert_string_equal(ROW("1"), "closed 0 0 0 500 600 700 - 800");
    assert_string_equal(ROW("2"), "connect 111 0 0 900 - - - 1000");
    assert_string_equal(request("SELECT count(*) FROM samples"), "3");
    assert_string_equal(request("SELECT latency_ns FROM request_figures WHERE request = 0"),
                        "5000");
    assert_string_equal(
        request("SELECT group_concat(outcome || errnum || count, ' ') FROM failures"),
        "closed01 connect1111");
    assert_string_equal(
        request("SELECT value FROM usage WHERE metric = 'user_ns' AND side = 'client'"), "77");
    assert_string_equal(request("SELECT count(*) FROM usage WHERE value = 0"), "1");
    assert_true(atoi(request("SELECT count(*) FROM usage WHERE value IS NULL")) > 5);
    assert_string_equal(request("SELECT count(*) FROM runs WHERE latency_p99_ns IS NULL"), "1");
    assert_string_equal(request("SELECT started_at FROM runs"), "2023-11-14T22:13:20Z");
}

static void a_run_has_a_breakdown_of_its_own(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(0, 9000);
    add(store, 0, &record);
    record = make_record(1, 9000);
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        record.breakdown.mean[p] = record.breakdown.p99[p] = 1000 * p;
    add(store, 0, &record);
    struct stored_run *runs;
    size_t n;
    struct error error;
    must(store_runs(store, cases[0].id, &runs, &n, &error), &error);
    assert_int_equal(n, 2);
    assert_string_equal(runs[1].started_at, "2023-11-14T22:13:20Z");
    double mean_s[BREAKDOWN_PHASES];
    must(store_run_breakdown(store, runs[0].id, mean_s, &error), &error);
    assert_true(isnan(mean_s[BREAKDOWN_DELAY]));
    must(store_run_breakdown(store, runs[1].id, mean_s, &error), &error);
    assert_float_equal(mean_s[BREAKDOWN_DELAY], BREAKDOWN_DELAY * 1e-6, 1e-12);
    free(runs);
    store_close(store);
}

/* ---- one transaction a run ---- */

/* A failure in the last of its rows takes the first back, and the next run can be kept. */
static void a_run_is_there_whole_or_not_at_all(void **state)
{
    (void)state;
    static const char *const tables[] = {"runs", "failures", "usage", "samples"};
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct error error;
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        char sql[256];
        snprintf(
            sql, sizeof(sql),
            "CREATE TRIGGER stop BEFORE INSERT ON %s %s BEGIN SELECT RAISE(FAIL, 'stopped'); END",
            tables[t], t == 3 ? "WHEN NEW.request = 2" : "");
        tell(sql);
        struct run_record record = make_record(0, 9000);
        assert_int_equal(store_add_run(store, cases[0].id, &record, true, &error), -1);
        assert_non_null(strstr(error.text, "stopped"));
        assert_non_null(strstr(error.text, path));
        tell("DROP TRIGGER stop");
        for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
            snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
            assert_string_equal(request(sql), "0");
        }
    }
    struct run_record record = make_record(0, 9000);
    add(store, 0, &record);
    /* The same block of the same case twice is a mistake, and nothing of it is kept. */
    assert_int_equal(store_add_run(store, cases[0].id, &record, true, &error), -1);
    assert_string_equal(request("SELECT count(*) FROM samples"), "3");
    assert_int_equal(store_add_run(store, 4711, &record, true, &error), -1); /* no such case */
    assert_string_equal(request("SELECT count(*) FROM runs"), "1");
    store_close(store);
}

/* ---- what is not ours ---- */

/* A search that is killed between a run and its step could not go on: the run's block is taken. */
static void a_run_and_its_step_are_there_together(void **state)
{
    (void)state;
    struct error error;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "steps");
    struct run_record record = make_record(0, 5 * NSEC_PER_MSEC);
    struct capacity_step step = {.case_id = cases[0].id, .rate = 100, .slo = "p99<1s"};
    must(store_add_run_of_step(store, info.id, &record, &step, &error), &error);
    record.block = 1; /* a new run, of a step that is there already */
    assert_int_equal(store_add_run_of_step(store, info.id, &record, &step, &error), -1);
    assert_string_equal(request("SELECT count(*) FROM runs"), "1");
    record.block = 0; /* and the other way round */
    step.step = 1;
    assert_int_equal(store_add_run_of_step(store, info.id, &record, &step, &error), -1);
    assert_string_equal(request("SELECT count(*) FROM capacity_steps"), "1");
    record.block = 1;
    must(store_add_run_of_step(store, info.id, &record, &step, &error), &error);
    store_close(store);
}

static void assert_refused(enum store_mode mode, const char *says, const char *advises)
{
    struct error error = {0};
    struct store *store = store_open(path, mode, &error);
    if (store) {
        store_close(store);
        fail_msg("it was opened");
    }
    if (!strstr(error.text, says) || !strstr(error.text, advises) || !strstr(error.text, path))
        fail_msg("it says: %s", error.text);
}

static void a_store_that_is_not_there(void **state)
{
    (void)state;
    assert_refused(STORE_READ, "no store at", "./run.sh quick");
    assert_int_not_equal(access(path, F_OK), 0); /* and looking for it did not create it */
}

static void another_version_s_store(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    store_close(store);
    static const char *const versions[] = {"0", "1000"};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        char sql[64], says[32];
        snprintf(sql, sizeof(sql), "PRAGMA user_version = %s", versions[i]);
        snprintf(says, sizeof(says), "has schema %s", versions[i]);
        tell(sql);
        assert_refused(STORE_READ, says, "--results");
        assert_refused(STORE_WRITE, says, "--results");
        assert_string_equal(request("PRAGMA user_version"), versions[i]);
    }
}

static void somebody_else_s_database(void **state)
{
    (void)state;
    tell("CREATE TABLE theirs (a); PRAGMA user_version = 1");
    assert_refused(STORE_READ, "is not a store of waitbench", "--results");
    assert_refused(STORE_WRITE, "is not a store of waitbench", "--results");
    assert_string_equal(request("SELECT group_concat(name) FROM sqlite_master"), "theirs");
    assert_string_equal(request("PRAGMA journal_mode"), "delete"); /* as it was */
}

static void no_database_at_all(void **state)
{
    (void)state;
    FILE *out = fopen(path, "w");
    for (int i = 0; i < 2000; i++)
        fputs("rubbish ", out);
    fclose(out);
    assert_refused(STORE_READ, "not a database", "move it away");
    assert_refused(STORE_WRITE, "not a database", "move it away");
}

static void an_empty_store_holds_no_campaign(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    struct campaign_info found;
    struct error error;
    assert_int_equal(store_find_campaign(store, NULL, &found, &error), -1);
    assert_non_null(strstr(error.text, "holds no campaign yet"));
    assert_int_equal(store_find_campaign(store, "nosuch", &found, &error), -1);
    assert_non_null(strstr(error.text, "holds no campaign 'nosuch'"));
    store_close(store);
}

/* ---- finding ---- */

static void must_find(struct store *store, const char *id, const char *expected)
{
    struct campaign_info found;
    struct error error;
    must(store_find_campaign(store, id, &found, &error), &error);
    assert_string_equal(found.id, expected);
}

/* Campaigns of one name within a second are told apart by a number. */
static void campaigns_are_found(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    char ids[5][STORE_ID_BYTES];
    for (size_t i = 0; i < 4; i++) {
        begin(store, "mine");
        strcpy(ids[i], info.id);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
    begin(store, "other");
    strcpy(ids[4], info.id);
    must_find(store, NULL, ids[4]);
    must_find(store, "latest", ids[4]);
    must_find(store, "mine", ids[3]); /* the latest of that name */
    must_find(store, "other", ids[4]);
    for (size_t i = 0; i < 5; i++)
        must_find(store, ids[i], ids[i]); /* a whole id, though others begin with it */
    char beginning[5] = "";
    memcpy(beginning, ids[4], 4);
    must_find(store, beginning, ids[4]);
    struct campaign_info found;
    struct error error;
    assert_int_equal(store_find_campaign(store, "%", &found, &error), -1); /* no patterns */
    assert_int_equal(store_find_campaign(store, "min", &found, &error), -1);
    assert_int_equal(store_find_campaign(store, "' OR 1 --", &found, &error), -1);
    store_close(store);
}

/* ---- hyperfine ---- */

static const char hyperfine_json[] =
    "{\"results\": [{\"command\": \"%" PRId64 " libev closed 2\", \"mean\": 0.1125,"
    " \"stddev\": 0.01, \"median\": 0.115, \"user\": 0.01, \"system\": 0.02, \"min\": 0.1,"
    " \"max\": 0.12, \"times\": [0.1, 0.115, 0.12], \"exit_codes\": [0, 0, 0]}]}";

/* By the id of its case, with which a command's name begins. */
static void hyperfine_s_json_is_taken_in(void **state)
{
    (void)state;
    char json[1024];
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct error error;
    snprintf(json, sizeof(json), hyperfine_json, cases[1].id);
    assert_int_equal(store_import_hyperfine(store, json, &error), 1);
    assert_int_equal(store_import_hyperfine(store, json, &error), 1); /* and again */
    struct stored_whole whole;
    assert_true(store_whole_process(store, cases[1].id, &whole));
    assert_int_equal(whole.runs, 3);
    assert_true(whole.median_s == 0.115 && whole.min_s == 0.1 && whole.max_s == 0.12);
    assert_false(store_whole_process(store, cases[0].id, &whole));
    static const char *const bad[] = {"", "{", "not JSON"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(store_import_hyperfine(store, bad[i], &error), -1);
    snprintf(json, sizeof(json), hyperfine_json, cases[1].id + 1); /* nobody's */
    assert_int_equal(store_import_hyperfine(store, json, &error), -1);
    assert_string_equal(request("SELECT count(*) FROM whole_processes"), "1");
    request("DELETE FROM whole_processes");
    static const char *const failed[] = {"[0, 3, 0]", "[0, 0, null]"}; /* null: by a signal */
    for (size_t i = 0; i < ARRAY_LEN(failed); i++) {
        snprintf(json, sizeof(json), hyperfine_json, cases[1].id);
        strcpy(strstr(json, "[0, 0, 0]"), failed[i]);
        strcat(json, "}]}");
        assert_int_equal(store_import_hyperfine(store, json, &error), 0);
    }
    assert_string_equal(request("SELECT count(*) FROM whole_processes"), "0");
    store_close(store);
}

/* ---- exports ---- */

static char *export(struct store *store, const char *kind, enum store_format format)
{
    char *text = NULL;
    size_t size;
    struct error error;
    FILE *out = open_memstream(&text, &size);
    must(store_export(store, info.id, kind, format, out, &error), &error);
    fclose(out);
    return text;
}

/* A cell of a CSV without quotes, by its row (from 0) and its column's name. */
static const char *cell(const char *csv, size_t row, const char *column)
{
    static char text[256];
    size_t index = 0, length = strlen(column);
    const char *title = csv;
    while (strncmp(title, column, length) || !strchr(",\n", title[length])) {
        title += strcspn(title, ",\n");
        if (*title++ != ',')
            fail_msg("there is no column %s", column);
        index++;
    }
    for (size_t line = 0; line <= row; line++)
        if (!(csv = strchr(csv, '\n')) || !*++csv)
            fail_msg("there is no row %zu", row);
    for (; index; index--)
        csv += strcspn(csv, ",\n") + 1;
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(csv, ",\n"), csv);
    return text;
}

static size_t count_rows(const char *csv)
{
    size_t lines = 0;
    for (; *csv; csv++)
        lines += *csv == '\n';
    return lines - 1;
}

static void assert_exports(struct store *store, const char *kind, enum store_format format,
                           const char *expected)
{
    char *text = export(store, kind, format);
    assert_string_equal(text, expected);
    free(text);
}

static void values_are_quoted_as_their_format_requests(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct error error;
    must(store_put_environment(store, info.id, "z", "two\nlines\ttab \\ \x01", &error), &error);
    assert_exports(store, "environment", STORE_CSV,
                   "key,value\ncpu,\"a CPU, fast\"\nkernel,\"Linux \"\"6\"\"\"\n"
                   "z,\"two\nlines\ttab \\ ?\"\n");
    assert_exports(store, "environment", STORE_JSON,
                   "{\"key\": \"cpu\", \"value\": \"a CPU, fast\"}\n"
                   "{\"key\": \"kernel\", \"value\": \"Linux \\\"6\\\"\"}\n"
                   "{\"key\": \"z\", \"value\": \"two\\u000alines\\u0009tab \\\\ \\u0001\"}\n");
    store_close(store);
}

static void what_is_missing_is_not_0(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(0, 9000);
    record.server_json[0] = '\0';
    add(store, 0, &record);
    char *text = export(store, "runs", STORE_JSON);
    assert_non_null(strstr(text, "\"latency_p50_s\": 5.0e-06"));
    assert_non_null(strstr(text, "\"latency_p99_s\": null"));
    assert_non_null(strstr(text, "\"latency_p99_low_s\": null"));
    assert_non_null(strstr(text, "\"syn_retransmits\": 0,"));
    assert_non_null(strstr(text, "\"listen_overflows\": null"));
    assert_non_null(strstr(text, "\"server_json\": null"));
    free(text);
    text = export(store, "runs", STORE_CSV);
    assert_string_equal(cell(text, 0, "latency_p50_s"), "5.0e-06");
    assert_string_equal(cell(text, 0, "latency_p99_s"), "");
    assert_string_equal(cell(text, 0, "syn_retransmits"), "0");
    assert_string_equal(cell(text, 0, "listen_overflows"), "");
    free(text);
    text = export(store, "requests", STORE_CSV);
    assert_int_equal(count_rows(text), 3);
    assert_string_equal(cell(text, 0, "latency_ns"), "5000");
    assert_string_equal(cell(text, 1, "sent_ns"), "700");
    assert_string_equal(cell(text, 1, "first_byte_ns"), "");
    assert_string_equal(cell(text, 2, "connected_ns"), "");
    assert_string_equal(cell(text, 2, "errnum"), "111");
    free(text);
    store_close(store);
}

static void the_server_s_account_is_json_or_nothing(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(0, 9000), bad = make_record(1, 9000);
    strcpy(bad.server_json, "<html> \"");
    add(store, 0, &record);
    add(store, 0, &bad);
    char *text = export(store, "runs", STORE_JSON);
    assert_non_null(strstr(text, "\"server_json\": {\"pid\": 1}}\n"));
    assert_non_null(strstr(text, "\"server_json\": null}\n"));
    free(text);
    store_close(store);
}

/* Of three makespans the middle one's run stands for its case, of two the lower, and of the invalid
 * none. Only completed requests have a latency. */
static void pictures_show_the_median_run(void **state)
{
    (void)state;
    static const struct {
        unsigned block;
        nsec_t makespan;
        enum quality quality;
    } runs[] = {{0, 9000, QUALITY_OK},
                {1, 7000, QUALITY_OK},
                {2, 8000, QUALITY_NOISY},
                {3, 1000, QUALITY_INVALID}};
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        struct run_record record = make_record(runs[i].block, runs[i].makespan);
        record.quality = runs[i].quality;
        samples[0].end = samples[0].start + runs[i].makespan / 2; /* to know it by */
        /* A case with an invalid run is in no picture. */
        add(store, runs[i].quality == QUALITY_INVALID, &record);
    }
    char *text = export(store, "latency", STORE_CSV);
    assert_int_equal(count_rows(text), 1);
    assert_string_equal(cell(text, 0, "driver"), "libev");
    assert_string_equal(cell(text, 0, "share"), "1.0");
    assert_string_equal(cell(text, 0, "latency_s"), "4.0e-06"); /* the run of 8000 ns */
    free(text);
    text = export(store, "waterfall", STORE_CSV);
    assert_int_equal(count_rows(text), 3);
    assert_null(strstr(text, "threadpool"));
    assert_string_equal(cell(text, 0, "request"), "0");
    assert_string_equal(cell(text, 0, "end_s"), "4.0e-06");
    assert_string_equal(cell(text, 1, "start_s"), "5.0e-07");
    assert_string_equal(cell(text, 1, "first_byte_s"), "");
    assert_string_equal(cell(text, 1, "outcome"), "closed");
    free(text);
    text = export(store, "completion", STORE_CSV);
    assert_int_equal(count_rows(text), 1); /* of four requests one completed */
    assert_string_equal(cell(text, 0, "share"), "0.25");
    assert_string_equal(cell(text, 0, "completed_s"), "4.0e-06");
    free(text);
    tell("DELETE FROM runs WHERE block = 0");
    text = export(store, "latency", STORE_CSV);
    assert_int_equal(count_rows(text), 1);
    assert_string_equal(cell(text, 0, "latency_s"), "3.5e-06"); /* that of 7000 ns */
    free(text);
    store_close(store);
}

/* Of 1000 responses 200, the first and the last among them; of 150 all. Case 1 has six rounds and
 * case 2 fourteen, which is nearer to sixteen. */
static void completion_is_thinned_and_at_one_place(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(0, 9000);
    add(store, 0, &record);
    add(store, 1, &record);
    tell("DELETE FROM samples; UPDATE runs SET requests = 1000, completed = 1000;"
         "UPDATE cases SET arrivals = 'closed', requests = 1000, pipeline = 1,"
         " concurrency = iif(case_id = (SELECT min(case_id) FROM cases), 166, 71);"
         "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)"
         " INSERT INTO samples SELECT id, i, 0, 'ok', 0, 0, NULL, 0, 1, 2, 3, 1000000 + (i * 7 % "
         "1000),"
         " NULL, NULL, NULL FROM runs, n");
    char *text = export(store, "completion", STORE_CSV);
    assert_int_equal(count_rows(text), 200);
    assert_null(strstr(text, "libev"));
    assert_string_equal(cell(text, 0, "driver"), "threadpool");
    assert_string_equal(cell(text, 0, "concurrency"), "71");
    assert_string_equal(cell(text, 0, "responses"), "1");
    assert_string_equal(cell(text, 0, "share"), "0.001");
    assert_string_equal(cell(text, 0, "completed_s"), "0.001");
    assert_string_equal(cell(text, 199, "responses"), "1000");
    assert_string_equal(cell(text, 199, "share"), "1.0");
    assert_string_equal(cell(text, 199, "completed_s"), "0.001000999");
    free(text);
    tell("DELETE FROM samples WHERE request >= 150; UPDATE runs SET completed = 150");
    text = export(store, "completion", STORE_CSV);
    assert_int_equal(count_rows(text), 150);
    assert_string_equal(cell(text, 149, "share"), "0.15"); /* of all requests */
    free(text);
    store_close(store);
}

static void every_kind_is_exported(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    struct run_record record = make_record(0, 9000);
    add(store, 0, &record);
    struct error error;
    struct judgement judgement;
    must(judge_campaign(store, info.id, &judgement, &error), &error);
    must(judge_lend_figures(store, &judgement, &error), &error);
    must(theory_lend(store, &judgement, &error), &error);
    judgement_release(&judgement);
    char kinds[256], *rest = kinds, *kind;
    strcpy(kinds, store_export_kinds());
    size_t count = 0;
    while ((kind = strsep(&rest, ","))) {
        kind += strspn(kind, " ");
        char *csv = export(store, kind, STORE_CSV), *json = export(store, kind, STORE_JSON);
        assert_true(strchr(csv, '\n') != NULL); /* a header, rows or not */
        assert_true(json[0] == '\0' || json[0] == '{');
        free(csv);
        free(json);
        count++;
    }
    assert_true(count >= 8);
    assert_int_equal(store_export(store, info.id, "nosuch", STORE_CSV, stdout, &error), -1);
    assert_non_null(strstr(error.text, "there is no 'nosuch' to export: cases"));
    store_close(store);
}

static void a_full_disk_is_noticed(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_WRITE);
    begin(store, "mine");
    FILE *full = fopen("/dev/full", "w");
    struct error error;
    assert_int_equal(store_export(store, info.id, "environment", STORE_CSV, full, &error), -1);
    assert_non_null(strstr(error.text, "No space left on device"));
    fclose(full);
    store_close(store);
}

static void two_may_write(void **state)
{
    (void)state;
    struct store *first = open_store(STORE_WRITE), *second = open_store(STORE_WRITE);
    begin(first, "one");
    struct run_record record = make_record(0, 9000);
    add(first, 0, &record);
    begin(second, "two");
    add(second, 1, &record);
    store_close(first);
    store_close(second);
    assert_string_equal(request("SELECT count(*) FROM runs"), "2");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_campaign_comes_out_as_it_went_in),
        TEST(a_run_comes_out_as_it_went_in),
        TEST(samples_keep_what_was_reached),
        TEST(a_run_has_a_breakdown_of_its_own),
        TEST(a_run_is_there_whole_or_not_at_all),
        TEST(a_run_and_its_step_are_there_together),
        TEST(a_store_that_is_not_there),
        TEST(another_version_s_store),
        TEST(somebody_else_s_database),
        TEST(no_database_at_all),
        TEST(an_empty_store_holds_no_campaign),
        TEST(campaigns_are_found),
        TEST(hyperfine_s_json_is_taken_in),
        TEST(values_are_quoted_as_their_format_requests),
        TEST(what_is_missing_is_not_0),
        TEST(the_server_s_account_is_json_or_nothing),
        TEST(pictures_show_the_median_run),
        TEST(completion_is_thinned_and_at_one_place),
        TEST(every_kind_is_exported),
        TEST(a_full_disk_is_noticed),
        TEST(two_may_write),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
