/* What a case consists of: the one table of its fields. Options, the store's columns, the key
 * columns of exports, what makes two cases the same, labels, names of files and the command line of
 * a case are all made from it, so that a new field is a row here, a member of struct bench_case and
 * the code where it takes effect. */
#ifndef WAITBENCH_CASE_FIELDS_H
#define WAITBENCH_CASE_FIELDS_H

#include "bench/base/member.h"
#include "lib/units.h"
#include "plan.h"

enum case_type {
    CASE_NUMBER,
    CASE_FLAG,
    CASE_TIME,     /* ns in memory and in the store, seconds in exports */
    CASE_WORD,     /* an enum; its words are those of the option */
    CASE_TEXT,     /* NULL is none, "" elsewhere */
    CASE_DRIVER,   /* by its name */
    CASE_WORKLOAD, /* by its name */
};

/* How much two cases have in common: each includes those before it. */
enum case_likeness {
    CASE_SAME_REQUESTS, /* their requests are alike, and made in the same way */
    CASE_SAME_TABLE,    /* they belong into one table */
    CASE_SAME_PLACE,    /* they do the same task: their makespans can be compared */
    CASE_SAME,          /* they are the same case */
};

struct case_field {
    const char *name;     /* its column in the store */
    const char *exported; /* its column in exports; NULL: it is in none */
    const char *old;      /* that before schema 11, or NULL */
    enum case_type type;
    enum case_likeness likeness; /* the least for which it has to be equal */
    struct member member;
    const char *label;     /* "backlog %s"; of a flag that is set */
    const char *label_off; /* of a flag that is not */
    /* Does it apply to this case, and not follow from the other fields? NULL: always. */
    bool (*applies)(const struct bench_case *c);
    /* Into a struct plan_request, where some are lists. Its initial value is the usual one, also in
     * old exports. The last fields have no option. */
    struct option_row option;
    bool head;   /* a label begins with it */
    bool silent; /* a label leaves out its usual value */
};

/* Ended by a field without a name. */
extern const struct case_field case_fields[];

enum { CASE_FIELDS_MAX = 32, CASE_LABEL_BYTES = CASE_TEXT_BYTES + 1024 };

/* Sets of fields: a bit for each, in the table's order. */
#define CASE_BIT(member) case_field_bit(offsetof(struct bench_case, member))
unsigned case_field_bit(size_t offset);
unsigned case_fields_of(enum case_likeness likeness);
unsigned case_heads(void); /* those that labels begin with */

/* Options of all fields that have one, as a set of an option table. */
#define CASE_OPTION_SET(request_offset, names)                                                     \
    {                                                                                              \
        .rows = &case_fields[0].option, .stride = sizeof(struct case_field),                       \
        .offset = (request_offset), .only = (names)                                                \
    }

/* A field's value: a word or, where that is NULL, a number. */
struct case_value {
    const char *word;
    int64_t number;
};

struct case_value case_get(const struct bench_case *c, const struct case_field *field);

/* "5ms", "4096", "libev": as an option takes it. Returns `text`, or the word itself. */
const char *case_text(const struct bench_case *c, const struct case_field *field,
                      char text[UNITS_TEXT_BYTES]);

/* Set a value that was kept. Words are copied. -1 where a choice is not known, or a number is not
 * one that the option takes. */
int case_set(struct bench_case *c, const struct case_field *field, struct case_value value,
             struct error *error);

/* The same from the text of an export. */
int case_parse(struct bench_case *c, const struct case_field *field, const char *text,
               struct error *error);

/* The text of an export's column as a count, or as seconds. -1 for anything else, with the column's
 * name. */
int case_parse_count(const char *column, const char *text, int64_t *out, struct error *error);
int case_parse_seconds(const char *column, const char *text, double *out, struct error *error);

/* A case whose fields have their usual values. */
struct bench_case case_usual(void);

/* The field of an export's column, by its name of today or earlier; the table's end if none. */
const struct case_field *case_field_exported(const char *column);

/* Order two cases by some of their fields. As strcmp(). */
int case_order(const struct bench_case *a, const struct bench_case *b, unsigned fields);
bool case_alike(const struct bench_case *a, const struct bench_case *b,
                enum case_likeness likeness);

/* The heads, and the fields of a case that differ from the usual. */
unsigned case_unusual(const struct bench_case *c);

/* The fields that apply to both of two cases, and differ. */
unsigned case_differences(const struct bench_case *a, const struct bench_case *b);

/* "libev closed 8, kept alive, server delay 5 ms": these fields in words, but for those that do not
 * apply. With case_unusual() no other case has the same label. Returns `buffer`. */
char *case_label(const struct bench_case *c, unsigned fields, char buffer[CASE_LABEL_BYTES]);

#endif
