/* Options from tables: a row has an option's name, type, range, initial value, help and the field
 * for its value. Parsing, --help and other lists of options use the rows, so that each of these is
 * stated once. */
#ifndef WAITBENCH_OPTIONS_H
#define WAITBENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "error.h"

enum option_type {
    OPTION_FLAG,   /* takes no value; its field becomes 1 */
    OPTION_COUNT,  /* an integer, "1024" or "1k" */
    OPTION_BYTES,  /* an integer, "65536" or "64Ki" */
    OPTION_TIME,   /* nsec_t, "100ms"; -1 if not given and without initial value */
    OPTION_SHARE,  /* double, "2%" or "0.02": above 0 and at most 1 */
    OPTION_WORD,   /* one of `words`; its field becomes the word's index */
    OPTION_TEXT,   /* const char *, into argv */
    OPTION_CUSTOM, /* parsed by `take` */
};

/* A word of an OPTION_WORD, and its name in earlier versions or NULL. A table of these ends with a
 * row without a name; "" is a value that cannot be given. */
struct option_word {
    const char *name, *alias;
};

struct option_row {
    const char *name; /* without the dashes */
    int letter;       /* 0 for none */
    enum option_type type;
    const char *alias;    /* name in earlier versions, or NULL */
    const char *argument; /* the value's name in --help, unless that of its type */
    const char *help;     /* without the initial value */
    const char *initial;  /* the default value, as a user would write it */
    const char *unset;    /* the default in words, if there is no initial value; or NULL */
    int64_t min, max;     /* of OPTION_COUNT, _BYTES and _TIME (ns); max 0: the type's maximum */
    const struct option_word *words; /* of OPTION_WORD; for other types in the help only */
    const char *values; /* without `words`: the set that a shell completes from (manual/values.h) */
    /* OPTION_CUSTOM: parse the value into the field at `offset`, or with 0 into the whole target of
     * the set. Returns 0, or -1 with `error`. */
    int (*take)(void *field, const char *value, struct error *error);
    /* Where the value goes, as offsets in the set's target: OPTION_FIELD or OPTION_LIST. */
    size_t offset, size;
    size_t list_max, list_count; /* of a list: capacity, and the offset of the count (size_t) */
    size_t given;                /* offset of a bool: the value is not the initial one; 0: none */
    bool list_may_be_none;       /* "none" is the empty list */
    bool retired;                /* of earlier versions: accepted, but not listed */
};

/* A field; its size determines the integer type. */
#define OPTION_FIELD(type, field)                                                                  \
    .offset = offsetof(type, field),                                                               \
    .size = sizeof(struct { __typeof__(((type *)0)->field) value; })

/* "a,b,c" of integers or words into an array and a size_t; duplicates count once. */
#define OPTION_LIST(type, array, count)                                                            \
    .offset = offsetof(type, array), .size = sizeof(((type *)NULL)->array[0]),                     \
    .list_max = sizeof(struct { __typeof__(((type *)0)->array) value; }) /                         \
                sizeof(((type *)NULL)->array[0]),                                                  \
    .list_count = offsetof(type, count)

/* A value for an option, as a user would write it. A table of these ends with a row without a name.
 */
struct option_value {
    const char *name, *value;
};

/* Rows, ended by one without a name, with a common target: a struct at `offset` in the table's
 * target. They may be members of larger structs. */
struct option_set {
    const struct option_row *rows;
    size_t stride; /* from one to the next; 0: that of an array of rows */
    size_t offset;
    /* The names of the accepted rows, ended by NULL (the others keep their initial values); NULL:
     * all. */
    const char *const *only;
};

enum { OPTIONS_MAX = 48, OPTION_SETS_MAX = 8 };

/* The options of a program or of one of its commands. */
struct option_table {
    const char *program;                /* "waitbench run" */
    const char *usage;                  /* after its name: "--driver NAME [options]", or NULL */
    const char *brief;                  /* one line */
    const char *summary;                /* paragraphs; lines are wrapped when printed */
    int words;                          /* most arguments that are not options */
    const char *word_values;            /* the set that a shell completes these from, or NULL */
    const struct option_value *initial; /* in place of the rows' own, or NULL */
    struct option_set sets[OPTION_SETS_MAX]; /* ended by one without rows */
};

/* An option of a table, for --help and other lists. */
struct option_entry {
    const struct option_row *row;
    const char *initial; /* or NULL */
    size_t offset;       /* of its set */
};

/* List the options of a table without retired ones; the last is --help. Returns how many. */
size_t options_list(const struct option_table *table, struct option_entry entries[OPTIONS_MAX]);

/* The value's name, "TIME" or "on|off|full", or NULL of a flag. Returns it or `text`. */
enum { OPTION_ARGUMENT_BYTES = 64 };

const char *option_argument(const struct option_row *row, char text[OPTION_ARGUMENT_BYTES]);

/* What --help says: the help, the initial value and other names. */
enum { OPTION_EXPLANATION_BYTES = 512 };

void option_explain(const struct option_entry *entry, char out[OPTION_EXPLANATION_BYTES]);

/* Set all initial values; fields without one are unchanged, except OPTION_TIME. Returns 0 or -1. */
int options_init(const struct option_table *table, void *target, struct error *error);

/* Set these values. Returns 0 or -1. */
int options_set(const struct option_table *table, void *target, const struct option_value *values,
                struct error *error);

/* Set all initial values and the options of a command line; `*first` becomes the index of the first
 * other argument in argv. HELPED: --help was given, and the help printed. WRONG: `error` has the
 * problem. */
enum options_result { OPTIONS_OK, OPTIONS_HELPED, OPTIONS_WRONG };

enum options_result options_parse(const struct option_table *table, void *target, int argc,
                                  char **argv, int *first, struct error *error);

/* The index of a word by its name or alias, or -1. */
int option_word_find(const struct option_word *words, const char *text, struct error *error);

/* Split "a,b,c" and call `take` for each piece; an empty piece is an error. */
int options_each(const char *list, int (*take)(void *target, const char *piece, struct error *),
                 void *target, struct error *error);

#endif
