#include "watch.h"

#include "ledger_read.h"

/* Each look costs some 50 us: a fifth of a percent of one core. */
static const nsec_t INTERVAL = 25 * NSEC_PER_MSEC;

static void raise_to(int64_t *peak, int64_t value)
{
    if (value > *peak)
        *peak = value;
}

enum child_wait watch_wait(struct watch *watch, struct child *child, nsec_t deadline)
{
    *watch = (struct watch){-1, -1, -1};
    for (;;) {
        nsec_t due = clock_now() + INTERVAL;
        bool last = due >= deadline;
        enum child_wait waited = child_wait(child, last ? deadline : due);
        if (waited != CHILD_TIMEOUT || last)
            return waited;
        raise_to(&watch->hiccup_ns, clock_now() - due);
        raise_to(&watch->socket_memory_bytes, ledger_socket_memory());
        raise_to(&watch->threads, ledger_threads(child->pid));
    }
}
