/* fork: a process for each connection.
 *
 * The oldest concurrent server of Unix, and inetd's: accept(), fork(), and the child serves the
 * connection with blocking calls and exits. Each connection has a memory of its own, so nothing
 * that one of them does can harm another, and the parent outlives them all.
 *
 * A fork copies the page tables of the parent, and every page that either writes to is copied when
 * it does: some hundreds of microseconds for each connection, most of them system time, before the
 * first byte is read. The parent alone forks, so that is also the least time between two
 * connections. Where there are no more processes (EAGAIN), connections are closed at once and
 * counted as refused.
 *
 * Choose it for few, long and untrusted connections: sshd does. */
#include <errno.h>
#include <unistd.h>

#include "server/blocking.h"
#include "server/model.h"
#include "server/server.h"

static void serve_one(struct worker *worker, void *fd)
{
    blocking_serve(worker, (int)(intptr_t)fd);
}

static int fork_serve(struct worker *acceptor, struct error *error)
{
    int fd;
    (void)error;
    while ((fd = blocking_accept(acceptor)) >= 0) {
        struct worker *worker = server_add_worker(acceptor->server);
        if (!worker || worker_start_process(worker, serve_one, (void *)(intptr_t)fd) < 0)
            worker_refused(acceptor, errno);
        close(fd); /* the child has its own */
    }
    return 0;
}

const struct server_model server_model_fork = {
    .name = "fork",
    .summary = "a process for each connection",
    .workers = WORKERS_FOR_EACH,
    .workers_default = ACCOUNT_WORKERS_MAX - 1,
    .blocking = true,
    .serve = fork_serve,
};
