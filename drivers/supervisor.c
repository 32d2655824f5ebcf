#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Between fork and exec, and in the supervisor, only system calls are allowed: this process may
 * have threads that held locks. */

static void send_report(int parent, int exec_errno, int status)
{
    const struct supervisor_report report = {exec_errno, status};
    send(parent, &report, sizeof(report), MSG_NOSIGNAL);
}

static _Noreturn void exec_program(const char *path, char *const argv[], const int stdio[3],
                                   int parent, pid_t supervisor)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0); /* signals to its own group do not reach the supervisor */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Move them above 2 first, so that no dup2 closes one that is still needed. */
    int high[3], result = getppid() == supervisor ? 0 : -1; /* it ended before prctl() */
    for (int i = 0; i < 3 && result >= 0; i++)
        result = high[i] = fcntl(stdio[i], F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < 3 && result >= 0; i++)
        result = dup2(high[i], i);
    if (result >= 0 && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execve(path, argv, environ);
    send_report(parent, errno ? errno : ESRCH, 0);
    _exit(127);
}

/* Close inherited descriptors: other processes may wait for their closing. `b` may be -1. */
static void close_all_but(int a, int b)
{
    unsigned low = (unsigned)(b >= 0 && b < a ? b : a), high = (unsigned)(b > a ? b : a);
    if (low > 0)
        close_range(0, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
}

/* The supervisor is the subreaper: orphans of the program become its children. So kill its children
 * until there are none. */
static void kill_all(void)
{
    char text[4096];
    do {
        int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
        ssize_t size = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
        close(file);
        text[size > 0 ? size : 0] = '\0';
        char *at = text, *next;
        for (long pid; (pid = strtol(at, &next, 10)) > 0 && *next == ' '; at = next)
            kill((pid_t)pid, SIGKILL);
    } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

static _Noreturn void supervise(const char *path, char *const argv[], const int stdio[3],
                                int parent)
{
    setsid(); /* Ctrl-C at the terminal must not end it */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t supervisor = getpid(), program = fork();
    if (program == 0)
        exec_program(path, argv, stdio, parent, supervisor);
    int ended = program < 0 ? -1 : pidfd_open(program, 0);
    if (ended < 0)
        send_report(parent, errno, 0);
    close_all_but(parent, ended);
    struct pollfd fds[] = {{.fd = parent, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 || !fds[0].revents) {
        int status;
        if (!fds[1].revents)
            continue;
        if (waitpid(program, &status, 0) == program)
            send_report(parent, 0, status);
        fds[1].fd = -1;
    }
    kill_all();
    _exit(0);
}

int supervisor_start(struct supervisor *supervisor, const char *path, char *const argv[],
                     const int stdio[3], struct error *error)
{
    int ends[2];
    *supervisor = (struct supervisor){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(error, errno, "cannot create a socket to supervise %s", path);
    supervisor->pid = fork();
    if (supervisor->pid == 0)
        supervise(path, argv, stdio, ends[1]);
    int reason = errno;
    close(ends[1]);
    if (supervisor->pid < 0) {
        supervisor->pid = 0;
        close(ends[0]);
        return error_errno(error, reason, "cannot create a process for %s", path);
    }
    supervisor->socket = ends[0];
    return 0;
}

int supervisor_poll(const struct supervisor *supervisor, struct supervisor_report *report)
{
    ssize_t size = recv(supervisor->socket, report, sizeof(*report), MSG_DONTWAIT);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return size == sizeof(*report) ? 1 : -1;
}

void supervisor_end(struct supervisor *supervisor)
{
    if (supervisor->pid == 0)
        return;
    close(supervisor->socket);
    while (waitpid(supervisor->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *supervisor = (struct supervisor){.socket = -1};
}
