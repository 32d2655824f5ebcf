#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"

int child_watch(struct child *child, struct error *error)
{
    child->pidfd = pidfd_open(child->pid, 0);
    if (child->pidfd >= 0)
        return 0;
    error_errno(error, errno, "cannot watch process %d", (int)child->pid);
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    child->pid = 0; /* already reaped: nothing to stop */
    return -1;
}

int child_start(struct child *child, const char *path, char *const argv[],
                const struct child_fd *fds, struct error *error)
{
    *child = (struct child){.pidfd = -1};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    for (; fds->ours >= 0; fds++)
        posix_spawn_file_actions_adddup2(&actions, fds->ours, fds->theirs);
    int result = posix_spawnp(&child->pid, path, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (result) {
        child->pid = 0;
        return error_errno(error, result, "cannot start %s", path);
    }
    return child_watch(child, error);
}

static void child_reap(struct child *child)
{
    while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
        continue;
    close(child->pidfd);
    child->pidfd = -1;
    child->reaped = true;
}

enum child_wait child_wait(struct child *child, nsec_t deadline)
{
    struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};
    while (!child->reaped) {
        struct timespec left = {0};
        if (deadline) {
            nsec_t now = clock_now();
            left = clock_timespec(deadline > now ? deadline - now : 0);
        }
        /* The signal mask changes atomically with the wait, so a Ctrl-C just before it is not
         * missed. */
        int ready = interrupt_poll(&ended, 1, deadline ? &left : NULL);
        if (ready > 0)
            child_reap(child);
        else if (interrupted())
            return CHILD_INTERRUPTED;
        else if (ready == 0)
            return CHILD_TIMEOUT;
    }
    return CHILD_ENDED;
}

void child_stop(struct child *child, nsec_t timeout)
{
    if (child->pid == 0 || child->reaped)
        return;
    kill(child->pid, SIGTERM);
    struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};
    struct timespec left = clock_timespec(timeout);
    while (ppoll(&ended, 1, &left, NULL) < 0 && errno == EINTR)
        continue;
    if (!(ended.revents & POLLIN))
        kill(child->pid, SIGKILL);
    child_reap(child);
}
