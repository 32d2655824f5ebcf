#include "listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_TRIES = 64 }; /* to find one that is free on all hosts */

void listeners_close(struct listeners *listeners)
{
    while (listeners->count)
        if (listeners->at[--listeners->count].fd >= 0)
            close(listeners->at[listeners->count].fd);
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

/* On every address of the host, as far as there is room: on one at least, if it is `needed`. With
 * port 0, the port picked for the first address, that of listener `first`, has to be free on the
 * others, too. */
static int listen_on_host(struct listeners *listeners, const struct listeners_config *config,
                          uint16_t port, size_t first, const char *host, bool needed,
                          struct error *error)
{
    struct net_addresses addresses;
    size_t before = listeners->count;
    if (net_addresses_make(host, port, &addresses, error) < 0)
        return -1;
    for (size_t i = 0; i < addresses.count && listeners->count < config->most; i++) {
        struct net_address *address = &addresses.items[i];
        if (listeners->count > first)
            net_address_set_port(address, net_address_port(&listeners->at[first].address));
        if (listen_on(listeners, address, config->backlog, config->reuse_port, error) < 0 &&
            !no_such_address(error))
            return -1;
    }
    if (listeners->count > before || listeners->count == config->most)
        return 0;
    if (needed)
        return -1;
    fprintf(stderr, "randintd: %s; serving 127.0.0.1 only\n", error->text);
    return 0;
}

static int listen_on_hosts(struct listeners *listeners, const struct listeners_config *config,
                           uint16_t port, struct error *error)
{
    static const char *const usual[] = {"127.0.0.1", "::1"};
    const char *const *hosts = config->host_count ? config->hosts : usual;
    size_t count = config->host_count ? config->host_count : 2, first = listeners->count;
    for (size_t i = 0; i < count; i++)
        if (listen_on_host(listeners, config, port, first, hosts[i], config->host_count || i == 0,
                           error) < 0)
            return -1;
    return 0;
}

static int listen_on_all(struct listeners *listeners, const struct listeners_config *config,
                         struct error *error)
{
    unsigned ports = config->ports ? config->ports : 1;
    if (config->port + ports - 1 > UINT16_MAX)
        return error_set(error, "%u ports from %u on: there are none above %u", ports, config->port,
                         UINT16_MAX);
    for (unsigned i = 0; i < ports; i++) {
        if (listeners->count == config->most)
            return error_set(error, "no room to listen on %u ports: %zu sockets at most", ports,
                             config->most);
        if (listen_on_hosts(listeners, config, config->port ? (uint16_t)(config->port + i) : 0,
                            error) < 0)
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

void listeners_hand_over(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        close(listeners->at[i].fd);
        listeners->at[i].fd = -1;
    }
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

/* Of a listening socket, tcpi_sacked is the length that its accept queue may have (tcp_get_info()
 * in net/ipv4/tcp.c; `ss -l` shows it as Send-Q). */
int listeners_backlog_now(const struct listeners *listeners)
{
    struct tcp_info info;
    socklen_t size = sizeof(info);
    if (getsockopt(listeners->at[0].fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0)
        return -1;
    return info.tcpi_sacked ? (int)info.tcpi_sacked : -1;
}
