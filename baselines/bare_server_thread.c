/* The yardstick of the blocking server models: the system calls of `thread`, a thread for each
 * connection. Of the blocking models it is the one to compare: a pool of N workers (`prefork`,
 * `threadpool`) serves N kept connections and leaves all others waiting, so that it has no figure
 * for 1024; and what a pool does per connection is what a thread does here, without its making.
 * What the model takes longer is the cost of its dialogue, its account and its worker's row. See
 * bare_server.h. */
#include "bare_server.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>

static const struct timeval idle = {.tv_sec = 60}; /* randintd's --idle */

static bool respond(int fd, char *input)
{
    ssize_t size;
    do
        size = recv(fd, input, INPUT_BYTES, 0);
    while (size > 0 && !bare_request_ends(input, size));
    return size > 0 && send(fd, bare.response, bare.response_size, bare.send_flags) > 0;
}

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char input[INPUT_BYTES];
    bool responded;
    do
        responded = respond(fd, input);
    while (responded && bare.keep_alive);
    if (responded) /* the model makes sure that closing resets nothing */
        recv(fd, input, sizeof(input), MSG_DONTWAIT);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bare_listen(argc, argv);
    fcntl(bare.listener, F_SETFL, 0);
    for (;;) {
        pthread_t thread;
        int fd = accept4(bare.listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            err(1, "accept4");
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &idle, sizeof(idle));
        errno = pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd);
        if (errno)
            err(1, "pthread_create");
    }
}
