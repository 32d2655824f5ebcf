/* Files of records, CSV (RFC 4180) or JSON lines, read record by record with line numbers. */
#ifndef WAITBENCH_RECORDS_H
#define WAITBENCH_RECORDS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/error.h"

/* Initialise `in` and zero the rest. */
struct records {
    FILE *in;
    char *text;       /* the record, without its newline; may be modified */
    size_t line;      /* of its beginning, from 1 */
    size_t next_line; /* lines read so far */
};

/* Read the next record: a line or, with `csv`, several lines if a quoted field has newlines.
 * Returns 1, 0 at the end, or -1 if the last line has no newline: the file is truncated. */
int records_next(struct records *records, bool csv, struct error *error);

void records_release(struct records *records);

/* Split the next field off a CSV record, unquoted in place; `*rest`, at first the record, becomes
 * NULL after the last field. */
char *records_csv_field(char **rest);

/* The text of a column as a count, or as seconds. -1 for anything else, with the column's name. */
int records_count(const char *column, const char *text, int64_t *out, struct error *error);
int records_seconds(const char *column, const char *text, double *out, struct error *error);

#endif
