#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/program_path.h"
#include "server.h"

enum {
    FIRST_LISTENER = STDERR_FILENO + 1,  /* in the program; the account's descriptor is the next */
    DESCRIPTORS_MAX = LISTENERS_MAX + 1, /* of those two kinds */
    PRINTED_BYTES = 80,                  /* of what the program prints instead of "ready" */
};

static const nsec_t READY_TIMEOUT = 10 * NSEC_PER_SEC;
static const nsec_t END_TIMEOUT = NSEC_PER_SEC;

struct launch {
    struct program_command command;
    int output;  /* the program's standard output */
    int failure; /* gets errno if the program cannot be executed */
};

/* ---- in the child ---- */

static void export_integer(const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%" PRId64, value);
    setenv(name, text, true);
}

static void export_settings(const struct worker *worker)
{
    const struct server_settings *settings = worker->settings;
    const char *row = (const char *)worker->row, *account = (const char *)worker->account;
    export_integer("RANDINTD_LISTENERS", (int64_t)worker->listeners->count);
    export_integer("RANDINTD_ACCOUNT", FIRST_LISTENER + (int64_t)worker->listeners->count);
    export_integer("RANDINTD_ROW", row - account);
    export_integer("RANDINTD_DELAY", settings->delay);
    export_integer("RANDINTD_WORK", settings->work);
    export_integer("RANDINTD_IDLE", settings->idle);
    export_integer("RANDINTD_BACKLOG", settings->backlog);
    export_integer("RANDINTD_WORKERS", settings->workers);
    export_integer("RANDINTD_SEED", (int64_t)settings->seed);
    export_integer("RANDINTD_KEEP_ALIVE", settings->keep_alive);
}

/* Returns 0, or -1 with errno and the descriptor as it was. */
static int move_up(int *fd, int least)
{
    int moved = fcntl(*fd, F_DUPFD_CLOEXEC, least);
    if (moved < 0)
        return -1;
    close(*fd);
    *fd = moved;
    return 0;
}

/* Standard input and output, the listeners, the account; all others will be closed. Returns 0, or
 * -1 with errno. */
static int place_descriptors(const struct worker *worker, struct launch *launch)
{
    const struct listeners *listeners = worker->listeners;
    int fds[FIRST_LISTENER + DESCRIPTORS_MAX], count = FIRST_LISTENER;
    fds[STDIN_FILENO] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    fds[STDOUT_FILENO] = launch->output;
    fds[STDERR_FILENO] = STDERR_FILENO;
    for (size_t i = 0; i < listeners->count; i++)
        fds[count++] = listeners->at[i].fd;
    fds[count++] = (int)worker->settings->account;
    /* Move all out of the way first, so that no dup2() closes one that is still needed. */
    if (move_up(&launch->failure, count) < 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (move_up(&fds[i], count) < 0)
            return -1;
    for (int i = 0; i < count; i++)
        if (dup2(fds[i], i) < 0)
            return -1;
    return close_range((unsigned)count, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* Become the program. */
static void run_program(struct worker *worker, void *argument)
{
    struct launch *launch = argument;
    worker->row->tid = ACCOUNT_ALL_THREADS;
    export_settings(worker);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (worker_is_ending(worker)) /* the signal came before the program could get it */
        _exit(EXIT_SUCCESS);
    if (place_descriptors(worker, launch) == 0)
        execve(launch->command.path, launch->command.argv, environ);
    int errnum = errno;
    if (write(launch->failure, &errnum, sizeof(errnum)) < 0)
        _exit(EXIT_FAILURE);
    _exit(EXIT_FAILURE);
}

/* ---- in randintd ---- */

/* Its output ended. Returns -1. */
static int ended_early(const struct worker *worker, struct error *error)
{
    const struct timespec pause = {.tv_nsec = NSEC_PER_MSEC};
    nsec_t deadline = clock_now() + END_TIMEOUT;
    char how[64];
    while (worker->row->state == WORKER_SERVING && clock_now() < deadline)
        nanosleep(&pause, NULL);
    if (worker->row->state == WORKER_SERVING)
        return error_set(error, "%s closed its standard output before it printed 'ready'",
                         worker->model->name);
    return error_set(error, "%s %s before it printed 'ready'", worker->model->name,
                     server_describe_death(worker->server, how, sizeof(how)));
}

/* It printed something else. Returns -1. */
static int printed_other(const struct worker *worker, char *text, struct error *error)
{
    text[strcspn(text, "\n")] = '\0';
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return error_set(error, "%s printed '%s', not 'ready'", worker->model->name, text);
}

static int await_ready(const struct worker *worker, int output, struct error *error)
{
    static const char ready[] = "ready\n";
    char text[PRINTED_BYTES] = "";
    nsec_t deadline = clock_now() + READY_TIMEOUT;
    for (size_t length = 0; !strchr(text, '\n') && length < sizeof(text) - 1;) {
        struct pollfd readable = {.fd = output, .events = POLLIN};
        nsec_t left = deadline - clock_now();
        int found = poll(&readable, 1, left > 0 ? (int)(left / NSEC_PER_MSEC) : 0);
        if (found == 0)
            return error_set(error, "%s did not print 'ready' within 10 s", worker->model->name);
        if (found < 0)
            continue; /* a signal */
        ssize_t size = read(output, text + length, sizeof(text) - 1 - length);
        if (size <= 0)
            return ended_early(worker, error);
        length += (size_t)size;
        text[length] = '\0';
    }
    return strncmp(text, ready, strlen(ready)) == 0 ? 0 : printed_other(worker, text, error);
}

/* Once it is the program, `failure` is closed without a word. */
static int await_exec(const struct worker *worker, int failure, struct error *error)
{
    int errnum;
    ssize_t size;
    do
        size = read(failure, &errnum, sizeof(errnum));
    while (size < 0 && errno == EINTR);
    if (size != sizeof(errnum))
        return 0;
    return error_errno(error, errnum, "%s cannot be started%s", worker->model->name,
                       errnum == ENOEXEC ? " (is its first line '#!' and an interpreter?)" : "");
}

static int launch_and_await(struct worker *worker, struct launch *launch, const int output[2],
                            const int failure[2], struct error *error)
{
    launch->output = output[1];
    launch->failure = failure[1];
    int started = worker_start_process(worker, run_program, launch);
    int errnum = errno;
    close(output[1]);
    close(failure[1]);
    if (started < 0)
        return error_errno(error, errnum, "cannot create a process for %s", worker->model->name);
    if (await_exec(worker, failure[0], error) == 0 && await_ready(worker, output[0], error) == 0)
        return 0;
    if (worker->row->state == WORKER_SERVING)
        kill(worker->row->pid, SIGKILL);
    return -1;
}

static int program_start(struct worker *worker, struct error *error)
{
    struct launch launch;
    int output[2], failure[2];
    if (program_command_find(worker->model->config, worker->model->name, &launch.command, error) <
        0)
        return -1;
    if (pipe2(output, O_CLOEXEC) < 0)
        return error_errno(error, errno, "cannot create a pipe to %s", worker->model->name);
    int result = -1;
    if (pipe2(failure, O_CLOEXEC) == 0) {
        result = launch_and_await(worker, &launch, output, failure, error);
        close(failure[0]);
    } else {
        error_errno(error, errno, "cannot create a pipe to %s", worker->model->name);
        close(output[1]);
    }
    close(output[0]);
    return result;
}

static int program_probe(const struct server_model *self, struct error *why)
{
    struct program_command command;
    return program_command_find(self->config, self->name, &command, why);
}

/* ---- the models ---- */

#define PROGRAM_FUNCTIONS .workers = WORKERS_PROGRAM, .probe = program_probe, .start = program_start

const struct server_model server_model_python_asyncio = {
    .name = "python-asyncio",
    .summary = "Python: asyncio's streams, a task for each connection; a backlog of 100 at most",
    .one_thread = true,
    .config = &(const struct bundled_program){"programs/server_python_asyncio.py",
                                              .interpreter = &program_python},
    PROGRAM_FUNCTIONS,
};

const struct server_model server_model_python_threads = {
    .name = "python-threads",
    .summary = "Python: a thread for each connection, blocking sockets",
    .workers_default = ACCOUNT_WORKERS_MAX - 1,
    .blocking = true,
    .config = &(const struct bundled_program){"programs/server_python_threads.py",
                                              .interpreter = &program_python},
    PROGRAM_FUNCTIONS,
};

const struct server_model server_model_go = {
    .name = "go",
    .summary = "Go: a goroutine for each connection, blocking code on the runtime's poller",
    .config =
        &(const struct bundled_program){"programs/server_go", .compiler_package = "golang-go"},
    PROGRAM_FUNCTIONS,
};

const struct server_model server_model_node = {
    .name = "node",
    .summary = "Node.js: one thread, an event loop with callbacks",
    .one_thread = true,
    .config =
        &(const struct bundled_program){"programs/server_node.mjs", .interpreter = &program_node},
    PROGRAM_FUNCTIONS,
};

const struct server_model *program_model_find(const char *name, struct error *error)
{
    static struct server_model named;
    if (strchr(name + strlen(PROGRAM_EXEC_PREFIX), ':')) { /* in a case, workers follow it */
        error_set(error, "%s: the path must not contain a colon: make a symbolic link to it", name);
        return NULL;
    }
    named = (struct server_model){
        .name = name,
        .summary = "a program",
        PROGRAM_FUNCTIONS,
    };
    return &named;
}
