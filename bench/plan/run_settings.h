/* How runs are made, whatever the case: what a user can set. */
#ifndef WAITBENCH_RUN_SETTINGS_H
#define WAITBENCH_RUN_SETTINGS_H

#include "lib/clock.h"
#include "lib/net.h"

struct run_settings {
    struct net_address server; /* somebody's server; of length 0: one of ours for each run */
    nsec_t timeout;            /* how much longer than expected a run may take */
    enum usage_extent {
        USAGE_OFF,  /* what costs nothing to read */
        USAGE_ON,   /* the server's times too, and the first block counts system calls */
        USAGE_FULL, /* every block counts them */
    } usage;
};

#endif
