/* A lesson: a claim, the cases that would show it, what theory says, and a test on the evidence.
 * One file in lessons/ each, which ends in LESSON(name) = {...}; the Makefile lists them. The
 * harness runs its cases like any campaign, interleaved and recorded. */
#ifndef WAITBENCH_LESSON_H
#define WAITBENCH_LESSON_H

#include "evidence.h"

enum { LESSON_VARIANTS_MAX = 16 };

/* A case by the name that judge() knows it by, as options of `waitbench run`. */
struct lesson_variant {
    const char *name, *options;
};

struct lesson {
    unsigned number;      /* in the course */
    const char *name;     /* "accept-queue": what the user types */
    const char *title;    /* one line */
    const char *question; /* what is to be found out */
    const char *claim;    /* what is claimed, so that it can be false */
    const char *theory;   /* what theory predicts, and why */
    struct lesson_variant variants[LESSON_VARIANTS_MAX]; /* as many as have a name */
    unsigned repetitions;                                /* runs of each case; 0 is 5 */
    unsigned cores;                                      /* the machine must have; 0 is 1 */
    bool samples;         /* single requests are kept, for what follows */
    const char *pictures; /* of plots/, drawn besides the evidence: "runs waterfall"; or NULL */
    void (*judge)(struct evidence *evidence);
};

/* At the end of a lesson's file: LESSON(accept_queue) = {.number = 2, …}; where accept_queue is the
 * file's name. */
#define LESSON(id)                                                                                 \
    extern const struct lesson lesson_##id;                                                        \
    const struct lesson lesson_##id

/* NULL-terminated, in the order of their numbers. */
const struct lesson *const *lessons(void);
const struct lesson *lesson_find(const char *name);

#endif
