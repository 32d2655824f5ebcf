/* The talk's database: a table of messages (sender, recipient, message) in SQLite. A request is a
 * transaction that inserts one, or a query for a thousand of them, either fetched as a whole and
 * then used, or used row by row. It runs in the thread that begins it: on an event loop all other
 * requests wait for it, on a thread pool none does. Every slot has its own database connection.
 *
 * The journal determines what a commit waits for. With WAL it appends to the log and syncs that
 * once, as PRAGMA synchronous is left at its default, FULL (NORMAL would sync at checkpoints only:
 * https://www.sqlite.org/wal.html, 2.3); readers continue. With a rollback journal it syncs
 * journal and database, four times in all, and deletes the journal; readers wait. */
#include "workloads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/load.h"
#include "transaction.h"

enum { MESSAGES_ROWS = 1000, MESSAGES_BUSY_MS = 10000, MESSAGES_PATH_BYTES = 512 };

#define SELECT_ALL "SELECT sender, recipient, message FROM messages ORDER BY rowid LIMIT 1000"

static void database_path(const struct load *load, char path[MESSAGES_PATH_BYTES])
{
    if (load->database)
        snprintf(path, MESSAGES_PATH_BYTES, "%s", load->database);
    else
        snprintf(path, MESSAGES_PATH_BYTES, "%s/messages.db", load->folder);
}

/* SQLite's error as an errno: that of the failed system call if there was one ("unable to open" may
 * be a missing file or no descriptors left), else the nearest one. */
static int errno_of(sqlite3 *db)
{
    int code = sqlite3_errcode(db), errnum = sqlite3_system_errno(db);
    if (errnum && (code == SQLITE_CANTOPEN || code == SQLITE_IOERR))
        return errnum;
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return EBUSY;
    case SQLITE_READONLY: return EROFS;
    case SQLITE_FULL: return ENOSPC;
    case SQLITE_CANTOPEN: return ENOENT;
    case SQLITE_NOMEM: return ENOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return EINVAL;
    default: return EIO;
    }
}

/* Returns -1 with the cause and, if known, what to do. */
static int database_error(sqlite3 *db, const char *path, struct error *error)
{
    int errnum = errno_of(db);
    const char *help =
        errnum == EBUSY
            ? "; another process has locked it: end that process, or choose another file"
        : errnum == EROFS  ? "; it is read-only: choose another with --database"
        : errnum == ENOSPC ? "; the disk is full: free some space"
        : errnum == EMFILE ? "; out of descriptors: raise 'ulimit -n'"
                           : "";
    error_set(error, "the database %s: %s%s", path, sqlite3_errmsg(db), help);
    if (error)
        error->errnum = errnum;
    return -1;
}

/* A connection, also that of a slot. With offloading different threads open, use and close it, one
 * at a time, which SQLite allows unless it was built single-threaded; Debian's build is
 * "serialized" (https://www.sqlite.org/threadsafe.html). */
static void *messages_open(const struct load *load, struct error *error)
{
    char path[MESSAGES_PATH_BYTES];
    sqlite3 *db = NULL;
    database_path(load, path);
    if (sqlite3_open(path, &db) == SQLITE_OK &&
        sqlite3_busy_timeout(db, MESSAGES_BUSY_MS) == SQLITE_OK)
        return db;
    database_error(db, path, error);
    sqlite3_close(db);
    return NULL;
}

static void messages_close(void *context)
{
    sqlite3_close(context);
}

/* ---- the table, filled once, before anything is measured ---- */

/* A table of that name with other contents is neither written nor read. */
static int check_rows(sqlite3 *db, const char *path, struct error *error)
{
    static const char *const sql =
        "SELECT count(*) FROM (SELECT rowid AS n, sender, message FROM messages ORDER BY n"
        " LIMIT 1000) WHERE sender GLOB 'sender *' AND message = 'message ' || (n - 1)";
    sqlite3_stmt *count = NULL;
    int rows = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &count, NULL) == SQLITE_OK &&
        sqlite3_step(count) == SQLITE_ROW)
        rows = sqlite3_column_int(count, 0);
    sqlite3_finalize(count);
    if (rows < 0)
        return database_error(db, path, error);
    if (rows != MESSAGES_ROWS)
        return error_set(error,
                         "the database %s has a table 'messages' with other contents: choose "
                         "another file with --database",
                         path);
    return 0;
}

static int fill(sqlite3 *db, const char *path, struct error *error)
{
    static const char *const sql =
        "CREATE TABLE IF NOT EXISTS messages"
        " (sender TEXT NOT NULL, recipient TEXT NOT NULL, message TEXT NOT NULL);"
        "WITH RECURSIVE n(i) AS (SELECT (SELECT count(*) FROM messages) UNION ALL"
        " SELECT i + 1 FROM n WHERE i < 1000)"
        " INSERT INTO messages SELECT 'sender ' || i, 'recipient ' || i % 7, 'message ' || i"
        " FROM n WHERE i < 1000;";
    TRANSACTION(filling, db);
    /* Read the error here: the rollback at the end of the scope resets it. */
    if (!filling.open || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_error(db, path, error);
    if (check_rows(db, path, error) < 0)
        return -1;
    return transaction_commit(&filling) < 0 ? database_error(db, path, error) : 0;
}

static int make_database(const struct load *load, const char *journal, struct error *error)
{
    char path[MESSAGES_PATH_BYTES], pragma[64];
    database_path(load, path);
    sqlite3 *db = messages_open(load, error);
    if (!db)
        return -1;
    snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode = %s", journal);
    int result = fill(db, path, error);
    if (result == 0 && sqlite3_exec(db, pragma, NULL, NULL, NULL) != SQLITE_OK)
        result = database_error(db, path, error);
    sqlite3_close(db);
    return result;
}

static int make_with_wal(const struct load *load, struct error *error)
{
    return make_database(load, "WAL", error);
}

static int make_with_rollback(const struct load *load, struct error *error)
{
    return make_database(load, "DELETE", error);
}

/* ---- the requests ---- */

static enum job_result job_failed(struct job *job)
{
    job->errnum = errno_of(job->context);
    return JOB_FAILED;
}

static int insert_message(sqlite3 *db, size_t index)
{
    sqlite3_stmt *insert;
    if (sqlite3_prepare_v2(db, "INSERT INTO messages VALUES ('me', 'you', ?)", -1, &insert, NULL) !=
        SQLITE_OK)
        return -1;
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)index);
    int step = sqlite3_step(insert);
    sqlite3_finalize(insert);
    return step == SQLITE_DONE ? 0 : -1;
}

static enum job_result insert_work(struct job *job)
{
    TRANSACTION(inserting, job->context);
    if (!inserting.open || insert_message(job->context, job->index) < 0 ||
        transaction_commit(&inserting) < 0)
        return job_failed(job);
    return JOB_DONE;
}

/* A row is correct if the message belongs to its sender. NULL: no memory for the text. */
static bool row_is_correct(const char *sender, const char *message, size_t row)
{
    char expected[32];
    snprintf(expected, sizeof(expected), "message %zu", row);
    return sender && message && !strncmp(sender, "sender ", 7) && !strcmp(message, expected);
}

static enum job_result fetch_all_work(struct job *job)
{
    char **table = NULL;
    int rows = 0, columns = 0;
    if (sqlite3_get_table(job->context, SELECT_ALL, &table, &rows, &columns, NULL) != SQLITE_OK)
        return job_failed(job);
    bool correct = rows == MESSAGES_ROWS && columns == 3;
    for (int i = 0; i < rows && correct; i++) {
        char *const *row = table + (size_t)(i + 1) * 3; /* after the row of column names */
        correct = row_is_correct(row[0], row[2], (size_t)i);
    }
    sqlite3_free_table(table);
    return correct ? JOB_DONE : JOB_WRONG;
}

static enum job_result row_by_row_work(struct job *job)
{
    sqlite3_stmt *rows;
    if (sqlite3_prepare_v2(job->context, SELECT_ALL, -1, &rows, NULL) != SQLITE_OK)
        return job_failed(job);
    size_t n = 0;
    bool correct = true;
    int step;
    for (; (step = sqlite3_step(rows)) == SQLITE_ROW && correct; n++)
        correct = row_is_correct((const char *)sqlite3_column_text(rows, 0),
                                 (const char *)sqlite3_column_text(rows, 2), n);
    sqlite3_finalize(rows);
    if (correct && step != SQLITE_DONE)
        return job_failed(job);
    return correct && n == MESSAGES_ROWS ? JOB_DONE : JOB_WRONG;
}

#define MESSAGES(id, title, text, make, do_work)                                                   \
    const struct workload workload_##id = {                                                        \
        .name = title,                                                                             \
        .summary = text,                                                                           \
        .local = true,                                                                             \
        .begin = make,                                                                             \
        .open = messages_open,                                                                     \
        .close = messages_close,                                                                   \
        .work = do_work,                                                                           \
    }

MESSAGES(messages_insert, "messages-insert",
         "SQLite: insert a message in a transaction, WAL, synced at each commit", make_with_wal,
         insert_work);
MESSAGES(messages_insert_rollback, "messages-insert-rollback", "the same with a rollback journal",
         make_with_rollback, insert_work);
MESSAGES(messages_all, "messages-all", "SQLite: fetch 1000 messages, then use them", make_with_wal,
         fetch_all_work);
MESSAGES(messages_rows, "messages-rows", "SQLite: use 1000 messages row by row", make_with_wal,
         row_by_row_work);

/* ---- mixed with requests that only wait ---- */

enum { MESSAGES_EVERY = 16 };

static bool is_fetch(const struct job *job)
{
    return job->index % MESSAGES_EVERY == 0;
}

const struct workload workload_messages_beside = {
    .name = "messages-beside",
    .summary = "randint, and every 16th request fetches 1000 messages instead",
    .request = protocol_line_request,
    .response = protocol_line_response,
    .begin = make_with_wal,
    .open = messages_open,
    .close = messages_close,
    .is_job = is_fetch,
    .work = fetch_all_work,
};
