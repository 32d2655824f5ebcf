/* A transaction as a scope: kept when committed, gone when left early, gone when the process dies
 * in the middle of it. */
#include "workloads/transaction.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], path[96];

static sqlite3 *open_database(void)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static int make_database(void **state)
{
    const char *journal = *state;
    char pragma[64];
    snprintf(folder, sizeof(folder), "/tmp/waitbench-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof(path), "%s/db", folder);
    sqlite3 *db = open_database();
    snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode = %s; CREATE TABLE t (i INTEGER)",
             journal);
    int result = sqlite3_exec(db, pragma, NULL, NULL, NULL);
    sqlite3_close(db);
    return result == SQLITE_OK ? 0 : -1;
}

static int remove_database(void **state)
{
    static const char *const tails[] = {"", "-journal", "-wal", "-shm"};
    (void)state;
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        char name[128];
        snprintf(name, sizeof(name), "%s%s", path, tails[i]);
        unlink(name);
    }
    return rmdir(folder);
}

static int count_rows(void)
{
    sqlite3 *db = open_database();
    sqlite3_stmt *count;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &count, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(count), SQLITE_ROW);
    int rows = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    sqlite3_close(db);
    return rows;
}

static int insert_row(sqlite3 *db)
{
    return sqlite3_exec(db, "INSERT INTO t VALUES (1)", NULL, NULL, NULL);
}

enum leaving { EARLY, COMMITTED, KILLED };

static int use_scope(sqlite3 *db, enum leaving how)
{
    TRANSACTION(scope, db);
    assert_true(scope.open);
    assert_int_equal(insert_row(db), SQLITE_OK);
    assert_int_equal(insert_row(db), SQLITE_OK);
    if (how == EARLY)
        return -1;
    if (how == KILLED) {
        sqlite3_db_cacheflush(db); /* what is half done is on the disk */
        kill(getpid(), SIGKILL);
    }
    return transaction_commit(&scope);
}

static void what_is_committed_is_kept(void **state)
{
    (void)state;
    sqlite3 *db = open_database();
    assert_int_equal(use_scope(db, COMMITTED), 0);
    assert_true(sqlite3_get_autocommit(db));
    sqlite3_close(db);
    assert_int_equal(count_rows(), 2);
}

static void what_is_left_early_is_rolled_back(void **state)
{
    (void)state;
    sqlite3 *db = open_database();
    assert_int_equal(use_scope(db, EARLY), -1);
    assert_true(sqlite3_get_autocommit(db)); /* no transaction is left open */
    assert_int_equal(use_scope(db, COMMITTED), 0);
    sqlite3_close(db);
    assert_int_equal(count_rows(), 2);
}

static void who_dies_in_the_middle_leaves_nothing(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        sqlite3 *db = open_database();
        use_scope(db, COMMITTED);
        use_scope(db, KILLED);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(count_rows(), 2);
}

static void two_writers(void **state)
{
    (void)state;
    sqlite3 *a = open_database(), *b = open_database();
    {
        TRANSACTION(first, a);
        assert_true(first.open);
        TRANSACTION(second, b);
        assert_false(second.open); /* without a timeout nobody waits */
        assert_int_equal(sqlite3_errcode(b), SQLITE_BUSY);
        assert_int_equal(transaction_commit(&second), -1);
        assert_int_equal(transaction_commit(&first), 0);
        assert_int_equal(transaction_commit(&first), -1); /* once */
    }
    TRANSACTION(third, b);
    assert_true(third.open);
    transaction_leave(&third);
    sqlite3_close(a);
    sqlite3_close(b);
}

#define BOTH(test)                                                                                 \
    {#test ", WAL", test, make_database, remove_database, (void *)(uintptr_t) "WAL"},              \
    {                                                                                              \
#test ", rollback journal", test, make_database, remove_database,                          \
            (void *)(uintptr_t) "DELETE"                                                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(what_is_committed_is_kept),
        BOTH(what_is_left_early_is_rolled_back),
        BOTH(who_dies_in_the_middle_leaves_nothing),
        BOTH(two_writers),
    };
    return cmocka_run_group_tests_name("transaction", tests, NULL, NULL);
}
