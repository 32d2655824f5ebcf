#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct unit {
    const char *name;
    int64_t scale;
};

/* Largest first: units_format_time_exact() takes the first that fits. */
static const struct unit time_units[] = {
    {"h", 3600 * NSEC_PER_SEC}, {"m", 60 * NSEC_PER_SEC}, {"s", NSEC_PER_SEC},
    {"ms", NSEC_PER_MSEC},      {"us", NSEC_PER_USEC},    {"ns", 1},
};

static const struct unit count_units[] = {
    {"", 1},
    {"k", 1000},
    {"K", 1000},
    {"M", 1000000},
    {"m", 1000000},
    {"Ki", 1024},
    {"Mi", 1024 * 1024},
    {"G", 1000000000},
    {"Gi", 1024 * 1024 * 1024},
};

static const struct unit *unit_find(const struct unit *units, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(units[i].name, name))
            return &units[i];
    return NULL;
}

/* %.80s here and below: the reason must fit behind a long argument. */
static int time_error(const char *text, struct error *error)
{
    return error_set(error,
                     "'%.80s' is not a time: write a number with its unit, "
                     "such as 100ms, 1.5s or 250us",
                     text);
}

int units_parse_time(const char *text, nsec_t *out, struct error *error)
{
    /* strtod alone would accept "inf", "0x1p3", a sign and leading blanks. */
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double number = strtod(text, &end);
    if (!digits || end != text + digits)
        return time_error(text, error);
    const struct unit *unit = unit_find(time_units, ARRAY_LEN(time_units), end);
    if (!unit && !(*end == '\0' && number == 0))
        return time_error(text, error);
    double time = unit ? round(number * (double)unit->scale) : 0;
    if (time > (double)UNITS_TIME_MAX)
        return error_set(error, "'%.80s' is too long: 1000h at most", text);
    *out = (nsec_t)time;
    return 0;
}

/* An integer and its unit. Returns 0, EINVAL if it is malformed, or ERANGE if it exceeds int64_t.
 */
static int parse_integer(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    const struct unit *unit = unit_find(count_units, ARRAY_LEN(count_units), end);
    if (!strchr("-0123456789", *text) || end == text || !unit)
        return EINVAL;
    bool fits = !__builtin_mul_overflow((int64_t)number, unit->scale, out);
    return fits ? errno : ERANGE;
}

int units_parse_count(const char *text, int64_t low, int64_t high, int64_t *out,
                      struct error *error)
{
    int64_t count;
    int problem = parse_integer(text, &count);
    if (problem == EINVAL)
        return error_set(error, "'%.80s' is not a whole number (k, M, Ki and Mi may follow it)",
                         text);
    if (problem || count < low || count > high)
        return error_set(error, "'%.80s' is out of range: from %" PRId64 " to %" PRId64, text, low,
                         high);
    *out = count;
    return 0;
}

int units_parse_bytes(const char *text, int64_t low, int64_t high, int64_t *out,
                      struct error *error)
{
    char from[UNITS_TEXT_BYTES], to[UNITS_TEXT_BYTES];
    int64_t bytes;
    int problem = parse_integer(text, &bytes);
    if (problem == EINVAL)
        return error_set(error, "'%.80s' is not a number of bytes, such as 65536, 64Ki or 2M",
                         text);
    if (problem || bytes < low || bytes > high)
        return error_set(error, "'%.80s' is out of range: from %s to %s", text,
                         units_format_bytes(low, from), units_format_bytes(high, to));
    *out = bytes;
    return 0;
}

int units_parse_share(const char *text, double *out, struct error *error)
{
    char *end;
    size_t digits = strspn(text, "0123456789.");
    double share = strtod(text, &end);
    bool percent = !strcmp(end, "%");
    if (percent)
        share /= 100;
    if (!digits || end != text + digits || (*end && !percent) || !(share > 0) || share > 1)
        return error_set(
            error, "'%.80s' is not a share above 0 and at most 1: write it as 2%% or 0.02", text);
    *out = share;
    return 0;
}

char *units_format_time(nsec_t time, char *buffer)
{
    static const struct unit shown[] = {
        {"s", NSEC_PER_SEC}, {"ms", NSEC_PER_MSEC}, {"us", NSEC_PER_USEC}, {"ns", 1}};
    const struct unit *unit = shown;
    double magnitude = fabs((double)time);
    while (unit->scale > 1 && magnitude < 0.9995 * (double)unit->scale)
        unit++;
    double number = (double)time / (double)unit->scale;
    int decimals = fabs(number) < 9.995 ? 2 : fabs(number) < 99.95 ? 1 : 0;
    snprintf(buffer, UNITS_TEXT_BYTES, "%.*f %s", unit->scale == 1 ? 0 : decimals, number,
             unit->name);
    return buffer;
}

char *units_format_time_exact(nsec_t time, char *buffer)
{
    if (time == 0)
        return strcpy(buffer, "0");
    /* Tables are easier to read without minutes and hours: start at seconds. */
    const struct unit *unit = unit_find(time_units, ARRAY_LEN(time_units), "s");
    while (time % unit->scale)
        unit++;
    snprintf(buffer, UNITS_TEXT_BYTES, "%" PRId64 "%s", time / unit->scale, unit->name);
    return buffer;
}

char *units_format_talk(nsec_t time, char *buffer)
{
    if (time < NSEC_PER_MSEC)
        /* "%.3g" would write what rounds to a thousand as 1e+03. */
        snprintf(buffer, UNITS_TEXT_BYTES, time < 999500 ? "%.3g usec" : "%.0f usec",
                 (double)time / 1e3);
    else if (time < 100 * NSEC_PER_MSEC)
        snprintf(buffer, UNITS_TEXT_BYTES, "%.3g msec", (double)time / 1e6);
    else
        snprintf(buffer, UNITS_TEXT_BYTES, "%.3f sec", (double)time / 1e9);
    return buffer;
}

char *units_format_bytes(int64_t bytes, char *buffer)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double number = (double)bytes;
    size_t i = 0;
    for (; fabs(number) >= 1023.95 && i + 1 < ARRAY_LEN(names); i++)
        number /= 1024;
    snprintf(buffer, UNITS_TEXT_BYTES, "%.*f %s", i ? 1 : 0, number, names[i]);
    return buffer;
}

char *units_format_count(size_t count, const char *noun, char *buffer)
{
    if (count)
        snprintf(buffer, UNITS_TEXT_BYTES, "%zu %s%s", count, noun, count == 1 ? "" : "s");
    else
        snprintf(buffer, UNITS_TEXT_BYTES, "no %ss", noun);
    return buffer;
}
