/* The loop of drivers/epoll.c, for drivers built on such loops. */
#ifndef WAITBENCH_DRIVER_EPOLL_H
#define WAITBENCH_DRIVER_EPOLL_H

#include "driver.h"

struct epoll_loop;

/* A loop over `slots` of the load's slots, from `first` on, with their kept connections opened.
 * Returns NULL with `error` filled and everything released. */
struct epoll_loop *epoll_loop_make(const struct load *load, unsigned first, unsigned slots,
                                   bool edge_triggered, struct error *error);

/* Execute requests until the batch has no more. Several threads may do so, each with its own loop.
 * Returns 0, or -1 with `error`. */
int epoll_loop_run(void *loop, struct batch *batch, struct error *error);

void epoll_loop_free(void *loop);

/* For drivers that wait with intake_epoll_wait(). */
int epoll_probe_schedule(const struct driver *self, struct error *why);

#endif
