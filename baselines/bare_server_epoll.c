/* The yardstick of the readiness server models: the system calls of `epoll`, in the same order.
 * What the model takes longer is the cost of its dialogue, its account and its timeouts. See
 * bare_server.h. */
#include "bare_server.h"

#include <sys/epoll.h>

enum {
    EVENTS_MAX = 256,     /* as server/models/epoll.c */
    ACCEPTS_AT_ONCE = 64, /* as server/connections.c */
};

static int epoll;
static char input[INPUT_BYTES];

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        err(1, "epoll_ctl");
}

/* Returns false if the connection was closed. */
static bool receive(int fd)
{
    ssize_t size = recv(fd, input, sizeof(input), 0);
    if (size < 0 && errno == EAGAIN)
        return true;
    bool ends = bare_request_ends(input, size);
    if (size > 0 && !ends)
        return true;
    bool sent = ends && send(fd, bare.response, bare.response_size, bare.send_flags) > 0;
    if (sent && bare.keep_alive)
        return true;
    if (sent) /* the model makes sure that closing resets nothing */
        recv(fd, input, sizeof(input), 0);
    close(fd);
    return false;
}

static void accept_all(void)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        int fd = accept4(bare.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN)
            return;
        if (fd < 0)
            err(1, "accept4");
        if (receive(fd))
            watch(fd);
    }
}

int main(int argc, char **argv)
{
    bare_listen(argc, argv);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0)
        err(1, "epoll_create1");
    watch(bare.listener);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_pwait2(epoll, events, EVENTS_MAX, NULL, NULL);
        if (ready < 0 && errno != EINTR)
            err(1, "epoll_pwait2");
        for (int i = 0; i < ready; i++) {
            if (events[i].data.fd == bare.listener)
                accept_all();
            else
                receive(events[i].data.fd);
        }
    }
}
