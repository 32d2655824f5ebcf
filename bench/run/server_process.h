/* A randintd of our own for a run, or somebody's server. */
#ifndef WAITBENCH_SERVER_PROCESS_H
#define WAITBENCH_SERVER_PROCESS_H

#include "bench/plan/case.h"
#include "bench/base/child.h"

enum { SERVER_STATS_BYTES = 4096 };

struct server_process {
    struct child child; /* pid 0 for a server that is not ours */
    int output;         /* its standard output and error, or -1 */
    struct net_address address;
};

/* Start randintd with the case's settings on a free port and wait until it is ready. */
int server_start(struct server_process *server, const struct bench_case *c, struct error *error);

/* Ask GET /stats: one line of JSON into `json`. Returns 0 or -1. */
int server_stats(const struct server_process *server, char json[SERVER_STATS_BYTES],
                 struct error *error);

/* An integer of that account by its name; -1 where it is missing. */
int64_t server_stats_integer(const char *json, const char *name);

/* Has a server of ours, which does not response, ended by itself? Then say how in `error` and
 * return true. */
bool server_died(struct server_process *server, struct error *error);

/* End it; nothing to do for a server that is not ours. */
void server_stop(struct server_process *server);

#endif
