/* The randint server: listening sockets, an account, the workers of a model, and an orderly end. */
#ifndef WAITBENCH_SERVER_SERVER_H
#define WAITBENCH_SERVER_SERVER_H

#include <stddef.h>

#include "lib/error.h"
#include "lib/net.h"
#include "settings.h"

struct server;
struct worker;

/* Listen, and start all workers but the one that server_run() is. Warnings go to stderr. There can
 * be one server in a process, because it handles signals. Returns NULL on error. */
struct server *server_new(const struct server_settings *settings, struct error *error);

/* How many connections it would serve at once: of a blocking model as many as it has workers; 0: no
 * such limit. */
unsigned server_connections(const struct server_settings *settings);

/* Among how many processes, each with descriptors of its own, it would divide them. */
unsigned server_processes(const struct server_settings *settings);

/* The addresses listened on, or NULL after the last. */
const struct net_address *server_address(const struct server *server, size_t index);

/* Serve until SIGTERM or SIGINT, then complete the requests in flight; a second signal ends the
 * process at once, with a message and EXIT_FAILURE. Returns 0, or -1 if a worker failed. */
int server_run(struct server *server, struct error *error);

void server_free(struct server *server);

/* ---- for the models ---- */

/* One more worker, with a row of its own in the account; to be called by the main thread only. NULL
 * (with errno) if there is no memory or row left. */
struct worker *server_add_worker(const struct server *server);

/* Run `main` as a thread or as a process, which ends with it. Returns 0, or -1 with errno (EAGAIN:
 * a limit) and the worker dismissed. */
typedef void worker_main(struct worker *worker, void *argument);
int worker_start_thread(struct worker *worker, worker_main *main, void *argument);
int worker_start_process(struct worker *worker, worker_main *main, void *argument);

/* Wait for all workers that were started, in their time. */
void server_await_workers(const struct server *server);

/* How the last worker that died ended: "was killed by signal 9 (Killed)". Returns `buffer`. */
char *server_describe_death(const struct server *server, char *buffer, size_t size);

/* A descriptor that is readable once the server is to end; never read from it. */
int server_stop_fd(const struct server *server);

#endif
