/* A lesson: a claim, the cases to test it, what theory predicts, and a test on the evidence. One
 * file in lessons/ each, which ends in LESSON(name) = {...}; the Makefile lists them. The harness
 * runs the cases like those of any campaign, interleaved and recorded. */
#ifndef WAITBENCH_LESSON_H
#define WAITBENCH_LESSON_H

#include "evidence.h"

enum { LESSON_VARIANTS_MAX = 16 };

/* A case, by the name that the rules use, as options of `waitbench run`. */
struct lesson_variant {
    const char *name, *options;
};

struct lesson {
    unsigned number;                                     /* in the course */
    const char *name;                                    /* "accept-queue", as the user writes it */
    const char *title;                                   /* one line */
    const char *question;                                /* that the lesson examines */
    const char *claim;                                   /* a statement that can be false */
    const char *theory;                                  /* what theory predicts, and why */
    struct lesson_variant variants[LESSON_VARIANTS_MAX]; /* as many as have a name */
    unsigned repetitions;                                /* runs of each case; 0: 6 */
    unsigned cores;       /* that it needs, of those that the process may use; 0: 1 */
    bool samples;         /* keep the samples of single requests */
    const char *pictures; /* of plots/, in addition to the evidence: "runs waterfall"; or NULL */
    const struct evidence_rule *evidence; /* up to EVIDENCE_MAX, ended by {0} */
};

/* At the end of a lesson's file: LESSON(accept_queue) = {.number = 2, …}; accept_queue is the
 * file's name. */
#define LESSON(id)                                                                                 \
    extern const struct lesson lesson_##id;                                                        \
    const struct lesson lesson_##id

/* NULL-terminated, in the order of their numbers. */
const struct lesson *const *lessons(void);
const struct lesson *lesson_find(const char *name);

#endif
