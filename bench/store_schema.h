/* The text of schema.sql. */
#ifndef WAITBENCH_STORE_SCHEMA_H
#define WAITBENCH_STORE_SCHEMA_H

extern const char store_schema_sql[];

#endif
