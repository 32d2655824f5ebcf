/* The pictures of a results folder, in the order in which they are shown: plots/NAME.gp draws
 * NAME.svg and NAME.png, where the folder has its figures. */
#ifndef WAITBENCH_PICTURES_H
#define WAITBENCH_PICTURES_H

struct picture {
    const char *name, *title;
    const char *caption; /* what it shows, one sentence */
};

/* Ends with a row whose name is NULL. */
extern const struct picture pictures[];

#endif
