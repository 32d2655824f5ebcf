/* Connections in TIME_WAIT, by the side that closed first and so keeps them: sock_diag(7). */
#ifndef WAITBENCH_TIME_WAIT_H
#define WAITBENCH_TIME_WAIT_H

#include "lib/net.h"

/* Count those between a server's address family and port on this machine and its clients: in
 * `at_client` those whose remote port is the server's, in `at_server` those whose local port is.
 * Returns 0, or -1 if the kernel does not tell. */
int time_wait_count(const struct net_address *server, int64_t *at_client, int64_t *at_server);

#endif
