/* A member of a struct by its type and place, so that a const table can say where a value is kept:
 * the fields of a case, the columns of the store. */
#ifndef WAITBENCH_MEMBER_H
#define WAITBENCH_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum member_type {
    MEMBER_SIGNED,   /* an integer, of `size` bytes, as the next */
    MEMBER_UNSIGNED, /* bool and enum too */
    MEMBER_REAL,
    MEMBER_TEXT,    /* char[size] */
    MEMBER_WORD,    /* const char *, which may be NULL */
    MEMBER_POINTER, /* to something else */
};

struct member {
    enum member_type type;
    size_t offset, size;
};

/* Of any type, for expressions that are not evaluated; it is defined nowhere. */
extern void *member_unevaluated;

/* An initializer: MEMBER(struct run_record, makespan). */
#define MEMBER(of, name)                                                                                              \
    {                                                                                                                 \
        .type = _Generic(((of *)member_unevaluated)->name,                                                          \
            int: MEMBER_SIGNED,                                                                    \
            long: MEMBER_SIGNED,                                                                   \
            long long: MEMBER_SIGNED,                                                              \
            bool: MEMBER_UNSIGNED,                                                                 \
            unsigned: MEMBER_UNSIGNED,                                                             \
            unsigned long: MEMBER_UNSIGNED,                                                        \
            unsigned long long: MEMBER_UNSIGNED,                                                   \
            double: MEMBER_REAL,                                                                   \
            char *: MEMBER_TEXT,                                                                   \
            const char *: MEMBER_WORD,                                                             \
            default: MEMBER_POINTER),                                                              \
        .offset = offsetof(of, name), .size = sizeof(struct { __typeof__(((of *)member_unevaluated)->name) value; }) \
    }

/* Of SIGNED and UNSIGNED members. A value that does not fit is cut, as by a cast. */
int64_t member_integer(const struct member *member, const void *of);
void member_set_integer(const struct member *member, void *of, int64_t value);

static inline const void *member_in(const struct member *member, const void *of)
{
    return (const char *)of + member->offset;
}

static inline void *member_of(const struct member *member, void *of)
{
    return (char *)of + member->offset;
}

/* Columns of the store as members of a struct: rows are written from, and read into, structs by
 * const tables of these, ended by {0}. */
struct column {
    const char *name;
    struct member member; /* NAN of a REAL one is NULL in the store */
    bool nullable;        /* so is, of an integer, */
    int64_t null;
    const char *const *words; /* of an enum, ended by NULL; a word that is none reads as the last */
};

#define COLUMN(column_name, of, member_name)                                                       \
    {                                                                                              \
        .name = (column_name), .member = MEMBER(of, member_name)                                   \
    }
#define COLUMN_OR_NULL(column_name, of, member_name, null_value)                                   \
    {                                                                                              \
        .name = (column_name), .member = MEMBER(of, member_name), .nullable = true,                \
        .null = (null_value)                                                                       \
    }
#define COLUMN_WORD(column_name, of, member_name, word_list)                                       \
    {                                                                                              \
        .name = (column_name), .member = MEMBER(of, member_name), .words = (word_list)             \
    }

#endif
