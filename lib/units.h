/* Numbers with units, parsed and formatted: "100ms", "1.5s", "4k", and times in the talk's form. */
#ifndef WAITBENCH_UNITS_H
#define WAITBENCH_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "error.h"

enum { UNITS_TEXT_BYTES = 32 }; /* room for anything written here */

static const nsec_t UNITS_TIME_MAX = 1000 * 3600 * NSEC_PER_SEC;

/* A duration: a number, decimals allowed, and ns, us, ms, s, m or h; a bare 0 needs no unit.
 * Returns 0, or -1 for anything else (negative, no unit, trailing text, over 1000 hours). */
int units_parse_time(const char *text, nsec_t *out, struct error *error);

/* A count: an integer, optionally with k, M (or m) or G (1000 each step) or Ki, Mi, Gi (1024).
 * Returns 0, or -1 where it is malformed or outside [low, high]. */
int units_parse_count(const char *text, int64_t low, int64_t high, int64_t *out,
                      struct error *error);

/* A size in bytes, with the same units: "65536", "64Ki". */
int units_parse_bytes(const char *text, int64_t low, int64_t high, int64_t *out,
                      struct error *error);

/* A share: "2%" or "0.02", above 0 and at most 1. Returns 0 or -1. */
int units_parse_share(const char *text, double *out, struct error *error);

/* Three significant digits and a suitable unit: "31.5 us", "102 ms", "1.35 s". Returns `buffer`,
 * which holds UNITS_TEXT_BYTES. */
char *units_format_time(nsec_t time, char *buffer);

/* The shortest form that parses to the same duration: "100ms", "1500us", "0". */
char *units_format_time_exact(nsec_t time, char *buffer);

/* The talk's form: usec below 1 ms, msec below 100 ms, else sec: "0.452 sec". */
char *units_format_talk(nsec_t time, char *buffer);

/* "4.1 KiB", "12.0 MiB". */
char *units_format_bytes(int64_t bytes, char *buffer);

/* "no runs", "1 run", "12 runs", of "run". */
char *units_format_count(size_t count, const char *noun, char *buffer);

#endif
