/* The life of all connections of a service. */
#ifndef WAITBENCH_SERVER_CONNECTIONS_H
#define WAITBENCH_SERVER_CONNECTIONS_H

#include "service.h"

/* The caller has set `loop`, `settings` and `keep_alive` and zeroed the rest, and must not move the
 * struct afterwards. Returns 0 or -1; connections_release is safe after either. */
int connections_init(struct service *service, struct error *error);

/* Close all connections and free all memory. */
void connections_release(struct service *service);

/* From now on close each connection after its response, and those without a request at once. */
void connections_end(struct service *service);

#endif
