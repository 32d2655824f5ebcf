#include "timers.h"

enum { DUE_AT_ONCE = 16 }; /* then descriptors that are ready */

void timers_init(struct timers *timers, const struct worker *worker, deadlines_due_fn *on_due,
                 timeout_expire_fn *on_expired)
{
    timers->deadlines = (struct deadlines){.on_due = on_due};
    timeout_list_init(&timers->idle, worker->settings->idle, on_expired);
    timeout_list_init(&timers->draining, DIALOGUE_DRAIN_TIMEOUT, on_expired);
}

nsec_t timers_run(struct timers *timers)
{
    deadlines_run(&timers->deadlines, DUE_AT_ONCE);
    nsec_t now = clock_now();
    timeout_list_run(&timers->idle, now);
    timeout_list_run(&timers->draining, now);
    return now;
}

static nsec_t earlier(nsec_t a, nsec_t b)
{
    return a < b ? a : b;
}

nsec_t timers_next(const struct timers *timers, nsec_t other)
{
    nsec_t next =
        earlier(deadlines_next(&timers->deadlines),
                earlier(timeout_list_next(&timers->idle), timeout_list_next(&timers->draining)));
    return other ? earlier(next, other) : next;
}

nsec_t timers_left(nsec_t next)
{
    if (next == INT64_MAX)
        return next;
    nsec_t left = next - clock_now();
    return left > 0 ? left : 0;
}
