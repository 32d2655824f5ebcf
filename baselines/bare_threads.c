/* The yardstick of the threadpool driver: C threads made beforehand, released together, each
 * blocking through one request after another until a shared counter is used up. No queue, no lock,
 * nothing recorded: what is left is what the kernel charges for threads that wait.
 *
 * usage: bare_threads HOST PORT REQUESTS CONCURRENCY
 * Prints the makespan in nanoseconds, from before the release to the last answer, its connection
 * closed. */
#include "bare.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { STACK_BYTES = 64 * 1024 };

static struct bare_options options;
static pthread_barrier_t release;
static atomic_size_t next_request;
static atomic_uint threads_busy;
static nsec_t ended; /* written by the last thread, read after its join */

static void request(const char *ask, size_t size)
{
    const struct net_address *server = &options.server;
    int fd = socket(server->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        bare_die("socket");
    if (connect(fd, (const struct sockaddr *)&server->storage, server->length) < 0)
        bare_die("connect");
    if (send(fd, ask, size, MSG_NOSIGNAL) != (ssize_t)size)
        bare_die("send");
    char answer[512];
    ssize_t got;
    do {
        got = recv(fd, answer, sizeof(answer), 0);
        if (got == 0)
            errno = ECONNRESET; /* closed without an answer */
        if (got <= 0)
            bare_die("recv");
    } while (answer[got - 1] != '\n');
    close(fd);
}

static void *thread_main(void *unused)
{
    pthread_barrier_wait(&release);
    while (atomic_fetch_add_explicit(&next_request, 1, memory_order_relaxed) < options.requests)
        request(ASK, strlen(ASK));
    if (atomic_fetch_sub(&threads_busy, 1) == 1)
        ended = clock_now();
    return unused;
}

static void threads_make(pthread_t *threads)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (unsigned i = 0; i < options.concurrency; i++)
        if ((errno = pthread_create(&threads[i], &attributes, thread_main, NULL)))
            bare_die("pthread_create");
    pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
    struct error error;
    int parsed = bare_parse(argc, argv, &options, &error);
    if (parsed == 0 && options.keep_alive)
        parsed = error_set(&error, "it makes a connection per request and keeps none");
    if (parsed < 0) {
        fprintf(stderr, "bare_threads: %s\n", error.text);
        return 2;
    }
    pthread_barrier_init(&release, NULL, options.concurrency + 1);
    atomic_init(&threads_busy, options.concurrency);
    pthread_t *threads = xcalloc(options.concurrency, sizeof(*threads));
    threads_make(threads);
    for (int i = 0; i < WARMUP_REQUESTS; i++)
        request(ASK_WARMUP, strlen(ASK_WARMUP));
    nsec_t started = clock_now();
    pthread_barrier_wait(&release);
    for (unsigned i = 0; i < options.concurrency; i++)
        pthread_join(threads[i], NULL);
    printf("%lld\n", (long long)(ended - started));
    return 0;
}
