/* Writing JSON. (SQLite reads it: store_json_each().) */
#ifndef WAITBENCH_JSON_H
#define WAITBENCH_JSON_H

#include <stdio.h>

/* Write a quoted string. '<', '>' and '&' are escaped, so that it can be embedded in HTML. */
void json_put_string(const char *text, FILE *out);

#endif
