/* The loop of drivers/epoll.c, for drivers that are made of such loops. */
#ifndef WAITBENCH_DRIVER_EPOLL_H
#define WAITBENCH_DRIVER_EPOLL_H

#include "driver.h"

struct epoll_loop;

/* A loop over `slots` of the load's slots, from `first` on; their kept connections are opened.
 * Returns NULL with `error` filled and nothing left behind. */
struct epoll_loop *epoll_loop_make(const struct load *load, unsigned first, unsigned slots,
                                   bool edge_triggered, struct error *error);

/* Carry requests until the batch has no more. Several threads may do so, each with a loop of its
 * own. Returns 0, or -1 with `error`. */
int epoll_loop_run(struct epoll_loop *loop, struct batch *batch, struct error *error);

void epoll_loop_free(struct epoll_loop *loop);

#endif
