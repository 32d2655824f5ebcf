/* A worksheet as Markdown or as a page: the handout, and the outcomes beside the predictions; and
 * the solutions, which are printed apart from both. */
#ifndef WAITBENCH_WORKSHEET_PAGE_H
#define WAITBENCH_WORKSHEET_PAGE_H

#include "bench/drive/worksheet_run.h"
#include "bench/keep/predictions.h"
#include "grid.h"

struct worksheet_page {
    const struct worksheet *sheet;
    const struct predictions *predictions;
    const struct worksheet_outcome *outcomes; /* one a question; NULL before the runs */
    const char *results;                      /* the folder, for the commands */
    nsec_t takes;                             /* how long the runs take, about */
};

/* The questions with room for predictions, or those made; what to type; the outcomes if there are
 * any. GRID_MARKDOWN or GRID_HTML: then a whole page. */
void worksheet_print(const struct worksheet_page *page, enum grid_style style, FILE *out);

/* Only the outcomes. */
void worksheet_print_outcomes(const struct worksheet_page *page, enum grid_style style, FILE *out);

/* The solutions of these worksheets by theory, with how it arrives at them. */
void worksheet_print_key(const struct worksheet *sheets, size_t count, enum grid_style style,
                         FILE *out);

#endif
