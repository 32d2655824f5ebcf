/* Options of a command: one table says what there is, what --help prints and who takes it. */
#ifndef WAITBENCH_OPTIONS_H
#define WAITBENCH_OPTIONS_H

#include <stddef.h>

#include "lib/error.h"

struct option_row {
    const char *name;     /* without the dashes */
    char letter;          /* 0 for none */
    const char *argument; /* what --help calls it; NULL for a flag */
    const char *help;
    /* Take the value (NULL for a flag) into the set's target; 0, or -1 with `error`. */
    int (*take)(void *target, const char *value, struct error *error);
    const char *alias; /* its name in earlier versions, or NULL */
};

/* Rows that share a target. A command may have several sets. Ended by a row without a name. */
struct option_set {
    const struct option_row *rows;
    void *target;
};

struct command_help {
    const char *usage;   /* "run --driver NAME [options]" */
    const char *summary; /* what it is for, in a paragraph */
};

enum options_result { OPTIONS_OK, OPTIONS_HELPED, OPTIONS_WRONG };

enum { OPTIONS_MAX = 48 };

/* Take all options; `*first` becomes the index of the first other word in argv. HELPED: --help was
 * asked for and printed. WRONG: `error` says what is. */
enum options_result options_parse(int argc, char **argv, const struct command_help *help,
                                  const struct option_set *sets, size_t set_count, int *first,
                                  struct error *error);

/* A command that takes some of another's options: `picks` (ended by a row without a name) names
 * them and, where its default is another, says their help anew (NULL: as it is). `out` has room for
 * them and an end. */
struct option_pick {
    const char *name, *help;
};
void options_pick(const struct option_row *rows, const struct option_pick *picks,
                  struct option_row *out);

/* The words of the command, each followed by `separator`; -1 where they do not fit, and are cut. */
int options_join(int argc, char **argv, char separator, char *out, size_t size);

/* Split "a,b,c" and call `take` for each piece; an empty piece is an error. */
int options_each(const char *list, int (*take)(void *target, const char *piece, struct error *),
                 void *target, struct error *error);

#endif
