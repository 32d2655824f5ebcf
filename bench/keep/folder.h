/* results/<id>/: what a campaign leaves for people and for plots. */
#ifndef WAITBENCH_FOLDER_H
#define WAITBENCH_FOLDER_H

#include "store.h"
#include "lib/options.h"

enum {
    FOLDER_PATH_BYTES = 1024,
    FOLDER_NAMES_BYTES = 352, /* below DIR: the campaign's and the file's */
};

/* --results DIR; the target is a const char *, where the store and the folders are. */
extern const struct option_row folder_option_rows[];

/* "DIR/ID/NAME" into `out`; NAME may be "". */
void folder_path(const char *results, const char *id, const char *name,
                 char out[FOLDER_PATH_BYTES]);

/* Open the store in DIR. WRITE makes both, and locks the folder until the store is closed: one
 * campaign at a time writes into it. NULL on error. */
struct store *folder_open_store(const char *results, enum store_mode mode, struct error *error);

/* Make a directory unless it is there. Returns 0, or -1 where it cannot be written to. */
int folder_make_path(const char *path, struct error *error);

/* Make DIR/ID. Returns 0, or -1 where it cannot be written. */
int folder_make(const char *results, const char *id, struct error *error);

/* Write one kind of export, DIR/ID/KIND.csv. Returns 0 or -1. */
int folder_write_csv(struct store *store, const char *results, const char *id, const char *kind,
                     struct error *error);

/* A file's `*size` bytes, and a NUL behind them, to be freed. NULL on error. */
char *folder_read_file(const char *path, size_t *size, struct error *error);

/* output_open() of DIR/ID/NAME, its path into `path`. */
FILE *folder_open_file(const char *results, const char *id, const char *name,
                       char path[FOLDER_PATH_BYTES], struct error *error);

/* Is it the folder that commands use unless they are told otherwise? */
bool folder_is_usual(const char *results);

/* What a command line for this folder needs: " --results 'DIR'", or "". The caller frees it. */
char *folder_option(const char *results);

#endif
