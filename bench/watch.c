#include "watch.h"

#include "ledger_read.h"

/* Each look costs some 50 us: a fifth of a percent of one core. */
static const nsec_t INTERVAL = 25 * NSEC_PER_MSEC;

/* Many processes cost more to look at: no more than a fiftieth of one core for that. */
enum { REST = 50 };

static void raise_to(int64_t *peak, int64_t value)
{
    if (value > *peak)
        *peak = value;
}

enum child_wait watch_wait(struct watch *watch, struct child *child, nsec_t deadline)
{
    *watch = (struct watch){-1, -1, {-1, -1, -1, -1}};
    nsec_t look_again = 0;
    for (;;) {
        nsec_t due = clock_now() + INTERVAL;
        bool last = due >= deadline;
        enum child_wait waited = child_wait(child, last ? deadline : due);
        if (waited != CHILD_TIMEOUT || last)
            return waited;
        nsec_t woken = clock_now();
        raise_to(&watch->hiccup_ns, woken - due);
        raise_to(&watch->socket_memory_bytes, ledger_socket_memory());
        if (woken < look_again)
            continue;
        struct family_size seen = family_look(child->pid);
        family_raise(&watch->family, &seen);
        nsec_t now = clock_now();
        look_again = now + REST * (now - woken);
    }
}
