#include "patience.h"

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    struct patience *patience = timer->data;
    struct patience_link *ring = &patience->ring;
    nsec_t now = clock_now();
    while (ring->next != ring && now - ring->next->since >= patience->limit) {
        struct patience_link *first = ring->next;
        patience_leave(first);
        patience->on_expire(first);
    }
    if (ring->next == ring)
        return;
    nsec_t left = patience->limit - (now - ring->next->since);
    ev_timer_set(timer, clock_seconds(left), 0);
    ev_timer_start(loop, timer);
}

void patience_init(struct patience *patience, nsec_t limit, patience_expire_fn *on_expire)
{
    patience->limit = limit;
    patience->on_expire = on_expire;
    patience->ring.next = patience->ring.previous = &patience->ring;
    ev_timer_init(&patience->timer, on_timer, clock_seconds(limit), 0);
    patience->timer.data = patience;
}

void patience_leave(struct patience_link *link)
{
    if (!link->next)
        return;
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = link->previous = NULL;
}

void patience_join(struct patience *patience, struct ev_loop *loop, struct patience_link *link,
                   nsec_t now)
{
    patience_leave(link);
    link->since = now;
    link->next = &patience->ring;
    link->previous = patience->ring.previous;
    link->previous->next = link;
    patience->ring.previous = link;
    if (!ev_is_active(&patience->timer)) {
        ev_timer_set(&patience->timer, clock_seconds(patience->limit), 0);
        ev_timer_start(loop, &patience->timer);
    }
}
