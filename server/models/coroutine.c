/* coroutine: one thread, and a stack for each connection.
 *
 * A connection is served by sequential code, the very code that the models with threads and
 * processes use (server/blocking.c): receive, sleep for the delay, send. A call that cannot be
 * completed at once does not put the thread to sleep, though: it switches to another stack. So a
 * connection's state is where its code has got to and the variables that it has there, not a struct
 * of an event loop's. And one thread runs everything: no locks, no preemption between waits, and
 * accepting is a coroutine as well, one for each listening socket.
 *
 * What remains of the loop is a scheduler: epoll, a queue of delays and one of timeouts, and each
 * of their reports resumes a stack. With --work, one such loop is one CPU, as with all loops.
 *
 * It costs a stack for each connection: 64 KiB of address space, of which the pages that were
 * touched are resident, here one. It stays mapped when the connection ends, for the next one.
 * A stack and its guard page are two memory maps, and vm.max_map_count (65,530) bounds them; beyond
 * that, connections are refused. Sequential code waits for one thing at a time: during the delay it
 * does not notice that its client has gone, which an event loop could.
 *
 * The switch is in assembly, or where there is none for the machine, swapcontext(): `active` in the
 * account says which.
 *
 * Choose it where a request has many steps and there are too many connections for threads. Go and
 * Java's virtual threads do, with more threads below. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/coroutine_switch.h"
#include "server/blocking.h"
#include "server/model.h"
#include "server/server.h"
#include "server/timers.h"

enum {
    EVENTS_MAX = 256,     /* that one epoll_wait can return */
    ACCEPTS_AT_ONCE = 64, /* then open connections are served */
};

struct task {
    struct blocking blocking;
    struct scheduler *scheduler;
    struct coroutine coroutine, *resumed_by;
    struct coroutine_stacks stack;
    void (*main)(struct task *task);
    struct timeout_link waiting; /* while it awaits its descriptor, for a limited time */
    int fd;                      /* its connection or listening socket */
    uint32_t watched;            /* what epoll reports of it */
    bool awaits_fd;
    struct task *next_unused;
};

struct scheduler {
    struct worker *worker;
    const struct coroutine_backend *backend;
    struct coroutine thread, *running;
    struct timers timers;
    struct task *unused; /* with their stacks */
    size_t made, busy;   /* tasks */
    int epoll;
};

/* ---- switching ---- */

/* Returns when the task waits, or has ended. */
static void task_resume(struct task *task)
{
    struct scheduler *scheduler = task->scheduler;
    task->resumed_by = scheduler->running;
    scheduler->running = &task->coroutine;
    coroutine_switch(scheduler->backend, task->resumed_by, &task->coroutine);
    scheduler->running = task->resumed_by;
}

/* Returns when the task is resumed. */
static void task_leave(struct task *task)
{
    coroutine_switch(task->scheduler->backend, &task->coroutine, task->resumed_by);
}

/* ---- on a task's own stack: how the calls of blocking.c wait ---- */

static int task_watch(struct task *task, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = task};
    int operation = !task->watched ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;
    if (task->watched == events)
        return 0;
    if (epoll_ctl(task->scheduler->epoll, operation, task->fd, &event) < 0)
        return -1;
    task->watched = events;
    return 0;
}

static void task_sleep_until(struct blocking *self, nsec_t due)
{
    struct task *task = (struct task *)self;
    deadlines_add(&task->scheduler->timers.deadlines, due, task);
    task_leave(task);
}

static void task_await(struct blocking *self, int fd, short events, nsec_t limit)
{
    struct task *task = (struct task *)self;
    struct timers *timers = &task->scheduler->timers;
    if (task_watch(task, (uint32_t)events) < 0) {
        worker_refused(self->worker, errno);
        shutdown(fd, SHUT_RDWR); /* so that the next call fails */
        return;
    }
    if (limit != INT64_MAX)
        timeout_list_add(limit == timers->idle.limit ? &timers->idle : &timers->draining,
                         &task->waiting, clock_now());
    if (worker_is_ending(self->worker))
        shutdown(fd, SHUT_RD);
    task->awaits_fd = true;
    task_leave(task);
    task->awaits_fd = false;
    timeout_list_remove(&task->waiting);
}

static const struct blocking_ops task_ops = {
    .socket_flags = SOCK_NONBLOCK, .await = task_await, .sleep_until = task_sleep_until};

/* One main after another. */
static void task_run(void *argument)
{
    struct task *task = argument;
    struct scheduler *scheduler = task->scheduler;
    for (;;) {
        task->main(task);
        task->next_unused = scheduler->unused;
        scheduler->unused = task;
        scheduler->busy--;
        task_leave(task); /* returns when it is used again */
    }
}

static int task_start(struct scheduler *scheduler, void (*task_main)(struct task *), int fd);

static void serve(struct task *task)
{
    blocking_converse(&task->blocking, task->fd);
    close(task->fd);
}

static void accept_all(struct task *task)
{
    int fd;
    for (unsigned n = 1; (fd = blocking_accept_from(&task->blocking, task->fd)) >= 0; n++) {
        if (task_start(task->scheduler, serve, fd) < 0) {
            worker_refused(task->blocking.worker, errno);
            close(fd);
        }
        if (n % ACCEPTS_AT_ONCE == 0)
            task_sleep_until(&task->blocking, 0); /* others first */
    }
}

/* ---- the scheduler ---- */

static int task_make(struct scheduler *scheduler)
{
    struct task *task = calloc(1, sizeof(*task));
    if (!task || deadlines_reserve(&scheduler->timers.deadlines, scheduler->made + 1) < 0 ||
        coroutine_stacks_map(&task->stack, 1, coroutine_stack_bytes, NULL) < 0) {
        free(task);
        errno = ENOMEM;
        return -1;
    }
    task->blocking = (struct blocking){&task_ops, scheduler->worker};
    task->scheduler = scheduler;
    coroutine_make(&task->coroutine, scheduler->backend, coroutine_stack(&task->stack, 0),
                   task->stack.stack_bytes, task_run, task);
    task->next_unused = scheduler->unused;
    scheduler->unused = task;
    scheduler->made++;
    return 0;
}

/* Returns when the task waits for the first time. -1, with errno: there is no stack for it. */
static int task_start(struct scheduler *scheduler, void (*task_main)(struct task *), int fd)
{
    if (!scheduler->unused && task_make(scheduler) < 0)
        return -1;
    struct task *task = scheduler->unused;
    scheduler->unused = task->next_unused;
    scheduler->busy++;
    task->main = task_main;
    task->fd = fd;
    task->watched = 0;
    task_resume(task);
    return 0;
}

static void on_due(void *task)
{
    task_resume(task);
}

static struct task *task_of(struct timeout_link *link)
{
    return (struct task *)((char *)link - offsetof(struct task, waiting));
}

static void on_expired(struct timeout_link *link)
{
    task_resume(task_of(link));
}

static void interrupt(struct timeout_link *link)
{
    shutdown(task_of(link)->fd, SHUT_RD);
}

static void report(struct scheduler *scheduler, struct task *task)
{
    if (!task) { /* a signal: let all that wait for a request read the end of their input */
        epoll_ctl(scheduler->epoll, EPOLL_CTL_DEL, server_stop_fd(scheduler->worker->server), NULL);
        timeout_list_each(&scheduler->timers.idle, interrupt);
    } else if (task->awaits_fd) {
        task_resume(task);
    } else {
        task_watch(task, 0); /* input during the delay: it is read after the response */
    }
}

static int scheduler_run(struct scheduler *scheduler, struct error *error)
{
    struct epoll_event events[EVENTS_MAX];
    while (timers_run(&scheduler->timers), scheduler->busy > 0) {
        nsec_t left = timers_left(timers_next(&scheduler->timers, 0));
        struct timespec timeout = clock_timespec(left);
        int ready = epoll_pwait2(scheduler->epoll, events, EVENTS_MAX,
                                 left == INT64_MAX ? NULL : &timeout, NULL);
        if (ready < 0 && errno != EINTR)
            return error_errno(error, errno, "epoll_pwait2");
        for (int i = 0; i < ready; i++) {
            report(scheduler, events[i].data.ptr);
            deadlines_run(&scheduler->timers.deadlines, 1);
        }
    }
    return 0;
}

static void scheduler_release(struct scheduler *scheduler)
{
    struct task *task;
    while ((task = scheduler->unused)) {
        scheduler->unused = task->next_unused;
        coroutine_release(&task->coroutine);
        coroutine_stacks_unmap(&task->stack);
        free(task);
    }
    deadlines_release(&scheduler->timers.deadlines);
    close(scheduler->epoll);
}

static int start_accepting(struct scheduler *scheduler, struct error *error)
{
    const struct listeners *listeners = scheduler->worker->listeners;
    for (size_t i = 0; i < listeners->count; i++)
        if (task_start(scheduler, accept_all, listeners->at[i].fd) < 0)
            return error_errno(error, errno, "cannot map a stack");
    return 0;
}

static int coroutine_serve(struct worker *worker, struct error *error)
{
    struct epoll_event stop = {.events = EPOLLIN, .data.ptr = NULL};
    struct scheduler scheduler = {.worker = worker,
                                  .backend = coroutine_assembly.missing ? &coroutine_ucontext
                                                                        : &coroutine_assembly,
                                  .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (scheduler.epoll < 0)
        return error_errno(error, errno, "epoll_create1");
    scheduler.running = &scheduler.thread;
    timers_init(&scheduler.timers, worker, on_due, on_expired);
    snprintf(worker->account->active, sizeof(worker->account->active), "stacks switched by %s",
             scheduler.backend->name);
    worker->account->connection_bytes =
        sizeof(struct task) + sizeof(struct deadline) + coroutine_stack_bytes;
    epoll_ctl(scheduler.epoll, EPOLL_CTL_ADD, server_stop_fd(worker->server), &stop);
    int result = start_accepting(&scheduler, error);
    if (result == 0)
        result = scheduler_run(&scheduler, error);
    scheduler_release(&scheduler);
    return result;
}

const struct server_model server_model_coroutine = {
    .name = "coroutine",
    .summary = "one thread, a stack for each connection, sequential code",
    .workers = WORKERS_ONE,
    .serve = coroutine_serve,
};
