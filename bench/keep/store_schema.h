/* The text of schema.sql, and how a store of a version before becomes one of today's. */
#ifndef WAITBENCH_STORE_SCHEMA_H
#define WAITBENCH_STORE_SCHEMA_H

#include "store_sql.h"

enum {
    STORE_SCHEMA_VERSION = 11,
    STORE_SCHEMA_OLDEST = 8, /* that store_schema_upgrade() takes */
};

extern const char store_schema_sql[];

/* Within a transaction of the caller's: make tables and views of `version`, from the oldest to the
 * one before today's, what schema.sql says, and mark them so. Returns 0 or -1. */
int store_schema_upgrade(struct store *store, int64_t version, struct error *error);

#endif
