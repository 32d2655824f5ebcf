/* The yardstick of the threadpool driver: C threads made beforehand, released together, each
 * blocking through one request after another until a shared counter is used up. No queue, no lock,
 * nothing recorded: what is left is what the kernel charges for threads that wait.
 *
 * usage: bare_threads HOST PORT REQUESTS CONCURRENCY
 * Prints the makespan in nanoseconds, from before the release to the last response, its connection
 * closed. */
#include "bare.h"

#include <pthread.h>
#include <stdatomic.h>

enum { STACK_BYTES = 64 * 1024 };

static pthread_barrier_t release;
static atomic_size_t next_request;
static atomic_uint threads_busy;
static nsec_t ended; /* written by the last thread, read after its join */

static void request(const char *request, size_t size)
{
    struct bare_slot slot = {.response = -1};
    bare_connect(&slot, 0);
    if (send(slot.fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
        bare_die("send");
    while (!bare_receive(&slot))
        ;
    bare_close(&slot);
}

static void *thread_main(void *unused)
{
    pthread_barrier_wait(&release);
    while (atomic_fetch_add_explicit(&next_request, 1, memory_order_relaxed) < bare.requests)
        request(REQUEST, strlen(REQUEST));
    if (atomic_fetch_sub(&threads_busy, 1) == 1)
        ended = clock_now();
    return unused;
}

static void threads_make(pthread_t *threads)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (unsigned i = 0; i < bare.concurrency; i++)
        if ((errno = pthread_create(&threads[i], &attributes, thread_main, NULL)))
            bare_die("pthread_create");
    pthread_attr_destroy(&attributes);
}

int main(int argc, char **argv)
{
    bare_parse(argc, argv, "bare_threads");
    if (bare.keep_alive) {
        fprintf(stderr, "bare_threads: it makes a connection per request and keeps none\n");
        return 2;
    }
    pthread_barrier_init(&release, NULL, bare.concurrency + 1);
    atomic_init(&threads_busy, bare.concurrency);
    pthread_t *threads = xcalloc(bare.concurrency, sizeof(*threads));
    threads_make(threads);
    for (int i = 0; i < WARMUP_REQUESTS; i++)
        request(REQUEST_WARMUP, strlen(REQUEST_WARMUP));
    nsec_t started = clock_now();
    pthread_barrier_wait(&release);
    for (unsigned i = 0; i < bare.concurrency; i++)
        pthread_join(threads[i], NULL);
    printf("%lld\n", (long long)(ended - started));
    return 0;
}
