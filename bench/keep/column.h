/* Columns of the store as members of a struct: rows are written from, and read into, structs by
 * const tables of these, ended by {0}. */
#ifndef WAITBENCH_COLUMN_H
#define WAITBENCH_COLUMN_H

#include "bench/base/member.h"

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
