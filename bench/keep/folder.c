#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/output.h"
#include "bench/base/shell.h"
#include "store_sql.h"

const struct option_row folder_option_rows[] = {
    {"results", 0, OPTION_TEXT, .size = sizeof(const char *), .argument = "DIR",
     .values = "folders", .initial = "results",
     .help = "where the store and the campaigns' folders are"},
    {0},
};

void folder_path(const char *results, const char *id, const char *name, char out[FOLDER_PATH_BYTES])
{
    snprintf(out, FOLDER_PATH_BYTES, "%s/%s%s%s", results, id, *name ? "/" : "", name);
}

int folder_make_path(const char *path, struct error *error)
{
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return error_errno(error, errno,
                           "cannot make the results folder %s; name another with "
                           "--results",
                           path);
    if (access(path, W_OK | X_OK) < 0)
        return error_errno(error, errno,
                           "cannot write into the results folder %s; name another "
                           "with --results",
                           path);
    return 0;
}

/* One campaign at a time writes into a folder: two would spoil each other's figures. Returns a
 * descriptor that holds the lock until it is closed, or -1. */
static int lock_folder(const char *results, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    folder_path(results, "lock", "", path);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0)
        return error_errno(error, errno, "cannot open %s", path);
    if (flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    if (errno == EWOULDBLOCK)
        error_set(error,
                  "another campaign is writing into %s, and two would spoil each "
                  "other's figures: wait for its end",
                  results);
    else
        error_errno(error, errno, "cannot lock %s; name a folder on another disk with --results",
                    path);
    close(lock);
    return -1;
}

struct store *folder_open_store(const char *results, enum store_mode mode, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    int lock = -1;
    if (strlen(results) + FOLDER_NAMES_BYTES > FOLDER_PATH_BYTES) {
        error_set(error, "the path of the results folder, %.80s…, is too long", results);
        return NULL;
    }
    /* The lock first: a store that another campaign writes to is not changed in any way. */
    if (mode == STORE_WRITE &&
        (folder_make_path(results, error) < 0 || (lock = lock_folder(results, error)) < 0))
        return NULL;
    folder_path(results, "waitbench.db", "", path);
    struct store *store = store_open(path, mode, error);
    if (store)
        store->lock = lock;
    else if (lock >= 0)
        close(lock);
    return store;
}

bool folder_is_usual(const char *results)
{
    return !strcmp(results, folder_option_rows[0].initial);
}

char *folder_option(const char *results)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out && !folder_is_usual(results)) {
        fputs(" --results ", out);
        shell_put_word(results, out);
    }
    if (out)
        fclose(out);
    return text;
}

int folder_make(const char *results, const char *id, struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    folder_path(results, id, "", path);
    return folder_make_path(path, error);
}

char *folder_read_file(const char *path, size_t *size, struct error *error)
{
    struct stat status;
    FILE *in = fopen(path, "re");
    if (!in || fstat(fileno(in), &status) < 0) {
        error_errno(error, errno, "cannot read %s", path);
        if (in)
            fclose(in);
        return NULL;
    }
    char *bytes = xcalloc((size_t)status.st_size + 1, 1);
    *size = fread(bytes, 1, (size_t)status.st_size, in);
    fclose(in);
    return bytes;
}

FILE *folder_open_file(const char *results, const char *id, const char *name,
                       char path[FOLDER_PATH_BYTES], struct error *error)
{
    folder_path(results, id, name, path);
    return output_open(path, error);
}

int folder_write_csv(struct store *store, const char *results, const char *id, const char *kind,
                     struct error *error)
{
    char name[64], path[FOLDER_PATH_BYTES];
    snprintf(name, sizeof(name), "%s.csv", kind);
    FILE *out = folder_open_file(results, id, name, path, error);
    if (!out)
        return -1;
    int result = store_export(store, id, kind, STORE_CSV, out, error);
    return output_close(out, path, result, error);
}
