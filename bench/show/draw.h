/* Pictures of a results folder, as plots/draw.sh draws them with gnuplot. */
#ifndef WAITBENCH_DRAW_H
#define WAITBENCH_DRAW_H

#include "lib/error.h"

/* In the order in which they are shown: plots/NAME.gp draws NAME.svg and NAME.png, where the folder
 * has its figures. */
struct picture {
    const char *name, *title;
    const char *caption; /* what it shows, one sentence */
};

/* Ends with a row whose name is NULL. */
extern const struct picture pictures[];

enum draw_what {
    DRAW_PICTURES, /* SVG and PNG files in the folder; standard error names those not drawn, and why
                    */
    DRAW_CHART,    /* the talk's chart in letters, to standard output */
};

/* What draw.sh returns. */
enum draw_result {
    DRAW_DONE = 0,
    DRAW_FAILED = 1,
    DRAW_USAGE = 2,    /* no such driver in the folder */
    DRAW_NOTHING = 4,  /* there is no figure for any picture */
    DRAW_NOT_RUN = -1, /* `error` says why; otherwise draw.sh has */
};

/* Draw the pictures of `folder`, in which the drivers named in `highlight` (NULL: all) have
 * colours. A Ctrl-C ends it. */
enum draw_result draw_folder(const char *folder, enum draw_what what, const char *highlight,
                             struct error *error);

/* Are gnuplot and draw.sh there? Returns 0, or -1 with the line that helps. */
int draw_check(struct error *error);

#endif
