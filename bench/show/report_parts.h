/* The parts of a campaign's page, in the order of report.c. */
#ifndef WAITBENCH_REPORT_PARTS_H
#define WAITBENCH_REPORT_PARTS_H

#include "bench/judge/judge.h"
#include "bench/judge/lesson.h"

struct report {
    struct store *store;
    const struct judgement *judgement;
    const char *results;
    bool is_lesson;
    struct stored_lesson found;  /* of a lesson */
    const struct lesson *lesson; /* NULL where it is none, or none that is known any more */
    FILE *out;
};

/* ---- report_verdict.c ---- */

/* "Lesson 2: The accept queue, not the threads", "Campaign quick". */
enum { REPORT_TITLE_BYTES = 160 };
const char *report_title(const struct report *report, char title[REPORT_TITLE_BYTES]);

/* The question, what is to be known before an answer is believed, and the answer. */
void report_put_verdict(const struct report *report);

/* A lesson's evidence; nothing for any other campaign. */
void report_put_evidence(const struct report *report);

/* ---- report_pictures.c ---- */

/* The one to see at first; and all others. */
void report_put_picture(const struct report *report);
void report_put_pictures(const struct report *report);

/* ---- report_drivers.c ---- */

/* A driver's lesson and code, once for each driver of the campaign. */
void report_put_drivers(const struct report *report);

/* A link to a file of ours, PATH as seen from the root; its text alone where the page does not lie
 * two folders below that root. */
void report_put_link(const struct report *report, const char *path, const char *text);

#endif
