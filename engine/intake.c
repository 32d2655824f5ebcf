#include "intake.h"

static bool is_due(const struct intake *intake)
{
    return intake_due(intake) <= clock_now();
}

static bool hold_next(struct intake *intake)
{
    if (intake->held == BATCH_OVER)
        intake->held = batch_next(intake->batch);
    return intake->held != BATCH_OVER;
}

ptrdiff_t intake_next_scheduled(struct intake *intake, struct exchange *exchange)
{
    if (!hold_next(intake))
        return BATCH_OVER;
    if (!is_due(intake)) {
        exchange->next_free = intake->free;
        intake->free = exchange;
        return INTAKE_LATER;
    }
    ptrdiff_t index = intake->held;
    intake->held = BATCH_OVER;
    return index;
}

struct exchange *intake_free(struct intake *intake)
{
    struct exchange *exchange = intake->free;
    if (!exchange || (intake->held != BATCH_OVER && !is_due(intake)))
        return NULL;
    intake->free = exchange->next_free;
    return exchange;
}

nsec_t intake_wait(const struct intake *intake)
{
    if (!intake->free)
        return INT64_MAX;
    if (intake->held == BATCH_OVER)
        return 0;
    nsec_t left = intake_due(intake) - clock_now();
    return left > 0 ? left : 0;
}

bool intake_is_early(struct intake *intake)
{
    return intake->batch->schedule && hold_next(intake) && !is_due(intake);
}

int intake_epoll_wait(const struct intake *intake, int epoll, struct epoll_event *events, int most)
{
    nsec_t left = intake_wait(intake);
    if (left == INT64_MAX)
        return epoll_wait(epoll, events, most, -1);
    const struct timespec timeout = clock_timespec(left); /* epoll_wait's are in milliseconds */
    return epoll_pwait2(epoll, events, most, &timeout, NULL);
}
