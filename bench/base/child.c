#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
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

enum { EXIT_NOT_STARTED = 127 }; /* as a shell's */

/* After fork(): become the program, or report why not. */
static _Noreturn void become(const char *path, char *const argv[], const struct child_fd *fds,
                             int orphan_signal, pid_t parent, int report)
{
    sigset_t none;
    sigemptyset(&none);
    prctl(PR_SET_PDEATHSIG, orphan_signal);
    if (getppid() != parent) /* it ended before prctl() */
        _exit(EXIT_FAILURE);
    for (; fds->ours >= 0; fds++)
        if (dup2(fds->ours, fds->theirs) == fds->ours)
            fcntl(fds->ours, F_SETFD, 0); /* it had the right number: it is to stay open */
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(path, argv);
    int reason = errno;
    _exit(write(report, &reason, sizeof(reason)) < 0 ? EXIT_FAILURE : EXIT_NOT_STARTED);
}

int child_start(struct child *child, const char *path, char *const argv[],
                const struct child_fd *fds, int orphan_signal, struct error *error)
{
    enum { ABOVE_THEIRS = 16 }; /* no descriptor of the child's takes the report's place */
    int ends[2], reason = 0;
    *child = (struct child){.pidfd = -1};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(error, errno, "cannot start %s", path);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(path, argv, fds, orphan_signal, parent,
               fcntl(ends[1], F_DUPFD_CLOEXEC, ABOVE_THEIRS));
    if (pid < 0)
        reason = errno;
    close(ends[1]);
    if (pid > 0 && read(ends[0], &reason, sizeof(reason)) > 0)
        waitpid(pid, NULL, 0);
    close(ends[0]);
    if (reason)
        return error_errno(error, reason, "cannot start %s", path);
    child->pid = pid;
    return child_watch(child, error);
}

static void read_all(int fd, char *text, size_t size)
{
    size_t length = 0;
    ssize_t more = 1;
    while (more > 0 && length < size - 1) {
        more = read(fd, text + length, size - 1 - length);
        length += more > 0 ? (size_t)more : 0;
    }
    text[length] = '\0';
}

int child_capture(const char *path, char *const argv[], char *text, size_t size,
                  struct error *error)
{
    struct child child;
    char how[64];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(error, errno, "cannot start %s", path);
    const struct child_fd fds[] = {{ends[1], STDOUT_FILENO}, {ends[1], STDERR_FILENO}, {-1, -1}};
    int result = child_start(&child, path, argv, fds, SIGKILL, error);
    close(ends[1]);
    if (result == 0) {
        read_all(ends[0], text, size);
        if (child_wait(&child, 0) == CHILD_INTERRUPTED)
            child_stop(&child, NSEC_PER_SEC);
        if (child.status)
            result = error_set(error, "%s %s", path,
                               process_describe_end(child.status, how, sizeof(how)));
    }
    close(ends[0]);
    return result;
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
