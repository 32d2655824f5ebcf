/* thread: a thread for each connection.
 *
 * The main thread accepts; each connection gets a thread, which serves it with blocking calls and
 * ends with it. The code for one connection is as plain as in the iterative server, and connections
 * do not wait for one another.
 *
 * A thread takes some 20 us to make and a stack (8 MiB of address space by default, of which some
 * 20 KiB become resident). The main thread alone makes them, so accepting is as slow as making
 * threads is. --workers bounds how many there can be; beyond it, and where the system has no more
 * to give (EAGAIN), connections are closed at once and counted as refused: a thread that was never
 * made cannot send an error.
 *
 * Choose it where connections last, so that a thread's making does not count, and where there are
 * thousands of them, not tens of thousands. */
#include <errno.h>
#include <unistd.h>

#include "server/blocking.h"
#include "server/model.h"
#include "server/server.h"

static void serve_one(struct worker *worker, void *fd)
{
    blocking_serve(worker, (int)(intptr_t)fd);
}

static int thread_serve(struct worker *acceptor, struct error *error)
{
    int fd;
    (void)error;
    while ((fd = blocking_accept(acceptor)) >= 0) {
        struct worker *worker = server_add_worker(acceptor->server);
        if (!worker || worker_start_thread(worker, serve_one, (void *)(intptr_t)fd) < 0) {
            worker_refused(acceptor, errno);
            close(fd);
        }
    }
    return 0;
}

const struct server_model server_model_thread = {
    .name = "thread",
    .summary = "a thread for each connection",
    .workers = WORKERS_FOR_EACH,
    .workers_default = ACCOUNT_WORKERS_MAX - 1,
    .blocking = true,
    .serve = thread_serve,
};
