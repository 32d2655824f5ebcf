#include "net_sources.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The kernel prefers ports of one parity, and looks for a free one from a random place on
 * (__inet_hash_connect() in net/ipv4/inet_hashtables.c). While no more than half of those are
 * taken, it finds one at once. */
enum { SHARE_OF_PORTS = 4, USUAL_PORTS = 28232 };

/* 127.1.0.0: 127.0.0.1 and its neighbours are left to others. */
static const uint32_t LOOPBACK_FIRST = 127U << 24 | 1U << 16;

static unsigned ports(void)
{
    unsigned low, high;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    bool known = file && fscanf(file, "%u %u", &low, &high) == 2 && high >= low;
    if (file)
        fclose(file);
    return known ? high - low + 1 : USUAL_PORTS;
}

static bool is_loopback(const struct net_address *address)
{
    return address->storage.ss_family == AF_INET &&
           ntohl(((const struct sockaddr_in *)&address->storage)->sin_addr.s_addr) >> 24 == 127;
}

static void take_loopback(struct net_sources *sources)
{
    struct sockaddr_in *first = (struct sockaddr_in *)&sources->at[0].storage;
    *first = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(LOOPBACK_FIRST)};
    sources->at[0].length = sizeof(*first);
    sources->count = 1;
    sources->loopback = true;
}

/* The address that connections to the server have unless bound to another. No packet is sent. */
static int find_usual(const struct net_address *server, struct net_address *usual,
                      struct error *error)
{
    int fd = socket(server->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = fd < 0 || connect(fd, (const struct sockaddr *)&server->storage, server->length)
                     ? error_errno(error, errno, "no way leads to the server")
                     : net_local_address(fd, usual, error);
    if (fd >= 0)
        close(fd);
    net_address_set_port(usual, 0);
    return result;
}

static size_t length_of(const struct sockaddr *address)
{
    return address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                          : sizeof(struct sockaddr_in);
}

static bool is_same(const struct ifaddrs *one, const struct net_address *address)
{
    struct net_address other = {.length = (socklen_t)length_of(one->ifa_addr)};
    char a[NET_ADDRESS_TEXT_BYTES], b[NET_ADDRESS_TEXT_BYTES];
    memcpy(&other.storage, one->ifa_addr, other.length);
    return !strcmp(net_address_format(&other, a), net_address_format(address, b));
}

static bool has_family(const struct ifaddrs *one, int family)
{
    return one->ifa_addr && one->ifa_addr->sa_family == family;
}

static const char *interface_of(const struct ifaddrs *all, const struct net_address *usual)
{
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        if (has_family(one, usual->storage.ss_family) && is_same(one, usual))
            return one->ifa_name;
    return NULL;
}

/* All addresses of the usual one's interface, that one first. */
static void take_interface(struct net_sources *sources, const struct net_address *usual)
{
    struct ifaddrs *all;
    sources->at[0] = *usual;
    sources->count = 1;
    if (getifaddrs(&all) < 0)
        return;
    const char *name = interface_of(all, usual);
    for (const struct ifaddrs *one = all; name && one && sources->count < NET_SOURCES_MAX;
         one = one->ifa_next) {
        if (!has_family(one, usual->storage.ss_family) || strcmp(one->ifa_name, name) != 0 ||
            is_same(one, usual))
            continue;
        struct net_address *address = &sources->at[sources->count++];
        *address = (struct net_address){.length = (socklen_t)length_of(one->ifa_addr)};
        memcpy(&address->storage, one->ifa_addr, address->length);
    }
    freeifaddrs(all);
}

int net_sources_find(struct net_sources *sources, const struct net_address *server,
                     struct error *error)
{
    struct net_address usual;
    *sources = (struct net_sources){.each = ports() / SHARE_OF_PORTS};
    if (sources->each == 0)
        sources->each = 1;
    if (is_loopback(server)) {
        take_loopback(sources);
        return 0;
    }
    if (find_usual(server, &usual, error) < 0)
        return -1;
    take_interface(sources, &usual);
    return 0;
}

size_t net_sources_room(const struct net_sources *sources)
{
    return sources->loopback ? SIZE_MAX : (size_t)sources->count * ports();
}

int net_sources_bind(const struct net_sources *sources, unsigned number, int fd)
{
    if (!sources->count)
        return 0;
    unsigned place = number / sources->each;
    struct net_address address = sources->at[sources->loopback ? 0 : place % sources->count];
    if (sources->loopback) {
        struct sockaddr_in *in = (struct sockaddr_in *)&address.storage;
        in->sin_addr.s_addr = htonl(ntohl(in->sin_addr.s_addr) + place);
    }
    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int)) < 0)
        return -1;
    return bind(fd, (const struct sockaddr *)&address.storage, address.length);
}
