/* What a student predicted before a worksheet's runs: results/worksheets/ID.txt, a line for each
 * prediction and for the beginning and the end of its runs, each with its time (UTC). Lines are
 * only added, while the results folder is locked (folder_open_store), so that the file shows what
 * was predicted before the runs began. */
#ifndef WAITBENCH_PREDICTIONS_H
#define WAITBENCH_PREDICTIONS_H

#include "store.h"

enum { PREDICTIONS_MAX = 16, PREDICTION_NAME_BYTES = 8, PREDICTION_TEXT_BYTES = 40 };

struct predictions {
    struct prediction {
        char name[PREDICTION_NAME_BYTES], text[PREDICTION_TEXT_BYTES]; /* "q1", "0.8s" as typed */
    } items[PREDICTIONS_MAX];
    size_t count;
    bool begun;                    /* the runs have begun: nothing can be predicted any more */
    char campaign[STORE_ID_BYTES]; /* the latest that ran to its end, or "" */
};

/* The last one of each name counts. Without a file there are none. Returns 0, or -1 where it cannot
 * be read or is no such file. */
int predictions_read(const char *results, const char *id, struct predictions *out,
                     struct error *error);

/* Its text, or NULL. */
const char *predictions_find(const struct predictions *predictions, const char *name);

/* Add lines: predictions, that the runs begin, that the campaign is complete. Return 0 or -1. */
int predictions_add(const char *results, const char *id, const struct predictions *added,
                    struct error *error);
int predictions_begin(const char *results, const char *id, struct error *error);
int predictions_end(const char *results, const char *id, const char *campaign, struct error *error);

#endif
