#include "peer.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "expect.h"

/* Static, so that a test that fails leaves the thread nothing that dangles. */
struct peer peer;
static pthread_t thread;

/* Held while the sockets below change hands. A child that is forked meanwhile closes its copies:
 * with one of them, whoever waits for the end of a connection would wait for that child, possibly
 * itself. */
static pthread_mutex_t sockets = PTHREAD_MUTEX_INITIALIZER;

static void sockets_lock(void)
{
    pthread_mutex_lock(&sockets);
}

static void sockets_unlock(void)
{
    pthread_mutex_unlock(&sockets);
}

static void sockets_close_in_child(void)
{
    close(peer.connection); /* fails where it is -1 */
    close(peer.listener);
    sockets_unlock();
}

static void sockets_watch_forks(void)
{
    pthread_atfork(sockets_lock, sockets_unlock, sockets_close_in_child);
}

static void peer_hear(void)
{
    size_t start = peer.heard_size;
    while (peer.heard_size < sizeof(peer.heard) - 1) {
        if (recv(peer.connection, peer.heard + peer.heard_size, 1, 0) != 1)
            return;
        peer.heard_size++;
        const char *request = peer.heard + start;
        size_t size = peer.heard_size - start;
        bool http = request[0] == 'G';
        if (http ? size >= 4 && !memcmp(request + size - 4, "\r\n\r\n", 4)
                 : request[size - 1] == '\n')
            return;
    }
}

static void peer_close(int *fd)
{
    sockets_lock();
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    sockets_unlock();
}

static void peer_accept(void)
{
    struct pollfd next = {.fd = peer.listener, .events = POLLIN};
    peer_close(&peer.connection);
    if (poll(&next, 1, PEER_TIMEOUT_MS) != 1)
        return;
    sockets_lock();
    peer.connection = accept4(peer.listener, NULL, NULL, SOCK_CLOEXEC);
    sockets_unlock();
    peer.accepted += peer.connection >= 0;
}

static void peer_act(const struct act *act)
{
    struct linger at_once = {.l_onoff = 1};
    struct timespec rest = clock_timespec((nsec_t)act->size * NSEC_PER_MSEC);
    switch (act->what) {
    case TO_ACCEPT: peer_accept(); break;
    case TO_HEAR: peer_hear(); break;
    case TO_SAY: send(peer.connection, act->text, act->size, MSG_NOSIGNAL); break;
    case TO_END: /* in one segment; later requests are still read */
        send(peer.connection, act->text, act->size, MSG_NOSIGNAL | MSG_MORE);
        shutdown(peer.connection, SHUT_WR);
        break;
    case TO_REST: nanosleep(&rest, NULL); break;
    case TO_RESET:
        setsockopt(peer.connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        peer_close(&peer.connection);
        break;
    case TO_CLOSE: peer_close(&peer.connection); break;
    case TO_DIE: peer_close(&peer.listener); break;
    case EXIT: break;
    }
}

static void *peer_main(void *unused)
{
    for (const struct act *act = peer.acts; act->what != EXIT; act++)
        peer_act(act);
    peer_close(&peer.connection);
    peer_close(&peer.listener);
    return unused;
}

static int set_timeout(int fd)
{
    struct timeval timeout = {.tv_sec = PEER_TIMEOUT_MS / 1000};
    return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

void peer_listen(struct net_address *address, int backlog)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, sockets_watch_forks);
    peer = (struct peer){.listener = -1, .connection = -1};
    struct error error = {0};
    peer.listener = net_address_make("127.0.0.1", 0, address, &error) < 0
                        ? -1
                        : net_listen(address, backlog, false, &error);
    /* Blocking, but not for ever: a peer that nobody speaks to leaves too, for accepted sockets
     * inherit the timeout. */
    expect(peer.listener >= 0 && net_local_address(peer.listener, address, &error) == 0 &&
               fcntl(peer.listener, F_SETFL, 0) == 0 && set_timeout(peer.listener) == 0,
           "the test's server cannot listen: %s", error.text);
}

void peer_start(const struct act *acts)
{
    peer.acts = acts;
    sigset_t alarm, before; /* a test's alarms are for its main thread */
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, &before);
    expect(pthread_create(&thread, NULL, peer_main, NULL) == 0, "no thread for the test's server");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void peer_join(void)
{
    pthread_join(thread, NULL);
    peer.heard[peer.heard_size] = '\0';
}

int peer_bind_only(struct net_address *address)
{
    struct error error = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    expect(net_address_make("127.0.0.1", 0, address, &error) == 0 &&
               bind(fd, (struct sockaddr *)&address->storage, address->length) == 0 &&
               net_local_address(fd, address, &error) == 0,
           "no port for a server that is not there");
    return fd;
}
