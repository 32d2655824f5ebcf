#include "keeper.h"

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

/* Between fork and exec, and in the keeper: system calls only, for this process may have threads
 * that held locks. */

static void report(int life, int exec_errno, int status)
{
    const struct keeper_report said = {exec_errno, status};
    send(life, &said, sizeof(said), MSG_NOSIGNAL);
}

static _Noreturn void become_program(const char *path, char *const argv[], const int stdio[3],
                                     int life, pid_t keeper)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0); /* a signal that it sends to its group is not for the keeper */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Out of the way first, so that no dup2 closes one that is still needed. */
    int high[3], result = getppid() == keeper ? 0 : -1; /* it was gone before prctl() */
    for (int i = 0; i < 3 && result >= 0; i++)
        result = high[i] = fcntl(stdio[i], F_DUPFD_CLOEXEC, 3);
    for (int i = 0; i < 3 && result >= 0; i++)
        result = dup2(high[i], i);
    if (result >= 0 && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        execve(path, argv, environ);
    report(life, errno ? errno : ESRCH, 0);
    _exit(127);
}

/* Hold nothing open that others wait to see closed. `b` may be -1. */
static void close_all_but(int a, int b)
{
    unsigned low = (unsigned)(b >= 0 && b < a ? b : a), high = (unsigned)(b > a ? b : a);
    if (low > 0)
        close_range(0, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
}

/* Orphans of the program are children of ours (we are their subreaper), so in the end all that is
 * left of it is: kill those that there are until there are none. */
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

static _Noreturn void be_keeper(const char *path, char *const argv[], const int stdio[3], int life)
{
    setsid(); /* a Ctrl-C at the terminal is not for us */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t keeper = getpid(), program = fork();
    if (program == 0)
        become_program(path, argv, stdio, life, keeper);
    int ended = program < 0 ? -1 : pidfd_open(program, 0);
    if (ended < 0)
        report(life, errno, 0);
    close_all_but(life, ended);
    struct pollfd fds[] = {{.fd = life, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 || !fds[0].revents) {
        int status;
        if (!fds[1].revents)
            continue;
        if (waitpid(program, &status, 0) == program)
            report(life, 0, status);
        fds[1].fd = -1;
    }
    kill_all();
    _exit(0);
}

int keeper_start(struct keeper *keeper, const char *path, char *const argv[], const int stdio[3],
                 struct error *error)
{
    int ends[2];
    *keeper = (struct keeper){.life = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(error, errno, "no socket to watch %s by", path);
    keeper->pid = fork();
    if (keeper->pid == 0)
        be_keeper(path, argv, stdio, ends[1]);
    int reason = errno;
    close(ends[1]);
    if (keeper->pid < 0) {
        keeper->pid = 0;
        close(ends[0]);
        return error_errno(error, reason, "no process for %s", path);
    }
    keeper->life = ends[0];
    return 0;
}

int keeper_hear(const struct keeper *keeper, struct keeper_report *said)
{
    ssize_t size = recv(keeper->life, said, sizeof(*said), MSG_DONTWAIT);
    if (size < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    return size == sizeof(*said) ? 1 : -1;
}

void keeper_end(struct keeper *keeper)
{
    if (keeper->pid == 0)
        return;
    close(keeper->life);
    while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *keeper = (struct keeper){.life = -1};
}
