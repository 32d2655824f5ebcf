#include "worksheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/member.h"
#include "lib/rng.h"
#include "lib/terminal.h"
#include "lib/units.h"

const struct worksheet_lab *worksheet_find_lab(const char *name, struct error *error)
{
    char names[WORKSHEET_TEXT_BYTES] = "";
    for (const struct worksheet_lab *lab = worksheet_labs; lab->name; lab++) {
        if (name && !strcmp(lab->name, name))
            return lab;
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", *names ? ", " : "",
                 lab->name);
    }
    if (name)
        error_set(error, "there is no lab '%s'; it can be %s", name, names);
    else
        error_set(error, "say which lab: %s", names);
    return NULL;
}

/* ---- drawing parameters ---- */

static unsigned draw(struct rng *rng, struct worksheet_range range)
{
    if (!range.step)
        return range.low;
    return range.low + range.step * (unsigned)rng_upto(rng, (range.high - range.low) / range.step);
}

/* One of the words, by a number that any count of them divides well enough. */
static void draw_word(struct rng *rng, const char *words, char out[WORKSHEET_DRIVER_BYTES])
{
    size_t count = 1;
    for (const char *at = words; *at; at++)
        count += *at == ' ';
    for (size_t skip = (size_t)rng_upto(rng, count - 1); skip; skip--)
        words = strchr(words, ' ') + 1;
    snprintf(out, WORKSHEET_DRIVER_BYTES, "%.*s", (int)strcspn(words, " "), words);
}

/* In this order for ever: another one would give every student another worksheet. */
static struct worksheet_values draw_values(const struct worksheet_row *row, struct rng *rng)
{
    struct worksheet_values v = {.driver = ""};
    if (row->drivers)
        draw_word(rng, row->drivers, v.driver);
    v.concurrency = draw(rng, row->concurrency);
    v.requests = draw(rng, row->rounds) * v.concurrency;
    v.requests += draw(rng, row->rest);
    v.backlog = draw(rng, row->backlog);
    v.workers = draw(rng, row->workers);
    v.load_percent = draw(rng, row->load_percent);
    v.stack_bytes = draw(rng, row->stack_kib) * 1024;
    v.delay = draw(rng, row->delay_ms) * NSEC_PER_MSEC;
    v.work = draw(rng, row->work_ms) * NSEC_PER_MSEC;
    v.twice = 2 * v.concurrency;
    v.quarter = v.concurrency / 4;
    if (v.delay)
        v.rate = (unsigned)lround(v.load_percent / 100.0 * v.workers / clock_seconds(v.delay));
    return v;
}

/* ---- texts ---- */

static const struct placeholder {
    const char *name;
    struct member member;
    bool is_time;
} placeholders[] = {
    {"driver", MEMBER(struct worksheet_values, driver), false},
    {"C", MEMBER(struct worksheet_values, concurrency), false},
    {"twice", MEMBER(struct worksheet_values, twice), false},
    {"quarter", MEMBER(struct worksheet_values, quarter), false},
    {"N", MEMBER(struct worksheet_values, requests), false},
    {"backlog", MEMBER(struct worksheet_values, backlog), false},
    {"workers", MEMBER(struct worksheet_values, workers), false},
    {"load", MEMBER(struct worksheet_values, load_percent), false},
    {"rate", MEMBER(struct worksheet_values, rate), false},
    {"stack", MEMBER(struct worksheet_values, stack_bytes), false},
    {"delay", MEMBER(struct worksheet_values, delay), true},
    {"work", MEMBER(struct worksheet_values, work), true},
};

/* A name that is none is a bug in a lab's table. */
static const struct placeholder *find_placeholder(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
        if (strlen(placeholders[i].name) == length && !memcmp(placeholders[i].name, name, length))
            return &placeholders[i];
    fprintf(stderr, "waitbench: no parameter is called '%.*s'\n", (int)length, name);
    abort();
}

static void put_value(const struct placeholder *placeholder, const struct worksheet_values *values,
                      FILE *out)
{
    char text[UNITS_TEXT_BYTES];
    const struct member *member = &placeholder->member;
    if (member->type == MEMBER_TEXT)
        fputs(member_in(member, values), out);
    else if (placeholder->is_time)
        fputs(units_format_time_exact(member_integer(member, values), text), out);
    else
        fprintf(out, "%lld", (long long)member_integer(member, values));
}

static void expand(const char *template, const struct worksheet_values *values,
                   char out[WORKSHEET_TEXT_BYTES])
{
    FILE *memory = fmemopen(out, WORKSHEET_TEXT_BYTES, "w");
    if (!memory)
        abort();
    while (*template) {
        size_t plain = strcspn(template, "{");
        fwrite(template, 1, plain, memory);
        template += plain;
        if (!*template)
            break;
        size_t length = strcspn(++template, "}");
        put_value(find_placeholder(template, length), values, memory);
        template += length + 1;
    }
    fputc('\0', memory);
    if (fclose(memory) != 0)
        abort(); /* too long: a bug in a lab's table */
}

/* ---- the worksheet ---- */

/* FNV-1a, by Fowler, Noll and Vo: a student's name as a number. */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

static void make_question(const struct worksheet_row *row, size_t number, uint64_t seed,
                          struct worksheet_question *out)
{
    struct rng rng;
    rng_init(&rng, rng_mix(seed, number));
    *out = (struct worksheet_question){.row = row, .values = draw_values(row, &rng)};
    snprintf(out->name, sizeof(out->name), "q%zu", number);
    expand(row->text, &out->values, out->text);
    expand(row->solution, &out->values, out->solution);
    out->theory = row->theory(&out->values);
    for (; out->case_count < WORKSHEET_CASES_MAX && row->cases[out->case_count];
         out->case_count++) {
        size_t i = out->case_count;
        expand(row->cases[i], &out->values, out->cases[i]);
        snprintf(out->variants[i], WORKSHEET_NAME_BYTES, "q%zu%s", number,
                 !row->cases[1] ? ""
                 : i            ? "b"
                                : "a");
    }
}

static int check_student(const char *student, struct error *error)
{
    char defused[WORKSHEET_STUDENT_BYTES];
    if (strlen(student) >= WORKSHEET_STUDENT_BYTES)
        return error_set(error, "--student: a name can have %d bytes", WORKSHEET_STUDENT_BYTES - 1);
    strcpy(defused, student);
    text_defuse(defused);
    if (strcmp(defused, student) != 0 || strpbrk(student, "\n\t"))
        return error_set(error, "--student: a name has no control characters");
    return 0;
}

int worksheet_make(struct worksheet *sheet, const struct worksheet_lab *lab, uint64_t seed,
                   const char *student, struct error *error)
{
    if (check_student(student, error) < 0)
        return -1;
    *sheet = (struct worksheet){.lab = lab, .seed = seed};
    strcpy(sheet->student, student);
    const uint64_t own = rng_mix(rng_mix(seed, hash_text(student)), hash_text(lab->name));
    snprintf(sheet->id, sizeof(sheet->id), "%s-%llu-%016llx", lab->name, (unsigned long long)seed,
             (unsigned long long)own);
    for (const struct worksheet_row *row = lab->rows; row->text; row++) {
        make_question(row, sheet->count + 1, own, &sheet->questions[sheet->count]);
        sheet->count++;
    }
    return 0;
}

/* ---- predictions ---- */

static int parse_number(const char *text, double *out, struct error *error)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    if (end == text || *end || errno || !isfinite(*out))
        return error_set(error, "'%.40s' is no number", text);
    return 0;
}

int worksheet_parse_prediction(const struct worksheet_question *question, const char *text,
                               double *out, struct error *error)
{
    const char *unit = question->row->unit;
    int result;
    if (!strcmp(unit, "s")) {
        nsec_t time = 0;
        result = units_parse_time(text, &time, error);
        *out = clock_seconds(time);
    } else if (!strcmp(unit, "bytes")) {
        int64_t bytes = 0;
        result = units_parse_bytes(text, 0, INT64_C(1) << 50, &bytes, error);
        *out = (double)bytes;
    } else {
        result = parse_number(text, out, error);
    }
    if (result == 0 && *out <= 0)
        result = error_set(error, "'%.40s' is not above 0", text);
    return result < 0 ? error_prefix(error, "the prediction for %s", question->name) : 0;
}

int worksheet_find_question(const struct worksheet *sheet, const char *name, struct error *error)
{
    for (size_t i = 0; i < sheet->count; i++)
        if (!strcmp(sheet->questions[i].name, name))
            return (int)i;
    return error_set(error, "%s has no question '%.40s'; they are q1 to q%zu", sheet->lab->name,
                     name, sheet->count);
}
