/* The readiness form of the dialogue: the loop reports which descriptors are ready, and the calls
 * are made then. The loop of a server model only waits, with its own system call, and reports. */
#ifndef WAITBENCH_SERVER_READINESS_H
#define WAITBENCH_SERVER_READINESS_H

#include "connections.h"

extern const struct connections_form readiness;

/* The connection is ready for what it was watched for, or in error. One that was closed earlier in
 * the same turn is ignored. */
void connection_ready(struct connection *connection);

#endif
