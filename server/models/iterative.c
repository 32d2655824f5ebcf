/* iterative: one connection at a time, from accept() to close().
 *
 * The whole server is a loop of blocking calls. While a client says nothing, while its request is
 * delayed, and while it reads its response, all others wait in the accept queue: first in, first
 * out. So C requests at a time take as long as one after another, and with a full queue the kernel
 * drops the SYNs of those who come later; they try again after a second.
 *
 * Nothing can go wrong between connections, because there is nothing between them: no lock, no
 * shared state, one stack. Choose it for a service with one client, or where each request uses the
 * whole machine anyway. */
#include "server/blocking.h"
#include "server/model.h"

const struct server_model server_model_iterative = {
    .name = "iterative",
    .summary = "one connection at a time",
    .workers = WORKERS_ONE,
    .blocking = true,
    .serve = blocking_serve_all,
};
