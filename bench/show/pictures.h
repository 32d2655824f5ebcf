/* The pictures of a results folder, in the order in which they are shown: plots/NAME.gp draws
 * NAME.svg and NAME.png. Drawing, the report and the list of files to open all go by this table. */
#ifndef WAITBENCH_PICTURES_H
#define WAITBENCH_PICTURES_H

#include <stdbool.h>

/* Which results have a picture. A lesson names further pictures of a campaign. */
enum picture_subject { PICTURE_OF_CAMPAIGN, PICTURE_OF_LIMITS, PICTURE_OF_LESSON };

struct picture {
    const char *name, *title;
    const char *caption; /* what it shows, one sentence */
    enum picture_subject subject;
    bool optional; /* skipped without a failure where a campaign has no figures for it */
};

/* Ends with a row whose name is NULL. */
extern const struct picture pictures[];

#endif
