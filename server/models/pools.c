/* prefork and threadpool: N workers, created in advance, all in accept() on one socket.
 *
 * Each worker is the iterative server; the kernel deals out the connections. Linux wakes one of
 * those that wait in accept(), the one that has waited longest, so there is no thundering herd and
 * connections go round. Starting a worker costs nothing per connection any more, and N bounds what
 * the server can be made to use. N also bounds how many connections are served at once, whatever
 * they do: a client that keeps its connection and says nothing holds a worker, and so does a delay.
 * With N workers and a delay d the server completes at most N/d requests a second; the rest wait
 * in the accept queue.
 *
 * `prefork`: processes. One that crashes takes its own connection with it and no other; nothing is
 * shared that is not shared on purpose (the account, here).
 *
 * `threadpool`: threads. They share memory, descriptors and fate: cheaper to make and to switch
 * between, one limit on descriptors for all, and a crash ends the server.
 *
 * Choose them where a request blocks anyway, on a disk or a database, and N is what that can do at
 * once. */
#include "server/blocking.h"
#include "server/model.h"

const struct server_model server_model_prefork = {
    .name = "prefork",
    .summary = "processes created in advance, all in accept() on one socket",
    .workers = WORKERS_PROCESSES,
    .workers_default = 64,
    .blocking = true,
    .serve = blocking_serve_all,
};

const struct server_model server_model_threadpool = {
    .name = "threadpool",
    .summary = "threads created in advance, all in accept() on one socket",
    .workers = WORKERS_THREADS,
    .workers_default = 64,
    .blocking = true,
    .serve = blocking_serve_all,
};
