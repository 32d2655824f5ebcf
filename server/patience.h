/* Those who may keep us waiting for so long and no longer. One limit for all, so the list stays
 * sorted by itself: join at the end, expire from the front. One timer for all of them, which
 * fires about once per limit; nothing is re-armed when somebody joins or leaves. */
#ifndef WAITBENCH_SERVER_PATIENCE_H
#define WAITBENCH_SERVER_PATIENCE_H

#include <ev.h>

#include "lib/clock.h"

/* Belongs into whoever waits; zeroed, it is on no list. */
struct patience_link {
    struct patience_link *next, *previous;
    nsec_t since;
};

typedef void patience_expire_fn(struct patience_link *link);

struct patience {
    struct patience_link ring; /* its ends: next is the first to expire, previous the last */
    nsec_t limit;
    patience_expire_fn *on_expire; /* the link has left the list */
    ev_timer timer;
};

/* Not to be moved in memory afterwards. */
void patience_init(struct patience *patience, nsec_t limit, patience_expire_fn *on_expire);

/* Leave whatever list it is on, if any, and join this one with its patience fresh from `now`. */
void patience_join(struct patience *patience, struct ev_loop *loop, struct patience_link *link,
                   nsec_t now);
void patience_leave(struct patience_link *link);

#endif
