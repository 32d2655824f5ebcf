/* JSON taken apart by SQLite's own reader, so that we need no other. */
#ifndef WAITBENCH_STORE_JSON_H
#define WAITBENCH_STORE_JSON_H

#include "lib/error.h"

struct store;

/* Call `take` for every member of one JSON object, or element of an array, at its top level.
 * `value` is a string's text, a number as it would be printed, the JSON of an object or array, and
 * NULL for null; key and value hold until `take` returns. `store` is any that is open: nothing is
 * read from it or written. Returns 0, or -1 where `json` is not JSON; members before the mistake
 * may have been taken by then. */
int store_json_each(struct store *store, const char *json,
                    void (*take)(void *target, const char *key, const char *value), void *target,
                    struct error *error);

#endif
