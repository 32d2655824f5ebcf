/* Each connection waits in exactly one place: the thinking in
 * `deadlines`, the draining in `lingering`, all others in `idle`. So these are the list of all
 * connections, and nobody keeps another. */
#include "connections.h"

#include "connection.h"

#define LINGER_LIMIT (1 * NSEC_PER_SEC) /* for a client to take an error and close */

int connections_init(struct service *service, struct error *error)
{
    service->pool.item_bytes = connection_bytes;
    service->settings.connection_bytes = connection_bytes + sizeof(struct deadline);
    service->account.started = clock_now();
    rng_init(&service->rng, service->settings.seed);
    patience_init(&service->idle, service->settings.idle, connection_on_idle);
    patience_init(&service->lingering, LINGER_LIMIT, connection_on_lingered);
    return deadlines_init(&service->deadlines, service->loop, connection_on_due, error);
}

/* Close those on a list, or only those of them that have asked nothing. */
static void close_waiting(struct patience *patience, bool all)
{
    struct patience_link *next, *ring = &patience->ring;
    for (struct patience_link *link = ring->next; link != ring; link = next) {
        next = link->next;
        struct connection *c = connection_of(link);
        if (all || connection_is_requesting(c))
            connection_close(c);
    }
}

void connections_end(struct service *service)
{
    service->ending = true;
    close_waiting(&service->idle, false);
}

void connections_release(struct service *service)
{
    close_waiting(&service->idle, true);
    close_waiting(&service->lingering, true);
    for (size_t i = 0; i < service->deadlines.count; i++)
        connection_close(service->deadlines.heap[i].owner);
    deadlines_release(&service->deadlines, service->loop);
    pool_release(&service->pool);
}
