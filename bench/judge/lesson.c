/* The lessons there are, in the order of their numbers. */
#include "lesson.h"

#include <string.h>

/* Made by the Makefile from the files of lessons/, in the order of the files' names; ended by NULL.
 */
extern const struct lesson *const lesson_files[];

enum { LESSONS_MAX = 64 };

const struct lesson *const *lessons(void)
{
    static const struct lesson *sorted[LESSONS_MAX + 1];
    size_t n = 0;
    for (; n < LESSONS_MAX && lesson_files[n]; n++) {
        size_t place = n; /* a handful: each is inserted where it belongs */
        for (; place > 0 && sorted[place - 1]->number > lesson_files[n]->number; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = lesson_files[n];
    }
    sorted[n] = NULL;
    return sorted;
}

const struct lesson *lesson_find(const char *name)
{
    for (const struct lesson *const *l = lessons(); *l; l++)
        if (!strcmp((*l)->name, name))
            return *l;
    return NULL;
}
