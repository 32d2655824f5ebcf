/* One connection's life.
 *
 *   reading ---request---> delayed ---due---> response ---> reading again, or closed
 *                                                 |
 *                                                 +--- socket full ---> writing ---> the same
 *   a bad request ---error---> draining ---> closed */
#ifndef WAITBENCH_SERVER_CONNECTION_H
#define WAITBENCH_SERVER_CONNECTION_H

#include "service.h"

struct connection;

extern const size_t connection_bytes; /* the size of one */

/* Serve an accepted, non-blocking socket; takes ownership of the descriptor. Returns 0, or -1 if
 * there was no memory and it was closed. */
int connection_open(struct service *service, int fd);
void connection_close(struct connection *connection);

struct connection *connection_of(struct timeout_link *link);
bool connection_is_reading(const struct connection *connection); /* or idle */

/* Callbacks of the service's queues. */
void connection_on_due(void *connection, nsec_t due);
void connection_on_idle(struct timeout_link *link);
void connection_on_lingered(struct timeout_link *link);

#endif
