/* Measure a calibration. */
#ifndef WAITBENCH_CALIBRATE_H
#define WAITBENCH_CALIBRATE_H

#include "calibration.h"

/* It runs in a separate process with its own servers: when this returns, no process, thread,
 * descriptor or signal of it is left. Each figure is the median of several short rounds. Returns 0,
 * or -1 with `error` (randintd not found, interrupted, ...). */
int calibrate(struct calibration *out, struct error *error);

#endif
