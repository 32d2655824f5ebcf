#include "timeout_list.h"

static void on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)events;
    struct timeout_list *list = timer->data;
    struct timeout_link *ring = &list->ring;
    nsec_t now = clock_now();
    while (ring->next != ring && now - ring->next->since >= list->limit) {
        struct timeout_link *first = ring->next;
        timeout_list_remove(first);
        list->on_expire(first);
    }
    if (ring->next == ring)
        return;
    nsec_t left = list->limit - (now - ring->next->since);
    ev_timer_set(timer, clock_seconds(left), 0);
    ev_timer_start(loop, timer);
}

void timeout_list_init(struct timeout_list *list, nsec_t limit, timeout_expire_fn *on_expire)
{
    list->limit = limit;
    list->on_expire = on_expire;
    list->ring.next = list->ring.previous = &list->ring;
    ev_timer_init(&list->timer, on_timer, clock_seconds(limit), 0);
    list->timer.data = list;
}

void timeout_list_remove(struct timeout_link *link)
{
    if (!link->next)
        return;
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = link->previous = NULL;
}

void timeout_list_add(struct timeout_list *list, struct ev_loop *loop, struct timeout_link *link,
                      nsec_t now)
{
    timeout_list_remove(link);
    link->since = now;
    link->next = &list->ring;
    link->previous = list->ring.previous;
    link->previous->next = link;
    list->ring.previous = link;
    if (!ev_is_active(&list->timer)) {
        ev_timer_set(&list->timer, clock_seconds(list->limit), 0);
        ev_timer_start(loop, &list->timer);
    }
}
