/* Addresses and sockets. */
#ifndef WAITBENCH_NET_H
#define WAITBENCH_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "clock.h"
#include "error.h"

struct net_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

enum { NET_ADDRESS_TEXT_BYTES = 64 };

/* "127.0.0.1:8080", "[::1]:8080" or "localhost:8080"; names are resolved, the first address is
 * used. Returns 0 or -1. */
int net_address_parse(const char *text, struct net_address *out, struct error *error);

/* The same from a host and a port. */
int net_address_make(const char *host, uint16_t port, struct net_address *out, struct error *error);

/* "127.0.0.1:8080" or "[::1]:8080"; `buffer` holds NET_ADDRESS_TEXT_BYTES and is returned. */
char *net_address_format(const struct net_address *address, char *buffer);

uint16_t net_address_port(const struct net_address *address);

/* A non-blocking, close-on-exec listening socket with SO_REUSEADDR and TCP_NODELAY (accepted
 * sockets inherit it), and SO_REUSEPORT if others are to listen there, too. Returns the descriptor
 * or -1. */
int net_listen(const struct net_address *address, int backlog, bool reuse_port,
               struct error *error);

/* The address a socket is bound to (after port 0). Returns 0 or -1. */
int net_local_address(int fd, struct net_address *out, struct error *error);

/* A blocking client connection, its sends and receives limited to `timeout`; -1 on error. For
 * /stats only: the measured requests go through the exchange. */
int net_connect(const struct net_address *address, nsec_t timeout, struct error *error);

/* TCP_NODELAY: written data is sent immediately, even while earlier data is unacknowledged (RFC
 * 896). */
void net_set_nodelay(int fd);

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
