/* A share of a run: the page of a measured process that executes some of its requests, in a place
 * of its own (another machine's, mostly), and the way back of what it measured. */
#ifndef WAITBENCH_MEASURE_SHARE_H
#define WAITBENCH_MEASURE_SHARE_H

#include "engine/share.h"
#include "measure.h"

/* Into how many shares can the run be split, at most `most`? Each has a request and a slot. */
unsigned measure_shares(const struct measure_page *whole, unsigned most);

/* The page of share `part` of `parts`, by the head of the whole run's page: every parts-th request
 * from `part` on, its part of the concurrency, and the intended starts of its requests. Its points
 * in time are on a clock that is `offset` ahead. Returns NULL on error. */
struct measure_page *measure_share_make(const struct measure_page *whole, unsigned part,
                                        unsigned parts, nsec_t offset, int *fd,
                                        struct error *error);

/* Put `n` samples of a share, from its request `first` on, to their places in the whole, and onto
 * its clock. Durations stay as they are. The server's times are on the server's clock. */
void measure_share_put(struct measure_page *whole, const struct share *share, nsec_t offset,
                       size_t first, const struct sample *samples, size_t n);

#endif
