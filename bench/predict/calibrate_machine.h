/* The cost of the operations that requests consist of. */
#ifndef WAITBENCH_CALIBRATE_MACHINE_H
#define WAITBENCH_CALIBRATE_MACHINE_H

#include "calibration.h"

/* Measure all figures except the exchanges. */
void calibrate_machine(struct calibration *out);

#endif
