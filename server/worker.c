#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* What was received before is still read; then comes the end of the input. */
void worker_interrupt(struct worker *worker)
{
    int fd = atomic_load(&worker->serving);
    if (fd >= 0)
        shutdown(fd, SHUT_RD);
}

/* The signal may come at any moment: it sees the descriptor, or this sees the signal. */
void worker_serves(struct worker *worker, int fd)
{
    atomic_store(&worker->serving, fd);
    if (worker_is_ending(worker))
        worker_interrupt(worker);
}

bool worker_lacks_resources(int errnum)
{
    return errnum == EMFILE || errnum == ENFILE || errnum == ENOBUFS || errnum == ENOMEM;
}

static const char *advice(int errnum)
{
    switch (errnum) {
    case EMFILE: return "; raise the limit (ulimit -n) or open fewer connections at once";
    case EAGAIN: return "; raise the limits (--workers, ulimit -u) or open fewer at once";
    case ENOMEM: return "; free memory, or for stacks raise 'sysctl vm.max_map_count'";
    default: return "";
    }
}

void worker_warn(struct worker *worker, const char *what, int errnum)
{
    struct account *account = worker->account;
    nsec_t now = clock_now(), last = account->last_warning;
    if ((last && now - last < NSEC_PER_SEC) ||
        !atomic_compare_exchange_strong(&account->last_warning, &last, now))
        return;
    fprintf(stderr, "randintd: connections %s (%llu refused so far): %s%s\n", what,
            (unsigned long long)ACCOUNT_SUM(account, refused), strerror(errnum), advice(errnum));
}

void worker_refused(struct worker *worker, int errnum)
{
    account_add(&worker->row->refused, 1);
    worker_warn(worker, "are refused", errnum);
}
