/* Files of records: CSV (RFC 4180) and JSON lines, a record at a time with the line it is on. */
#ifndef WAITBENCH_RECORDS_H
#define WAITBENCH_RECORDS_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/error.h"

/* Begin with `in` alone set. */
struct records {
    FILE *in;
    char *text;       /* the record, without its newline; to be changed at will */
    size_t line;      /* where it began, from 1 */
    size_t next_line; /* lines read so far */
};

/* Read the next record: a line or, with `csv`, as many as a quoted field goes on for. Returns 1, 0
 * at the end, or -1 where the last line has no end: the file was cut short. */
int records_next(struct records *records, bool csv, struct error *error);

void records_release(struct records *records);

/* Cut the next field off a CSV record, unquoted in place; `*rest`, the record at first, becomes
 * NULL behind the last one. */
char *records_csv_field(char **rest);

#endif
