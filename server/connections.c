/* Each connection is in exactly one queue: `deadlines` during its delay, `lingering` while
 * draining, else `idle`. Together they are the list of all connections; there is no other. */
#include "connections.h"

#include "connection.h"

#define LINGER_LIMIT (1 * NSEC_PER_SEC) /* for a client to read an error and close */

int connections_init(struct service *service, struct error *error)
{
    service->settings.connection_bytes = connection_bytes + sizeof(struct deadline);
    service->account.started = clock_now();
    rng_init(&service->rng, service->settings.seed);
    timeout_list_init(&service->idle, service->settings.idle, connection_on_idle);
    timeout_list_init(&service->lingering, LINGER_LIMIT, connection_on_lingered);
    return deadlines_init(&service->deadlines, service->loop, connection_on_due, error);
}

/* Close all connections on a list, or only those without a request in flight. */
static void close_listed(struct timeout_list *list, bool all)
{
    struct timeout_link *next, *ring = &list->ring;
    for (struct timeout_link *link = ring->next; link != ring; link = next) {
        next = link->next;
        struct connection *c = connection_of(link);
        if (all || connection_is_reading(c))
            connection_close(c);
    }
}

void connections_end(struct service *service)
{
    service->ending = true;
    close_listed(&service->idle, false);
}

void connections_release(struct service *service)
{
    close_listed(&service->idle, true);
    close_listed(&service->lingering, true);
    for (size_t i = 0; i < service->deadlines.count; i++)
        connection_close(service->deadlines.heap[i].owner);
    deadlines_release(&service->deadlines, service->loop);
}
