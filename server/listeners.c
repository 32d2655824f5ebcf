#include "listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_TRIES = 64 }; /* to find one that is free on all hosts */

void listeners_close(struct listeners *listeners)
{
    while (listeners->count)
        close(listeners->at[--listeners->count].fd);
}

static int listen_on(struct listeners *listeners, const struct net_address *address, int backlog,
                     bool reuse_port, struct error *error)
{
    struct listener *listener = &listeners->at[listeners->count];
    listener->fd = net_listen(address, backlog, reuse_port, error);
    if (listener->fd < 0)
        return -1;
    listeners->count++;
    return net_local_address(listener->fd, &listener->address, error);
}

static bool no_such_address(const struct error *error)
{
    return error->errnum == EADDRNOTAVAIL || error->errnum == EAFNOSUPPORT;
}

/* With port 0, the port picked for the first host has to be free on the others, too. */
static int listen_on_all(struct listeners *listeners, const struct listeners_config *config,
                         struct error *error)
{
    static const char *const usual[] = {"127.0.0.1", "::1"};
    bool configured = config->host_count > 0;
    size_t count = configured ? config->host_count : 2;
    const char *const *hosts = configured ? config->hosts : usual;
    struct net_address address;
    uint16_t port = config->port;
    if (count > config->most)
        count = config->most;
    for (size_t i = 0; i < count; i++) {
        if (net_address_make(hosts[i], port, &address, error) == 0 &&
            listen_on(listeners, &address, config->backlog, config->reuse_port, error) == 0)
            port = net_address_port(&listeners->at[0].address);
        else if (!configured && i > 0 && no_such_address(error))
            fprintf(stderr, "randintd: %s; serving 127.0.0.1 only\n", error->text);
        else
            return -1;
    }
    return 0;
}

/* What to do about it. */
static void advise(struct error *error, uint16_t port)
{
    size_t used = strlen(error->text);
    if (error->errnum == EADDRINUSE && port)
        snprintf(error->text + used, sizeof(error->text) - used,
                 "; choose another with --port, or --port 0");
    else if (error->errnum == EACCES)
        snprintf(error->text + used, sizeof(error->text) - used,
                 "; ports below 1024 are root's, choose another with --port");
}

int listeners_open(struct listeners *listeners, const struct listeners_config *config,
                   struct error *error)
{
    listeners->count = 0;
    for (int i = 1; listen_on_all(listeners, config, error) < 0; i++) {
        listeners_close(listeners);
        if (error->errnum == EADDRINUSE && config->port == 0 && i < PORT_TRIES)
            continue;
        advise(error, config->port);
        return -1;
    }
    return 0;
}

int listeners_open_beside(struct listeners *listeners, const struct listeners *others, int backlog,
                          struct error *error)
{
    listeners->count = 0;
    while (listeners->count < others->count) {
        if (listen_on(listeners, &others->at[listeners->count].address, backlog, true, error) == 0)
            continue;
        listeners_close(listeners);
        return -1;
    }
    return 0;
}

void listeners_shut(const struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        shutdown(listeners->at[i].fd, SHUT_RD);
}

void listeners_set_blocking(const struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++)
        fcntl(listeners->at[i].fd, F_SETFL, 0);
}

int listeners_backlog(int backlog)
{
    int most = backlog;
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    if (!file)
        return backlog;
    if (fscanf(file, "%d", &most) == 1 && most < backlog)
        fprintf(stderr,
                "randintd: the kernel caps the backlog of %d at %d; "
                "to raise it: sysctl -w net.core.somaxconn=%d\n",
                backlog, most, backlog);
    fclose(file);
    return most < backlog ? most : backlog;
}
