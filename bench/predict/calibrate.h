/* Measure a calibration. */
#ifndef WAITBENCH_CALIBRATE_H
#define WAITBENCH_CALIBRATE_H

#include "calibration.h"

/* Works in a process of its own and with servers of its own: when this returns, no
 * process, thread, descriptor or signal of it is left. Each figure is the median of several short
 * rounds. Returns 0, or -1 with `error` (no randintd beside the program, interrupted, ...). */
int calibrate(struct calibration *out, struct error *error);

#endif
