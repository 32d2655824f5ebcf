/* Idle timeouts: a list of connections that expire after the same time. Because the timeout is the
 * same for all, the list stays sorted: add at the end, expire from the front. One timer serves the
 * list and fires about once per timeout; adding and removing do not re-arm it. */
#ifndef WAITBENCH_SERVER_TIMEOUT_LIST_H
#define WAITBENCH_SERVER_TIMEOUT_LIST_H

#include <ev.h>

#include "lib/clock.h"

/* Embedded in the object that waits; if zeroed, it is on no list. */
struct timeout_link {
    struct timeout_link *next, *previous;
    nsec_t since;
};

typedef void timeout_expire_fn(struct timeout_link *link);

struct timeout_list {
    struct timeout_link ring; /* the list's ends: next expires first, previous last */
    nsec_t limit;
    timeout_expire_fn *on_expire; /* called after the link was removed */
    ev_timer timer;
};

/* The struct must not be moved afterwards. */
void timeout_list_init(struct timeout_list *list, nsec_t limit, timeout_expire_fn *on_expire);

/* Remove `link` from its list, if any, and add it to this one, to expire `limit` after `now`. */
void timeout_list_add(struct timeout_list *list, struct ev_loop *loop, struct timeout_link *link,
                      nsec_t now);
void timeout_list_remove(struct timeout_link *link);

#endif
