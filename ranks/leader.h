/* Rank 0: it executes what the harness requests, by the other ranks, and runs no share itself. */
#ifndef WAITBENCH_RANKS_LEADER_H
#define WAITBENCH_RANKS_LEADER_H

#include "lib/error.h"

/* Connect to the harness's socket and serve it until its last request. Returns 0, or -1
 * where it could not be served at all. */
int leader_serve(const char *socket_path, struct error *error);

#endif
