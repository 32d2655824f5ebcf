#include "worker_process.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process.h"

pid_t worker_fork(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        worker_exit(1); /* the parent ended before prctl() */
    return 0;
}

void worker_exit(int code)
{
    for (;;)
        syscall(SYS_exit_group, code);
}

int worker_wait(idtype_t type, pid_t id, siginfo_t *end)
{
    *end = (siginfo_t){0};
    while (waitid(type, (id_t)id, end, WEXITED) < 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

char *worker_describe_end(const siginfo_t *end, char *buffer, size_t size)
{
    bool killed = end->si_code == CLD_KILLED || end->si_code == CLD_DUMPED;
    int status = killed ? W_EXITCODE(0, end->si_status) : W_EXITCODE(end->si_status, 0);
    return process_describe_end(status, buffer, size);
}

int worker_watch(struct worker *worker, int epoll, uint32_t data, struct error *error)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = data};
    worker->pidfd = pidfd_open(worker->pid, 0);
    if (worker->pidfd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, worker->pidfd, &event) < 0)
        return error_errno(error, errno, "cannot watch process %d", (int)worker->pid);
    return 0;
}

void worker_reap(struct worker *worker, siginfo_t *end)
{
    worker_wait(P_PID, worker->pid, end);
    if (worker->pidfd >= 0)
        close(worker->pidfd);
    *worker = (struct worker){.pidfd = -1};
}

/* Without FUTEX_PRIVATE_FLAG: the futex is shared between processes. */
void counter_raise(atomic_uint *counter)
{
    atomic_fetch_add(counter, 1);
    syscall(SYS_futex, counter, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

unsigned counter_await(const atomic_uint *counter, unsigned seen)
{
    unsigned now;
    while ((now = atomic_load(counter)) == seen)
        syscall(SYS_futex, counter, FUTEX_WAIT, seen, NULL, NULL, 0);
    return now;
}
