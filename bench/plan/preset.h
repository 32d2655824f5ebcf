/* Campaigns with a name: what ./run.sh does. */
#ifndef WAITBENCH_PRESET_H
#define WAITBENCH_PRESET_H

#include "plan_options.h"

struct preset {
    const char *name, *summary;
    const char *drivers;
    const char *workload, *requests, *burst_from;
    const char *concurrencies, *arrivals, *backlogs, *overflow_arrivals, *overflow_from, *delay;
    const char *repetitions;
    const char *whole_processes; /* concurrencies that hyperfine times, or "none" */
};

/* NULL where there is none of that name. */
const struct preset *preset_find(const char *name);

/* "talk, quick, full, fib" for help and errors. */
const char *preset_names(void);

/* Set the options as if the preset's had been typed. */
int preset_apply(const struct preset *preset, struct plan_options *options, struct error *error);

#endif
