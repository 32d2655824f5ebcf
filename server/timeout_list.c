#include "timeout_list.h"

#include <stddef.h>

void timeout_list_init(struct timeout_list *list, nsec_t limit, timeout_expire_fn *on_expire)
{
    list->limit = limit;
    list->on_expire = on_expire;
    list->ring.next = list->ring.previous = &list->ring;
}

void timeout_list_remove(struct timeout_link *link)
{
    if (!link->next)
        return;
    link->next->previous = link->previous;
    link->previous->next = link->next;
    link->next = link->previous = NULL;
}

void timeout_list_add(struct timeout_list *list, struct timeout_link *link, nsec_t now)
{
    timeout_list_remove(link);
    link->since = now;
    link->next = &list->ring;
    link->previous = list->ring.previous;
    link->previous->next = link;
    list->ring.previous = link;
}

void timeout_list_each(struct timeout_list *list, timeout_expire_fn *visit)
{
    struct timeout_link *next, *ring = &list->ring;
    for (struct timeout_link *link = ring->next; link != ring; link = next) {
        next = link->next;
        visit(link);
    }
}

nsec_t timeout_list_next(const struct timeout_list *list)
{
    const struct timeout_link *first = list->ring.next;
    return first == &list->ring ? INT64_MAX : first->since + list->limit;
}

void timeout_list_run(struct timeout_list *list, nsec_t now)
{
    while (timeout_list_next(list) <= now) {
        struct timeout_link *first = list->ring.next;
        timeout_list_remove(first);
        list->on_expire(first);
    }
}
