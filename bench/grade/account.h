/* The account of a randintd (GET /stats), read again where the machine is busy. From any thread. */
#ifndef WAITBENCH_SERVER_FIGURES_H
#define WAITBENCH_SERVER_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/run/server_process.h"

/* A figure by its name; -1 where there is no such figure, or no server. */
int64_t account_figure(const struct server_process *server, const char *name);

/* Longer than a loaded machine takes, and shorter than PROTOCOL_DELAY_MAX: a request with that
 * delay is still in flight. */
#define ACCOUNT_PATIENCE (30 * NSEC_PER_SEC)

/* Wait until a figure is that value, for so long; returns whether it was. */
bool account_await(const struct server_process *server, const char *name, int64_t value,
                   nsec_t timeout);

#endif
