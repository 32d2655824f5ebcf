#include "intake.h"

static bool is_due(const struct intake *intake)
{
    return batch_intended(intake->batch, (size_t)intake->held) <= clock_now();
}

ptrdiff_t intake_next_scheduled(struct intake *intake, struct exchange *exchange)
{
    if (intake->held == BATCH_OVER)
        intake->held = batch_next(intake->batch);
    if (intake->held == BATCH_OVER)
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
    nsec_t left = batch_intended(intake->batch, (size_t)intake->held) - clock_now();
    return left > 0 ? left : 0;
}
