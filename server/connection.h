/* One connection's life.
 *
 *   asking ---ask---> thinking ---due---> response ---> asking again, or closed
 *                                           |
 *                                           +--- the socket is full ---> writing ---> the same
 *   a bad request ---error---> draining ---> closed
 */
#ifndef WAITBENCH_SERVER_CONNECTION_H
#define WAITBENCH_SERVER_CONNECTION_H

#include "service.h"

struct connection;

extern const size_t connection_bytes; /* the size of one */

/* Serve what was just accepted, non-blocking; the descriptor is ours from now on. Returns 0, or
 * -1 when there was no memory and it was closed. */
int connection_open(struct service *service, int fd);
void connection_close(struct connection *connection);

struct connection *connection_of(struct patience_link *link);
bool connection_is_requesting(const struct connection *connection); /* or between two requests */

/* What the service's queues call. */
void connection_on_due(void *connection, nsec_t due);
void connection_on_idle(struct patience_link *link);
void connection_on_lingered(struct patience_link *link);

#endif
