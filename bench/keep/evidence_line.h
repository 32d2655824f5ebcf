/* A line of a lesson's evidence, as it is kept. */
#ifndef WAITBENCH_EVIDENCE_LINE_H
#define WAITBENCH_EVIDENCE_LINE_H

#include "bench/base/stats.h"

enum finding {
    FINDING_HOLDS,
    FINDING_INCONCLUSIVE, /* the interval has the bound within it, or there is no figure */
    FINDING_FAILS,
    FINDING_SHOWN, /* told and not judged */
};

/* "HOLDS", "INCONCLUSIVE", "DOES NOT HOLD HERE", "". */
extern const char *const finding_names[];
const char *finding_name(enum finding finding);

enum relation { AT_LEAST, AT_MOST, RELATION_NONE };

enum { EVIDENCE_WORDS_BYTES = 160, EVIDENCE_UNIT_BYTES = 24, EVIDENCE_MAX = 24 };

struct evidence_line {
    char words[EVIDENCE_WORDS_BYTES]; /* "makespan at backlog 100 over backlog 4096" */
    char unit[EVIDENCE_UNIT_BYTES];   /* "ms", "times", "" */
    double value;                     /* median over the runs, or NAN */
    struct stats_interval interval;   /* of it; a minimum or maximum has none */
    size_t runs;                      /* of the smaller side */
    enum relation relation;
    double bound; /* or NAN, for a line that has none */
    enum finding finding;
};

#endif
