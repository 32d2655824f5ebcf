/* Addresses and sockets. */
#ifndef WAITBENCH_NET_H
#define WAITBENCH_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "clock.h"
#include "error.h"

enum {
    NET_ADDRESS_TEXT_BYTES = 64,
    NET_HOST_MAX = 255, /* longest name of a host, in bytes */
    NET_AUTHORITY_BYTES = NET_HOST_MAX + sizeof("[]:65535"),
    NET_ADDRESSES_MAX = 8,
    NET_HTTP_PORT = 80,
};

struct net_address {
    struct sockaddr_storage storage;
    socklen_t length;
    /* What HTTP's Host header says (RFC 9110, 7.2): the host by the name that was resolved, and the
     * port unless it is 80: "localhost:8080", "[::1]". */
    char authority[NET_AUTHORITY_BYTES];
};

/* The addresses of one name, in the order in which to try them (RFC 6724). */
struct net_addresses {
    size_t count;
    struct net_address items[NET_ADDRESSES_MAX];
    unsigned ports; /* that the server listens on, from that of the items on; 0 is as good as 1 */
};

/* All addresses of "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; "localhost:8080-8083" has
 * four ports. Returns 0 or -1. */
int net_addresses_parse(const char *text, struct net_addresses *out, struct error *error);

/* The same from a host and a port. */
int net_addresses_make(const char *host, uint16_t port, struct net_addresses *out,
                       struct error *error);

/* Their first address. */
int net_address_make(const char *host, uint16_t port, struct net_address *out, struct error *error);

/* "127.0.0.1:8080" or "[::1]:8080"; `buffer` holds NET_ADDRESS_TEXT_BYTES and is returned. */
char *net_address_format(const struct net_address *address, char *buffer);

uint16_t net_address_port(const struct net_address *address);
/* Its authority too, if it has one. */
void net_address_set_port(struct net_address *address, uint16_t port);

/* A non-blocking, close-on-exec listening socket with SO_REUSEADDR and TCP_NODELAY (accepted
 * sockets inherit it), and SO_REUSEPORT if others are to listen there, too. Returns the descriptor
 * or -1. */
int net_listen(const struct net_address *address, int backlog, bool reuse_port,
               struct error *error);

/* The address a socket is bound to (after port 0). Returns 0 or -1. */
int net_local_address(int fd, struct net_address *out, struct error *error);

/* A blocking client connection to the first of the addresses that accepts one, each connect, send
 * and receive limited to `timeout`; -1 on error, which has what each address replied. For /stats
 * and for net_choose() only: the measured requests go through the exchange. */
int net_connect(const struct net_addresses *addresses, nsec_t timeout, struct error *error);

/* The address to send requests to: the first that accepts a connection. Where there is only one, it
 * is not tried. Returns 0 or -1. */
int net_choose(const struct net_addresses *addresses, struct net_address *out, struct error *error);

/* TCP_NODELAY: written data is sent immediately, even while earlier data is unacknowledged (RFC
 * 896). Returns 0, or -1 with errno. */
int net_set_nodelay(int fd);

/* Raise the soft limit on descriptors to at least `wanted`. Returns 0, or -1 with the command to
 * run if the hard limit is lower. */
int net_want_descriptors(size_t wanted, struct error *error);

/* Grow the process's descriptor table to `wanted` entries in advance. In a process with threads
 * each growth takes Linux 10 to 20 ms (an RCU grace period, expand_fdtable() in fs/file.c), which
 * would otherwise fall into a run. */
void net_grow_descriptors(size_t wanted);

/* Check that `count` (up to 16) more descriptors can be opened now, before calling a library that
 * aborts if it cannot open one. Returns 0 or -1; none is left open. */
int net_try_descriptors(unsigned count, struct error *error);

#endif
