#include "clock_offset.h"

void clock_offset_take(struct clock_offset *offset, nsec_t sent, nsec_t remote, nsec_t received)
{
    nsec_t half = (received - sent + 1) / 2;
    if (half < offset->uncertainty)
        *offset = (struct clock_offset){.offset = remote - sent - half, .uncertainty = half};
}

struct clock_offset clock_offset_over(const struct clock_offset *before,
                                      const struct clock_offset *after)
{
    nsec_t drift = after->offset - before->offset;
    nsec_t late = (drift < 0 ? -drift : drift) + after->uncertainty;
    return (struct clock_offset){
        .offset = before->offset,
        .uncertainty = late > before->uncertainty ? late : before->uncertainty,
    };
}
