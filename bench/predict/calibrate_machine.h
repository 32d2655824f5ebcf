/* What the machine charges for what requests are made of. */
#ifndef WAITBENCH_CALIBRATE_MACHINE_H
#define WAITBENCH_CALIBRATE_MACHINE_H

#include "calibration.h"

/* Everything but the exchanges. */
void calibrate_machine(struct calibration *out);

#endif
