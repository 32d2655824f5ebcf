/* A store of version 8 or 9 becomes one of today's when it is opened for writing: nothing in it is
 * lost, its samples have the completion times, and it is upgraded wholly or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "bench/judge/judge.h"
#include "bench/keep/store.h"
#include "lib/embed.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

EMBED(old_schema, "tests/unit/schema_8.sql");

static char folder[64], path[96];

static void tell(const char *sql)
{
    sqlite3 *db;
    char *problem = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
    sqlite3_close(db);
}

/* What a query's first column says in its first row, as text; "" for NULL. To be freed. */
static char *query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *query;
    if (sqlite3_prepare_v2(db, sql, -1, &query, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    const char *text = (const char *)sqlite3_column_text(query, 0);
    char *copy = strdup(text ? text : "");
    sqlite3_finalize(query);
    return copy;
}

static void assert_says(const char *sql, const char *expected)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *text = query(db, sql);
    sqlite3_close(db);
    assert_string_equal(text, expected);
    free(text);
}

/* A run of 6 requests, of which the one that came first failed: 20, 20, 30, 40, 50; and a run
 * without its samples. */
static const char old_rows[] =
    "PRAGMA application_id = 0x77616974; PRAGMA user_version = 8;"
    "INSERT INTO campaigns VALUES ('old-1', 'old', 'waitbench', 1, 2, 0, '', "
    "'2026-01-01T00:00:00Z',"
    " NULL, 5, 'complete');"
    "INSERT INTO cases VALUES (1, 'old-1', 0, 'libev', 'randint', 'fixed', 6, 2, 0, 1, 10, 4096, 0,"
    " 0, '', NULL);"
    "INSERT INTO runs SELECT value, 1, value, 0, 'then', 'OK', '', 6, 5, 1, 0, 60, 1, 1, 1, 1, 1, "
    "9,"
    " NULL, 10, NULL, NULL, NULL, NULL, '', '', '', '' FROM json_each('[1, 2]');"
    "INSERT INTO samples SELECT 1, key, 0, iif(key = 3, 'closed', 'ok'), 0, 0, 1, 2, 3, 4, value,"
    " NULL, NULL, NULL FROM json_each('[50, 20, 30, 10, 20, 40]');";

static int make_old_store(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/waitbench-upgrade-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/waitbench.db", folder);
    tell(old_schema);
    tell(old_rows);
    return 0;
}

static int remove_store(void **state)
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

static struct store *open_for_writing(void)
{
    struct error error;
    struct store *store = store_open(path, STORE_WRITE, &error);
    if (!store)
        fail_msg("%s", error.text);
    return store;
}

static void a_reader_is_told_what_to_do(void **state)
{
    (void)state;
    struct error error;
    assert_null(store_open(path, STORE_READ, &error));
    assert_non_null(strstr(error.text, "has schema 8"));
    assert_non_null(strstr(error.text, "next campaign"));
    assert_non_null(strstr(error.text, path));
    assert_says("PRAGMA user_version", "8");
    assert_says("SELECT count(*) FROM pragma_table_info('runs') WHERE name LIKE '%answer%'", "1");
}

static void a_writer_finds_the_answers_times(void **state)
{
    (void)state;
    struct stored_run *runs;
    struct error error;
    size_t n;
    struct store *store = open_for_writing();
    assert_int_equal(store_runs(store, 1, &runs, &n, &error), 0);
    assert_int_equal(n, 2);
    assert_int_equal(runs[0].makespan, 60);
    assert_int_equal(runs[0].completions.first, 20);
    assert_int_equal(runs[0].completions.half, 30);
    assert_int_equal(runs[0].completions.most, 50);
    assert_int_equal(runs[0].completions.last, 50);
    assert_int_equal(runs[1].makespan, 60);
    assert_int_equal(runs[1].completions.first, -1);
    assert_int_equal(runs[1].completions.half, -1);
    assert_int_equal(runs[1].completions.most, -1);
    assert_int_equal(runs[1].completions.last, -1);
    free(runs);
    store_close(store);
    assert_says("PRAGMA user_version", "15");
    assert_says("SELECT count(*) FROM samples", "6");
    assert_says("SELECT sum(half_completed_ns) FROM run_figures", "30");
    assert_says("PRAGMA integrity_check", "ok");

    /* It stays so, for readers too. */
    store_close(open_for_writing());
    store = store_open(path, STORE_READ, &error);
    assert_non_null(store);
    store_close(store);
}

/* What version 9 had besides. */
static void a_store_of_version_9_likewise(void **state)
{
    (void)state;
    tell("ALTER TABLE cases ADD COLUMN role TEXT NOT NULL DEFAULT 'loop'; PRAGMA user_version = 9");
    store_close(open_for_writing());
    assert_says("PRAGMA user_version", "15");
    assert_says("SELECT variant || ' ' || half_completed_ns FROM run_figures WHERE block = 1",
                "loop 30");
}

/* The same views to the letter, and the same columns, if in another order. */
static void it_is_what_a_new_store_is(void **state)
{
    (void)state;
    static const char *const queries[] = {
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master WHERE type = 'view'"
        " ORDER BY name)",
        "SELECT group_concat(line, ';') FROM (SELECT m.name || '.' || c.name || ' ' || c.type ||"
        " c.\"notnull\" || c.pk AS line FROM sqlite_master m, pragma_table_info(m.name) c"
        " ORDER BY line)",
    };
    char fresh_path[sizeof(path) + 8];
    struct error error;
    sqlite3 *upgraded, *fresh;
    snprintf(fresh_path, sizeof(fresh_path), "%s-new", path);
    store_close(open_for_writing());
    store_close(store_open(fresh_path, STORE_WRITE, &error));
    assert_int_equal(sqlite3_open(path, &upgraded), SQLITE_OK);
    assert_int_equal(sqlite3_open(fresh_path, &fresh), SQLITE_OK);
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        char *a = query(upgraded, queries[i]), *b = query(fresh, queries[i]);
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
    sqlite3_close(upgraded);
    sqlite3_close(fresh);
    unlink(fresh_path);
}

/* A case kept by a program that did not know a field had its usual value. */
static void fields_of_a_case_are_added(void **state)
{
    (void)state;
    struct error error;
    store_close(open_for_writing());
    tell("DROP VIEW run_figures; DROP VIEW all_runs; DROP VIEW request_figures;"
         "DROP VIEW usage_figures; DROP VIEW breakdown_figures; DROP VIEW limit_figures;"
         "ALTER TABLE cases DROP COLUMN backlog");
    assert_null(store_open(path, STORE_READ, &error));
    assert_non_null(strstr(error.text, "brings it up to date"));
    store_close(open_for_writing());
    assert_says("SELECT DISTINCT backlog FROM run_figures", "4096");
    store_close(store_open(path, STORE_READ, &error));
}

/* Somebody has a column of that name already: the upgrade stops there, and what came before it is
 * not kept. */
static void it_is_upgraded_wholly_or_not_at_all(void **state)
{
    (void)state;
    struct error error;
    tell("ALTER TABLE runs ADD COLUMN most_answered_ns INTEGER");
    assert_null(store_open(path, STORE_WRITE, &error));
    assert_non_null(strstr(error.text, "most_answered_ns"));
    assert_says("PRAGMA user_version", "8");
    assert_says("SELECT count(*) FROM pragma_table_info('runs') WHERE name = 'first_answer_ns'",
                "0");
    assert_says("SELECT count(*) FROM all_runs", "2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reader_is_told_what_to_do, make_old_store, remove_store),
        cmocka_unit_test_setup_teardown(a_writer_finds_the_answers_times, make_old_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(a_store_of_version_9_likewise, make_old_store,
                                        remove_store),
        cmocka_unit_test_setup_teardown(it_is_what_a_new_store_is, make_old_store, remove_store),
        cmocka_unit_test_setup_teardown(fields_of_a_case_are_added, make_old_store, remove_store),
        cmocka_unit_test_setup_teardown(it_is_upgraded_wholly_or_not_at_all, make_old_store,
                                        remove_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
