/* The life of all connections of a service. */
#ifndef WAITBENCH_SERVER_CONNECTIONS_H
#define WAITBENCH_SERVER_CONNECTIONS_H

#include "service.h"

/* `loop`, `settings` and `keep_alive` are set, the rest is zero. Not to be moved in memory
 * afterwards. Returns 0 or -1; after either, connections_release is safe. */
int connections_init(struct service *service, struct error *error);

/* Close all connections and free all memory. */
void connections_release(struct service *service);

/* From now on each response closes its connection, and who is asking nothing is closed at once. */
void connections_end(struct service *service);

#endif
