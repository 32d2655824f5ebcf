#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "process.h"
#include "units.h"

static const nsec_t CHOOSE_TIMEOUT = 2 * NSEC_PER_SEC;

/* Without an IPv6 address's zone, which means nothing to another machine (RFC 6874, 4). */
static void authority_write(char authority[NET_AUTHORITY_BYTES], const char *host, uint16_t port)
{
    bool v6 = strchr(host, ':');
    int length = (int)(v6 ? strcspn(host, "%") : strlen(host));
    int size = snprintf(authority, NET_AUTHORITY_BYTES, v6 ? "[%.*s]" : "%.*s", length, host);
    if (port != NET_HTTP_PORT)
        snprintf(authority + size, NET_AUTHORITY_BYTES - (size_t)size, ":%u", port);
}

int net_addresses_make(const char *host, uint16_t port, struct net_addresses *out,
                       struct error *error)
{
    char service[8];
    snprintf(service, sizeof(service), "%u", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code =
        strlen(host) > NET_HOST_MAX ? EAI_NONAME : getaddrinfo(host, service, &hints, &found);
    if (code)
        return error_set(error, "no address for host '%.80s': %s", host, gai_strerror(code));
    *out = (struct net_addresses){0};
    for (const struct addrinfo *one = found; one && out->count < NET_ADDRESSES_MAX;
         one = one->ai_next) {
        struct net_address *address = &out->items[out->count++];
        memcpy(&address->storage, one->ai_addr, one->ai_addrlen);
        address->length = one->ai_addrlen;
        authority_write(address->authority, host, port);
    }
    freeaddrinfo(found);
    return 0;
}

/* "8080", or "8080-8083". */
static int parse_ports(const char *text, int64_t *first, int64_t *last, struct error *error)
{
    char word[sizeof("65535")];
    const char *dash = strchr(text, '-');
    size_t length = dash ? (size_t)(dash - text) : strlen(text);
    if (!dash || length == 0 || length >= sizeof(word)) {
        int result = units_parse_count(text, 1, UINT16_MAX, first, error);
        *last = *first;
        return result;
    }
    memcpy(word, text, length);
    word[length] = '\0';
    if (units_parse_count(word, 1, UINT16_MAX, first, error) < 0)
        return -1;
    return units_parse_count(dash + 1, *first, UINT16_MAX, last, error);
}

int net_addresses_parse(const char *text, struct net_addresses *out, struct error *error)
{
    char host[NET_HOST_MAX + sizeof("[]")];
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    if (length == 0 || length >= sizeof(host))
        return error_set(error, "'%.80s' is not an address: write HOST:PORT or [IPV6]:PORT", text);
    memcpy(host, text, length);
    host[length] = '\0';
    char *bare = host;
    if (host[0] == '[' && host[length - 1] == ']') {
        host[length - 1] = '\0';
        bare = host + 1;
    } else if (strchr(host, ':')) {
        return error_set(error, "'%.80s' is not an address: write an IPv6 one as [IPV6]:PORT",
                         text);
    }
    int64_t port, last;
    if (parse_ports(colon + 1, &port, &last, error) < 0)
        return error_prefix(error, "the port of '%.80s'", text);
    if (net_addresses_make(bare, (uint16_t)port, out, error) < 0)
        return -1;
    out->ports = (unsigned)(last - port) + 1;
    return 0;
}

int net_address_make(const char *host, uint16_t port, struct net_address *out, struct error *error)
{
    struct net_addresses all;
    if (net_addresses_make(host, port, &all, error) < 0)
        return -1;
    *out = all.items[0];
    return 0;
}

uint16_t net_address_port(const struct net_address *address)
{
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
}

static void authority_set_port(char authority[NET_AUTHORITY_BYTES], uint16_t port)
{
    char *colon = strrchr(authority, ':'), *bracket = strrchr(authority, ']');
    bool has_port = colon && colon > bracket;
    size_t size = has_port ? (size_t)(colon - authority) : strlen(authority);
    authority[size] = '\0';
    if (size && port != NET_HTTP_PORT)
        snprintf(authority + size, NET_AUTHORITY_BYTES - size, ":%u", port);
}

void net_address_set_port(struct net_address *address, uint16_t port)
{
    authority_set_port(address->authority, port);
    if (address->storage.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&address->storage)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)&address->storage)->sin_port = htons(port);
}

/* Its numeric form; `host` holds INET6_ADDRSTRLEN. */
static void format_host(const struct net_address *address, char *host)
{
    const struct sockaddr *any = (const struct sockaddr *)&address->storage;
    const void *binary = any->sa_family == AF_INET6
                             ? (const void *)&((const struct sockaddr_in6 *)any)->sin6_addr
                             : (const void *)&((const struct sockaddr_in *)any)->sin_addr;
    if (!inet_ntop(any->sa_family, binary, host, INET6_ADDRSTRLEN))
        strcpy(host, "?");
}

char *net_address_format(const struct net_address *address, char *buffer)
{
    char host[INET6_ADDRSTRLEN];
    format_host(address, host);
    snprintf(buffer, NET_ADDRESS_TEXT_BYTES, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host,
             net_address_port(address));
    return buffer;
}

int net_listen(const struct net_address *address, int backlog, bool reuse_port, struct error *error)
{
    char text[NET_ADDRESS_TEXT_BYTES];
    net_address_format(address, text);
    int family = address->storage.ss_family;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(error, errno, "cannot make a socket for %s", text);
    int on = 1, shared = reuse_port;
    /* One socket per address: an IPv6 socket must not also bind the IPv4 port. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &shared, sizeof(shared)) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
        (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
        bind(fd, (const struct sockaddr *)&address->storage, address->length) < 0 ||
        listen(fd, backlog) < 0) {
        error_errno(error, errno, "cannot listen on %s", text);
        close(fd);
        return -1;
    }
    return fd;
}

int net_local_address(int fd, struct net_address *out, struct error *error)
{
    out->length = sizeof(out->storage);
    if (getsockname(fd, (struct sockaddr *)&out->storage, &out->length) < 0)
        return error_errno(error, errno, "cannot read a socket's address");
    char host[INET6_ADDRSTRLEN];
    format_host(out, host);
    authority_write(out->authority, host, net_address_port(out));
    return 0;
}

/* Returns the descriptor, or -1 with errno set. */
static int connect_one(const struct net_address *address, nsec_t timeout)
{
    struct timeval limit = {.tv_sec = timeout / NSEC_PER_SEC,
                            .tv_usec = timeout % NSEC_PER_SEC / NSEC_PER_USEC};
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
        connect(fd, (const struct sockaddr *)&address->storage, address->length) == 0)
        return fd;
    /* A connect() that exceeds SO_SNDTIMEO returns EINPROGRESS; report it as the timeout it is. */
    int errnum = errno == EINPROGRESS ? ETIMEDOUT : errno;
    if (fd >= 0)
        close(fd);
    errno = errnum;
    return -1;
}

/* Tries the addresses in turn; `*reached` is which one accepted. Returns the descriptor or -1. */
static int connect_any(const struct net_addresses *addresses, nsec_t timeout, size_t *reached,
                       struct error *error)
{
    struct error tried = {0}, one;
    char text[NET_ADDRESS_TEXT_BYTES];
    for (size_t i = 0; i < addresses->count; i++) {
        int fd = connect_one(&addresses->items[i], timeout);
        *reached = i;
        if (fd >= 0)
            return fd;
        error_errno(&one, errno, "%s to %s", i ? ", nor" : "cannot connect",
                    net_address_format(&addresses->items[i], text));
        strncat(tried.text, one.text, sizeof(tried.text) - strlen(tried.text) - 1);
        tried.errnum = one.errnum;
    }
    if (error)
        *error = tried;
    return -1;
}

int net_connect(const struct net_addresses *addresses, nsec_t timeout, struct error *error)
{
    size_t reached;
    return connect_any(addresses, timeout, &reached, error);
}

int net_choose(const struct net_addresses *addresses, struct net_address *out, struct error *error)
{
    size_t reached = 0;
    if (addresses->count > 1) {
        int fd = connect_any(addresses, CHOOSE_TIMEOUT, &reached, error);
        if (fd < 0)
            return -1;
        close(fd);
    }
    *out = addresses->items[reached];
    return 0;
}

int net_set_nodelay(int fd)
{
    return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

int net_want_descriptors(size_t wanted, struct error *error)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return error_errno(error, errno, "cannot read the limit on open files");
    if (limit.rlim_cur >= wanted)
        return 0;
    if (limit.rlim_max < wanted)
        return error_set(
            error,
            "%zu descriptors are needed and the hard limit is %llu: "
            "raise it ('ulimit -Hn %zu' as root), divide the load among more processes "
            "(--parts), or lower the concurrency",
            wanted, (unsigned long long)limit.rlim_max, wanted);
    return process_raise_limit(RLIMIT_NOFILE, error);
}

void net_grow_descriptors(size_t wanted)
{
    int any = eventfd(0, EFD_CLOEXEC);
    int last = any < 0 || wanted == 0 ? -1 : fcntl(any, F_DUPFD_CLOEXEC, (int)wanted - 1);
    if (last >= 0)
        close(last);
    if (any >= 0)
        close(any); /* if none could be opened, the first one needed later reports the error */
}

int net_try_descriptors(unsigned count, struct error *error)
{
    int opened[16];
    unsigned had = 0;
    while (had < count && had < sizeof(opened) / sizeof(opened[0]) &&
           (opened[had] = eventfd(0, EFD_CLOEXEC)) >= 0)
        had++;
    int result =
        had == count ? 0 : error_errno(error, errno, "cannot open %u more descriptors", count);
    while (had > 0)
        close(opened[--had]);
    return result;
}
