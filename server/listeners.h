/* The sockets that a server accepts from. */
#ifndef WAITBENCH_SERVER_LISTENERS_H
#define WAITBENCH_SERVER_LISTENERS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/net.h"

enum { LISTENERS_MAX = 16 };

struct listeners {
    size_t count;
    struct listener {
        int fd;
        struct net_address address;
    } at[LISTENERS_MAX];
};

struct listeners_config {
    const char *const *hosts;
    size_t host_count; /* 0: 127.0.0.1, and ::1 if the machine has it and `most` allows */
    size_t most;       /* a thread that blocks in accept() can serve one */
    uint16_t port;     /* 0: one that is free on all the hosts */
    unsigned ports;    /* so many from that one on, or free ones; 0 is as good as 1 */
    int backlog;
    bool reuse_port; /* SO_REUSEPORT: others may listen on the same addresses */
};

/* Listen. The sockets do not block. Returns 0, or -1 with none open. */
int listeners_open(struct listeners *listeners, const struct listeners_config *config,
                   struct error *error);

/* Listen on the addresses of `others` as well, which were opened with reuse_port. */
int listeners_open_beside(struct listeners *listeners, const struct listeners *others, int backlog,
                          struct error *error);

void listeners_close(struct listeners *listeners);

/* Refuse connections from now on, and let those return that block in accept(), in this process and
 * others. Safe in a signal's handler. */
void listeners_shut(const struct listeners *listeners);

/* Close them here, because another process has them; their addresses are kept. */
void listeners_hand_over(struct listeners *listeners);

/* Let accept() block. */
void listeners_set_blocking(const struct listeners *listeners);

/* The backlog as the kernel caps it, which listen() does without an error; says so. */
int listeners_backlog(int backlog);

/* The backlog that is in effect, also after another process called listen() on the same sockets.
 * -1 if the kernel does not tell. */
int listeners_backlog_now(const struct listeners *listeners);

#endif
