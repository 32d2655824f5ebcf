/* The command line of randintd. */
#ifndef WAITBENCH_SERVER_OPTIONS_H
#define WAITBENCH_SERVER_OPTIONS_H

#include "lib/options.h"
#include "settings.h"

struct randintd_options {
    struct server_settings server;
    const char *explain; /* print this model's source, and exit */
    const char *path;    /* print where that is, and exit */
    bool list;           /* list the models, and exit */
    bool check;          /* check that the model can run here, and exit */
};

extern const struct option_table randintd_option_table;

#endif
