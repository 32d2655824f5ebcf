/* The server of a run: a randintd started for it, or the user's. */
#ifndef WAITBENCH_SERVER_PROCESS_H
#define WAITBENCH_SERVER_PROCESS_H

#include "bench/plan/case.h"
#include "bench/base/child.h"
#include "lib/account.h"

enum { SERVER_STATS_BYTES = 4096 };

/* Descriptors that a server of ours takes here: of its output, its errors and its process. */
enum { SERVER_PROCESS_DESCRIPTORS = 3 };

struct server_process {
    struct child child; /* pid 0 for the user's server */
    int output;         /* its standard output, or -1 */
    int errors;         /* its standard error, a file so that nothing blocks it, or -1 */
    struct net_addresses addresses; /* one, if it is ours */
    const struct account *account;  /* our server's own, mapped; NULL for the user's */
};

/* None yet. */
#define SERVER_PROCESS_NONE ((struct server_process){.output = -1, .errors = -1})

/* Start randintd with the case's settings on a free port of loopback and wait until it is ready. */
int server_start(struct server_process *server, const struct bench_case *c, struct error *error);

/* The same on another address of this machine, by its text or name. NULL: of loopback. */
int server_start_at(struct server_process *server, const struct bench_case *c, const char *host,
                    struct error *error);

/* GET /stats: the account of anybody's server as one line of JSON. Returns 0 or -1. */
int server_stats(const struct server_process *server, char json[SERVER_STATS_BYTES],
                 struct error *error);

/* A client has its response a moment before the server counts it: wait for that, if not for long.
 */
void server_settle(const struct server_process *server);

/* The same of ours, from the memory in which it keeps it: no request can be in the way of others,
 * and it is there also if a worker has died. */
void server_account_json(const struct server_process *server, char json[SERVER_STATS_BYTES]);

/* An integer of that JSON by its name; -1 if it is missing. */
int64_t server_stats_integer(const char *json, const char *name);

/* Does it accept a connection? Nothing is sent. */
bool server_accepts(const struct server_process *server);

/* After server_stats() failed for this reason: is there no server, or one that never responds? */
bool server_is_absent(int errnum);

/* Has our server ended, or does it within `timeout`? If so, `error` has how, and true is returned.
 * A process closes its connections before its end can be observed: SERVER_DEATH_TIMEOUT allows for
 * that. */
#define SERVER_DEATH_TIMEOUT (500 * NSEC_PER_MSEC)
bool server_died(struct server_process *server, nsec_t timeout, struct error *error);

/* Stop it. Does nothing for the user's server. */
void server_stop(struct server_process *server);

#endif
