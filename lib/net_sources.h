/* Where many connections come from. A connection is known by its pair of addresses and ports, so
 * each source address has all local ports once more. */
#ifndef WAITBENCH_NET_SOURCES_H
#define WAITBENCH_NET_SOURCES_H

#include "net.h"

enum { NET_SOURCES_MAX = 16 };

struct net_sources {
    struct net_address at[NET_SOURCES_MAX];
    unsigned count; /* 0: the kernel chooses */
    unsigned each;  /* so many connections, one after another, come from one address */
    bool loopback;  /* there is one, and as many after it as are needed */
};

/* For connections to `server`: where it is in 127.0.0.0/8, addresses of that; else those of the
 * interface that leads to it. Returns 0 or -1. */
int net_sources_find(struct net_sources *sources, const struct net_address *server,
                     struct error *error);

/* For how many connections at once they are good: SIZE_MAX if for any number. */
size_t net_sources_room(const struct net_sources *sources);

/* Bind a socket that is not yet connected to the address of connection `number`; its port is chosen
 * when it is connected. Does nothing without sources. Returns 0, or -1 with errno. */
int net_sources_bind(const struct net_sources *sources, unsigned number, int fd);

#endif
