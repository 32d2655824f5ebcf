/* Worksheets: a lab's questions with parameters of each student's own, drawn by a seed from ranges
 * in which the lab's claim is visible, and what theory says of each. The same lab, seed and student
 * give the same worksheet on every machine. */
#ifndef WAITBENCH_WORKSHEET_H
#define WAITBENCH_WORKSHEET_H

#include "bench/judge/evidence.h"

enum {
    WORKSHEET_QUESTIONS_MAX = 8,
    WORKSHEET_CASES_MAX = 2, /* of a question: the second is what the first is compared with */
    WORKSHEET_TEXT_BYTES = 512,
    WORKSHEET_NAME_BYTES = 8, /* "q1b" */
    WORKSHEET_STUDENT_BYTES = 96,
    WORKSHEET_ID_BYTES = 80,
    WORKSHEET_DRIVER_BYTES = 24,
    WORKSHEET_REPETITIONS = 6, /* the fewest whose extremes are an interval of 95% */
};

/* The parameters of a question, as its texts name them: "{C}". */
struct worksheet_values {
    char driver[WORKSHEET_DRIVER_BYTES];
    unsigned concurrency, twice, quarter, requests, backlog, workers;
    unsigned load_percent, rate; /* of the workers' capacity; requests per second */
    unsigned stack_bytes;
    nsec_t delay, work;
};

/* What theory says of a figure: its value, or its least or largest. */
struct worksheet_theory {
    double value;
    enum relation relation; /* RELATION_NONE: about the value */
};

typedef struct worksheet_theory worksheet_theory_fn(const struct worksheet_values *values);

/* low, low + step … high; without a step only low. */
struct worksheet_range {
    unsigned low, high, step;
};

/* One question of a lab. Texts have the parameters in braces: {driver} {C} {twice} {quarter} {N}
 * {backlog} {workers} {load} {rate} {stack} {delay} {work}. */
struct worksheet_row {
    const char *text;
    const char *cases[WORKSHEET_CASES_MAX]; /* options of `waitbench run` */
    const char *drivers;                    /* one of these, separated by blanks; or NULL */
    struct worksheet_range concurrency, rounds, rest; /* N = rounds x C + rest */
    struct worksheet_range backlog, workers, load_percent, stack_kib, delay_ms, work_ms;
    enum evidence_kind kind;
    figure_fn *figure;
    const char *unit; /* "s", "bytes", or a word */
    worksheet_theory_fn *theory;
    const char *solution; /* how theory arrives at its value: for instructors */
};

struct worksheet_lab {
    const char *name, *title;
    const struct worksheet_row *rows; /* ended by one without a text */
};

/* Ended by one without a name. */
extern const struct worksheet_lab worksheet_labs[];

/* NULL, with an error that names those there are. */
const struct worksheet_lab *worksheet_find_lab(const char *name, struct error *error);

struct worksheet_question {
    const struct worksheet_row *row;
    struct worksheet_values values;
    struct worksheet_theory theory;
    size_t case_count;
    char name[WORKSHEET_NAME_BYTES]; /* "q1" */
    char variants[WORKSHEET_CASES_MAX][WORKSHEET_NAME_BYTES];
    char cases[WORKSHEET_CASES_MAX][WORKSHEET_TEXT_BYTES];
    char text[WORKSHEET_TEXT_BYTES], solution[WORKSHEET_TEXT_BYTES];
};

struct worksheet {
    const struct worksheet_lab *lab;
    uint64_t seed;
    char student[WORKSHEET_STUDENT_BYTES]; /* or "" */
    char id[WORKSHEET_ID_BYTES];           /* "lab1-17-0123456789abcdef", for names of files */
    struct worksheet_question questions[WORKSHEET_QUESTIONS_MAX];
    size_t count;
};

/* Returns 0, or -1 where the student's name cannot be one. */
int worksheet_make(struct worksheet *sheet, const struct worksheet_lab *lab, uint64_t seed,
                   const char *student, struct error *error);

/* A prediction as a student writes it, in the question's unit: "0.8s", "4Ki", "2.5". Returns 0, or
 * -1 with what is expected. */
int worksheet_parse_prediction(const struct worksheet_question *question, const char *text,
                               double *out, struct error *error);

/* The index of the question of that name, or -1. */
int worksheet_find_question(const struct worksheet *sheet, const char *name, struct error *error);

#endif
