/* Objects that expire after the same time. The list stays sorted: add at the end, expire from the
 * front. */
#ifndef WAITBENCH_SERVER_TIMEOUT_LIST_H
#define WAITBENCH_SERVER_TIMEOUT_LIST_H

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
};

/* The struct must not be moved afterwards. */
void timeout_list_init(struct timeout_list *list, nsec_t limit, timeout_expire_fn *on_expire);

/* Remove `link` from its list, if any, and add it to this one, to expire `limit` after `now`. */
void timeout_list_add(struct timeout_list *list, struct timeout_link *link, nsec_t now);
void timeout_list_remove(struct timeout_link *link);

/* Call `visit` for each; it may remove the link it is given, and free its object. */
void timeout_list_each(struct timeout_list *list, timeout_expire_fn *visit);

/* When the first expires; INT64_MAX if the list is empty. */
nsec_t timeout_list_next(const struct timeout_list *list);

/* Expire what has been on the list for its limit. */
void timeout_list_run(struct timeout_list *list, nsec_t now);

#endif
