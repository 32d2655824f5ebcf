/* How runs are made, whatever the case: what a user can set. */
#ifndef WAITBENCH_RUN_SETTINGS_H
#define WAITBENCH_RUN_SETTINGS_H

#include "lib/clock.h"
#include "lib/net.h"

struct run_settings {
    struct net_address server; /* somebody's server; of length 0: one of ours for each run */
    nsec_t timeout;            /* how much longer than expected a run may take */
};

#endif
