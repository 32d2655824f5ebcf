/* A load in parts: a driver that consists of several processes of another one. Each has slots,
 * descriptors and a share of the requests of its own, so that the limits of one process are not
 * those of a run. They are created in setup and share the memory of the batch. */
#ifndef WAITBENCH_PARTS_H
#define WAITBENCH_PARTS_H

#include "driver.h"

enum { PARTS_MAX = 256 };

struct parts_config {
    const struct driver *driver;
    unsigned count; /* up to PARTS_MAX; no more than there are slots are made */
};

/* The driver that executes `config`, which has to outlive it. Once a part has died it cannot
 * continue: run() then fails with which one it was, and how it died. */
struct driver parts_driver(const struct parts_config *config);

#endif
