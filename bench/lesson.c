/* The lessons there are, in the order of their numbers. */
#include "lesson.h"

#include <stdlib.h>
#include <string.h>

/* Made by the Makefile from the files of lessons/, in the order of the files' names; ended by NULL.
 */
extern const struct lesson *const lesson_files[];

enum { LESSONS_MAX = 64 };

static int by_number(const void *a, const void *b)
{
    const struct lesson *const *x = a, *const *y = b;
    return (*x)->number < (*y)->number ? -1 : (*x)->number > (*y)->number;
}

const struct lesson *const *lessons(void)
{
    static const struct lesson *sorted[LESSONS_MAX + 1];
    size_t n = 0;
    while (n < LESSONS_MAX && lesson_files[n]) {
        sorted[n] = lesson_files[n];
        n++;
    }
    qsort(sorted, n, sizeof(sorted[0]), by_number);
    return sorted;
}

const struct lesson *lesson_find(const char *name)
{
    for (const struct lesson *const *l = lessons(); *l; l++)
        if (!strcmp((*l)->name, name))
            return *l;
    return NULL;
}
