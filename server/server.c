#include "server.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/process.h"
#include "model.h"

struct server {
    const struct server_model *model;
    struct server_settings settings;
    struct account *account;
    struct listeners listeners, *own; /* one set, or one for each worker */
    unsigned workers;                 /* to be started in advance, or the most at once */
    int stop_fd;                      /* an eventfd */
    pid_t pid;                        /* of the main process: workers can be others */
    _Atomic int death;                /* of the last worker that died, as waitpid() says */
    struct slot {
        struct worker *worker; /* kept for the next who gets the row */
        pthread_t thread;
        bool started; /* the thread, and it has to be joined */
    } * slots;        /* as the account's rows */
};

static struct server *the_server; /* for the signals' handlers */

/* ---- workers ---- */

/* A row that nobody holds; -1 if there is none. */
static int free_row(const struct server *server)
{
    struct account *account = server->account;
    unsigned used = account->workers;
    for (unsigned i = 1; i < used; i++)
        if (account->worker[i].state == WORKER_ENDED)
            return (int)i;
    if (used > server->workers || used == ACCOUNT_WORKERS_MAX)
        return -1;
    account->workers = used + 1;
    return (int)used;
}

struct worker *server_add_worker(const struct server *server)
{
    int row = free_row(server);
    if (row < 0) {
        errno = EAGAIN;
        return NULL;
    }
    struct slot *slot = &server->slots[row];
    if (slot->started)
        pthread_join(slot->thread, NULL);
    slot->started = false;
    if (!slot->worker)
        slot->worker = calloc(1, sizeof(*slot->worker));
    struct worker *worker = slot->worker;
    if (!worker)
        return NULL;
    worker->server = server;
    worker->model = server->model;
    worker->settings = &server->settings;
    worker->account = server->account;
    worker->row = &server->account->worker[row];
    worker->listeners = server->own ? &server->own[row] : &server->listeners;
    worker->serving = -1;
    rng_init(&worker->rng,
             row ? rng_mix(server->settings.seed, (uint64_t)row) : server->settings.seed);
    worker->row->pid = server->pid; /* until it has begun: a signal may come before that */
    worker->row->state = WORKER_SERVING;
    return worker;
}

/* In the thread or process that the worker is. */
static void worker_begin(struct worker *worker)
{
    worker->row->pid = getpid();
    worker->row->tid = (pid_t)syscall(SYS_gettid);
    prctl(PR_SET_TIMERSLACK, 1); /* ns: else a sleep may last 50 us longer */
}

static void worker_end(struct worker *worker)
{
    account_add(&worker->row->cpu_ns, (uint64_t)clock_read(CLOCK_THREAD_CPUTIME_ID));
    worker->row->state = WORKER_ENDED;
}

struct start {
    struct worker *worker;
    worker_main *main;
    void *argument;
};

static void *thread_main(void *data)
{
    struct start start = *(struct start *)data;
    free(data);
    worker_begin(start.worker);
    start.main(start.worker, start.argument);
    worker_end(start.worker);
    return NULL;
}

static struct slot *slot_of(const struct worker *worker)
{
    return &worker->server->slots[worker->row - worker->account->worker];
}

int worker_start_thread(struct worker *worker, worker_main *main, void *argument)
{
    struct start *start = malloc(sizeof(*start));
    sigset_t all, before;
    int result = ENOMEM;
    if (start) {
        *start = (struct start){worker, main, argument};
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
        result = pthread_create(&slot_of(worker)->thread, NULL, thread_main, start);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    slot_of(worker)->started = result == 0;
    if (result == 0)
        return 0;
    free(start);
    worker->row->state = WORKER_ENDED;
    errno = result;
    return -1;
}

/* In the child: the parent forwards what it gets, and Ctrl-C reaches both. */
static void on_forwarded(int number)
{
    (void)number;
    for (unsigned i = 0; i < the_server->account->workers; i++)
        if (the_server->account->worker[i].pid == getpid())
            worker_interrupt(the_server->slots[i].worker);
}

/* Descriptors are limited for each process: it does not need the sockets of the others. */
static void close_others(const struct worker *worker)
{
    const struct server *server = worker->server;
    for (unsigned i = 0; server->own && i < server->workers; i++)
        if (&server->own[i] != worker->listeners)
            listeners_hand_over(&server->own[i]);
}

static void child_main(const struct start *start)
{
    struct sigaction forwarded = {.sa_handler = on_forwarded};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->worker->server->pid)
        _exit(EXIT_FAILURE);
    worker_begin(start->worker);
    close_others(start->worker);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGINT, SIG_IGN);
    sigaction(SIGTERM, &forwarded, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    start->main(start->worker, start->argument);
    worker_end(start->worker);
    _exit(EXIT_SUCCESS);
}

int worker_start_process(struct worker *worker, worker_main *main, void *argument)
{
    const struct start start = {worker, main, argument};
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before); /* its end is noticed once its pid is known */
    pid_t pid = fork();
    if (pid == 0)
        child_main(&start);
    int errnum = errno;
    if (pid > 0)
        worker->row->pid = pid;
    else
        worker->row->state = WORKER_ENDED;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = errnum;
    return pid > 0 ? 0 : -1;
}

/* Whether the main thread is a worker, the first one. */
static bool main_serves(const struct server *server)
{
    enum model_workers are = server->model->workers;
    return are != WORKERS_PROCESSES && are != WORKERS_PROGRAM;
}

/* Whether workers other than the main thread serve. */
static bool others_serve(const struct server *server)
{
    return account_in_state(server->account, WORKER_SERVING) > (main_serves(server) ? 1 : 0);
}

void server_await_workers(const struct server *server)
{
    sigset_t child, before;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (unsigned i = 0; i < server->account->workers; i++) {
        if (server->slots[i].started)
            pthread_join(server->slots[i].thread, NULL);
        server->slots[i].started = false;
    }
    sigprocmask(SIG_BLOCK, &child, &before);
    while (others_serve(server))
        sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- signals ---- */

static uint64_t timeval_ns(struct timeval t)
{
    return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_usec * NSEC_PER_USEC;
}

/* Only what is safe in a signal's handler. */
static void on_child(int number)
{
    int errnum = errno, status;
    struct rusage usage;
    pid_t pid;
    (void)number;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        struct account *account = the_server->account;
        for (unsigned i = 0; i < account->workers; i++) {
            struct account_worker *row = &account->worker[i];
            if (row->pid != pid || row->state != WORKER_SERVING)
                continue;
            account_settle(account, row);
            account_add(&row->cpu_ns, timeval_ns(usage.ru_utime) + timeval_ns(usage.ru_stime));
            the_server->death = status;
            /* A program cannot say itself that it has ended as it should. */
            row->state = account->ending && status == 0 ? WORKER_ENDED : WORKER_DIED;
        }
    }
    errno = errnum;
}

static void signal_workers(struct server *server, int number)
{
    for (unsigned i = 0; i < server->account->workers; i++) {
        struct account_worker *row = &server->account->worker[i];
        if (row->state != WORKER_SERVING)
            continue;
        if (row->pid == server->pid)
            worker_interrupt(server->slots[i].worker);
        else
            kill(row->pid, number);
    }
}

static void end_at_once(struct server *server)
{
    char text[80];
    uint64_t in_flight =
        account_in_flight(server->account); /* before those who have them are gone */
    signal_workers(server, SIGKILL);
    int size = snprintf(text, sizeof(text), "randintd: ended with requests in flight: %llu\n",
                        (unsigned long long)in_flight);
    if (write(STDERR_FILENO, text, (size_t)size) == size)
        _exit(EXIT_FAILURE);
    _exit(EXIT_FAILURE);
}

static void on_end(int number)
{
    int errnum = errno;
    struct server *server = the_server;
    uint64_t one = 1;
    (void)number;
    if (atomic_exchange(&server->account->ending, true))
        end_at_once(server);
    if (write(server->stop_fd, &one, sizeof(one)) < 0)
        end_at_once(server);
    for (unsigned i = 0; i < (server->own ? server->workers : 1); i++)
        listeners_shut(server->own ? &server->own[i] : &server->listeners);
    signal_workers(server, SIGTERM);
    errno = errnum;
}

/* What was ignored when the program was started, as nohup does, stays ignored. */
static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction before, action = {.sa_handler = handler, .sa_flags = flags};
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

static void handle_signals(void)
{
    signal(SIGCHLD, SIG_DFL); /* ignored, it would hide how a worker ended */
    handle(SIGCHLD, on_child, SA_RESTART);
    handle(SIGTERM, on_end, 0); /* let blocking calls return */
    handle(SIGINT, on_end, 0);
}

/* ---- the server ---- */

/* In each worker. The first that cannot serve says why and ends the server: a second signal would
 * end it at once. */
static void serve(struct worker *worker, void *argument)
{
    struct error error;
    (void)argument;
    if (worker->model->serve(worker, &error) == 0 ||
        atomic_exchange(&worker->account->failed, true))
        return;
    fprintf(stderr, "randintd: a worker cannot serve: %s\n", error.text);
    if (!worker_is_ending(worker))
        kill(worker->server->pid, SIGTERM);
}

/* A worker that is a program. The sockets are its own from then on: they refuse connections as soon
 * as it closes them or dies. */
static int start_program(struct server *server, struct error *error)
{
    struct worker *worker = server_add_worker(server);
    if (server->model->start(worker, error) < 0) {
        if (worker->row->pid == server->pid) /* there is no process whose end could be noticed */
            worker->row->state = WORKER_ENDED;
        return -1;
    }
    int backlog = listeners_backlog_now(&server->listeners); /* the program may have changed it */
    if (backlog >= 0)
        server->account->backlog_effective = backlog;
    listeners_hand_over(&server->listeners);
    return 0;
}

static int start_workers(struct server *server, struct error *error)
{
    enum model_workers are = server->model->workers;
    unsigned first = main_serves(server) ? 1 : 0;
    if (are == WORKERS_PROGRAM)
        return start_program(server, error);
    if (first)
        worker_begin(server_add_worker(server));
    if (are == WORKERS_ONE || are == WORKERS_FOR_EACH)
        return 0;
    for (unsigned i = first; i < server->workers; i++) {
        struct worker *worker = server_add_worker(server);
        int started = -1;
        if (worker)
            started = are == WORKERS_THREADS ? worker_start_thread(worker, serve, NULL)
                                             : worker_start_process(worker, serve, NULL);
        if (started < 0)
            return error_errno(error, errno,
                               "cannot start worker %u of %u (fewer: --workers; more: ulimit -u)",
                               i + 1, server->workers);
    }
    return 0;
}

static unsigned worker_count(const struct server_model *model, unsigned wanted)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (!server_model_has_workers(model))
        return 1;
    if (wanted)
        return wanted;
    return model->workers_default ? model->workers_default : cpus > 0 ? (unsigned)cpus : 1;
}

unsigned server_connections(const struct server_settings *settings)
{
    struct error error;
    const struct server_model *model = server_model_find(settings->model, &error);
    return model && model->blocking ? worker_count(model, settings->workers) : 0;
}

unsigned server_processes(const struct server_settings *settings)
{
    struct error error;
    const struct server_model *model = server_model_find(settings->model, &error);
    return model && model->workers == WORKERS_PROCESSES ? worker_count(model, settings->workers)
                                                        : 1;
}

static int open_listeners(struct server *server, struct error *error)
{
    const struct server_settings *settings = &server->settings;
    const struct listeners_config config = {
        .hosts = settings->hosts,
        .host_count = settings->host_count,
        .most = server->model->blocking ? 1 : LISTENERS_MAX,
        .port = settings->port,
        .ports = settings->ports,
        .backlog = settings->backlog,
        .reuse_port = server->model->own_listeners,
    };
    if (settings->host_count > config.most || (server->model->blocking && settings->ports > 1))
        return error_set(error,
                         "%s blocks in accept(), so it can listen on one --host and port only",
                         settings->model);
    if (listeners_open(&server->listeners, &config, error) < 0)
        return -1;
    if (server->model->blocking || server->model->workers == WORKERS_PROGRAM)
        listeners_set_blocking(&server->listeners);
    if (!config.reuse_port)
        return 0;
    server->own = xcalloc(server->workers, sizeof(*server->own));
    server->own[0] = server->listeners;
    for (unsigned i = 1; i < server->workers; i++)
        if (listeners_open_beside(&server->own[i], &server->listeners, settings->backlog, error) <
            0)
            return -1;
    return 0;
}

static int open_account(struct server *server, struct error *error)
{
    struct server_settings *settings = &server->settings;
    bool by_program = server->model->workers == WORKERS_PROGRAM;
    if (by_program && !settings->account) /* it is passed on as a descriptor */
        settings->account = memfd_create("account", MFD_CLOEXEC);
    if (settings->account < 0)
        return error_errno(error, errno, "the account's file");
    struct account *account =
        account_create(settings->account ? (int)settings->account : -1, error);
    if (!account)
        return -1;
    server->account = account;
    snprintf(account->model, sizeof(account->model), "%s", server->model->name);
    account->in_advance = server->model->workers != WORKERS_FOR_EACH;
    account->serves_at_once = server_connections(settings);
    account->by_program = by_program;
    account->delay = settings->delay;
    account->work = settings->work;
    account->idle = settings->idle;
    account->backlog = settings->backlog;
    account->backlog_effective = listeners_backlog(settings->backlog);
    account->seed = settings->seed;
    return 0;
}

struct server *server_new(const struct server_settings *settings, struct error *error)
{
    const struct server_model *model =
        server_model_choose(settings->model, settings->workers, error);
    if (!model || server_model_check(model, error) < 0)
        return NULL;
    struct server *server = xcalloc(1, sizeof(*server));
    server->slots = xcalloc(ACCOUNT_WORKERS_MAX, sizeof(*server->slots));
    server->model = model;
    server->settings = *settings;
    server->settings.workers = worker_count(model, settings->workers);
    server->workers = model->workers == WORKERS_PROGRAM ? 1 : server->settings.workers;
    server->pid = getpid();
    server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    the_server = server;
    if (server->stop_fd < 0) {
        error_errno(error, errno, "cannot create an eventfd");
    } else if (open_listeners(server, error) == 0 && open_account(server, error) == 0) {
        handle_signals();
        if (start_workers(server, error) == 0)
            return server;
        on_end(SIGTERM);
    }
    server_free(server);
    return NULL;
}

const struct net_address *server_address(const struct server *server, size_t index)
{
    return index < server->listeners.count ? &server->listeners.at[index].address : NULL;
}

int server_run(struct server *server, struct error *error)
{
    char how[64];
    if (main_serves(server))
        serve(server->slots[0].worker, NULL);
    server_await_workers(server);
    unsigned died = account_in_state(server->account, WORKER_DIED);
    if (died)
        return error_set(error, "%u of %u workers died; the last one %s", died,
                         server->account->workers, server_describe_death(server, how, sizeof(how)));
    return server->account->failed ? error_set(error, "ended because a worker could not serve") : 0;
}

char *server_describe_death(const struct server *server, char *buffer, size_t size)
{
    return process_describe_end(server->death, buffer, size);
}

int server_stop_fd(const struct server *server)
{
    return server->stop_fd;
}

/* A child that has said that it is done may end any moment, and its signal must not find what is
 * released here. */
static void ignore_signals(void)
{
    signal(SIGCHLD, SIG_DFL);
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
}

void server_free(struct server *server)
{
    if (server->account)
        server_await_workers(server); /* they use the listeners */
    ignore_signals();
    for (unsigned i = 1; server->own && i < server->workers; i++)
        listeners_close(&server->own[i]);
    listeners_close(&server->listeners);
    for (unsigned i = 0; i < ACCOUNT_WORKERS_MAX; i++)
        free(server->slots[i].worker);
    free(server->slots);
    free(server->own);
    if (server->account)
        account_unmap(server->account);
    if (server->stop_fd >= 0)
        close(server->stop_fd);
    free(server);
}
