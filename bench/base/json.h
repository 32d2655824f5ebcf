/* JSON, written. (It is read by SQLite: bench/keep/store_json.h.) */
#ifndef WAITBENCH_JSON_H
#define WAITBENCH_JSON_H

#include <stdio.h>

/* A string in its quotes. It may stand in a page: of '<', '>' and '&' the code is written. */
void json_put_string(const char *text, FILE *out);

#endif
