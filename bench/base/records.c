#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t count_quotes(const char *text)
{
    size_t quotes = 0;
    for (; *text; text++)
        quotes += *text == '"';
    return quotes;
}

int records_next(struct records *records, bool csv, struct error *error)
{
    char *piece = NULL;
    size_t room = 0, used = 0, quotes = 0;
    ssize_t length;
    bool complete = false;
    records->line = records->next_line + 1;
    while (!complete && (length = getline(&piece, &room, records->in)) > 0) {
        records->next_line++;
        records->text = xrealloc(records->text, used + (size_t)length + 1, 1);
        memcpy(records->text + used, piece, (size_t)length + 1);
        used += (size_t)length;
        quotes += count_quotes(piece);
        complete = piece[length - 1] == '\n' && !(csv && quotes % 2);
    }
    free(piece);
    if (!complete && (used || ferror(records->in)))
        return error_set(error, "the file is truncated: its last line has no newline");
    if (!complete)
        return 0;
    records->text[--used] = '\0';
    if (used && records->text[used - 1] == '\r') /* written by a spreadsheet */
        records->text[--used] = '\0';
    return 1;
}

void records_release(struct records *records)
{
    free(records->text);
    records->text = NULL;
}

char *records_csv_field(char **rest)
{
    char *from = *rest, *to = *rest, *field = *rest;
    bool quoted = false;
    for (; *from && (quoted || *from != ','); from++) {
        if (*from != '"')
            *to++ = *from;
        else if (quoted && from[1] == '"')
            *to++ = *from++;
        else
            quoted = !quoted;
    }
    *rest = *from ? from + 1 : NULL;
    *to = '\0';
    return field;
}

static int value_error(const char *column, const char *text, const char *wanted,
                       struct error *error)
{
    return error_set(error, "%s is '%.40s', which is not %s", column, text, wanted);
}

int records_count(const char *column, const char *text, int64_t *out, struct error *error)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || *out > INT32_MAX)
        return value_error(column, text, "a count", error);
    return 0;
}

int records_seconds(const char *column, const char *text, double *out, struct error *error)
{
    char *end;
    *out = strtod(text, &end);
    bool plain = strspn(text, "0123456789.eE+-") == strlen(text) && end != text && !*end;
    if (!plain || !(*out >= 0 && *out < 1e9))
        return value_error(column, text, "a time in seconds", error);
    return 0;
}
