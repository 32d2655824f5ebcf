/* The tables and views of a store, and how one of a version before becomes one of today's. */
#ifndef WAITBENCH_STORE_SCHEMA_H
#define WAITBENCH_STORE_SCHEMA_H

#include "store_sql.h"

enum {
    STORE_SCHEMA_VERSION = 11,
    STORE_SCHEMA_OLDEST = 8, /* that store_schema_update() takes */
};

/* In an empty database. Each of these within a transaction of the caller's; 0 or -1. */
int store_schema_create(struct store *store, struct error *error);

/* Is it of an earlier version, or without the columns of some fields of a case? */
int store_schema_is_old(struct store *store, bool *old, struct error *error);

/* Make such a store one of today's. Any other is left as it is. */
int store_schema_update(struct store *store, struct error *error);

#endif
