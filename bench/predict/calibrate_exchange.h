/* The cost of a request, measured with a separate server. */
#ifndef WAITBENCH_CALIBRATE_EXCHANGE_H
#define WAITBENCH_CALIBRATE_EXCHANGE_H

#include "calibration.h"

/* Returns 0 or -1. */
int calibrate_exchange(bool keep_alive, struct calibration_exchange *out, struct error *error);

#endif
