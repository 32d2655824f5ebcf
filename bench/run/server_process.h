/* The server of a run: a randintd started for it, or the user's. */
#ifndef WAITBENCH_SERVER_PROCESS_H
#define WAITBENCH_SERVER_PROCESS_H

#include "bench/plan/case.h"
#include "bench/base/child.h"

enum { SERVER_STATS_BYTES = 4096 };

struct server_process {
    struct child child;             /* pid 0 for the user's server */
    int output;                     /* its standard output and error, or -1 */
    struct net_addresses addresses; /* one, if it is ours */
};

/* Start randintd with the case's settings on a free port and wait until it is ready. */
int server_start(struct server_process *server, const struct bench_case *c, struct error *error);

/* GET /stats: one line of JSON into `json`. Returns 0 or -1. */
int server_stats(const struct server_process *server, char json[SERVER_STATS_BYTES],
                 struct error *error);

/* An integer of that JSON by its name; -1 if it is missing. */
int64_t server_stats_integer(const char *json, const char *name);

/* After server_stats() failed for this reason: is there no server, or one that never responds? */
bool server_is_absent(int errnum);

/* For a server that does not respond: has it ended? If so, `error` has how, and true is
 * returned. */
bool server_died(struct server_process *server, struct error *error);

/* Stop it. Does nothing for the user's server. */
void server_stop(struct server_process *server);

#endif
