/* randint with server delays that differ between requests. */
#include "workloads.h"

/* One in a hundred is slow: 2 s more. They are spread evenly, from the 50th on. */
static nsec_t slow_delay(size_t index, size_t requests, nsec_t delay)
{
    (void)requests;
    nsec_t usual = delay == PROTOCOL_DELAY_DEFAULT ? 0 : delay;
    return index % 100 == 49 ? usual + 2 * NSEC_PER_SEC : delay;
}

/* One request in the middle takes 1 s. */
static nsec_t pause_delay(size_t index, size_t requests, nsec_t delay)
{
    return index == requests / 2 && requests > 1 ? NSEC_PER_SEC : delay;
}

/* All but the last 10,000 requests are idle for 1 s: idle connections beside busy ones. */
static nsec_t idle_delay(size_t index, size_t requests, nsec_t delay)
{
    enum { IDLE_ACTIVE = 10000 };
    return index + IDLE_ACTIVE < requests ? NSEC_PER_SEC : delay;
}

#define UNEVEN(title, text, delay_of)                                                              \
    {                                                                                              \
        .name = title, .summary = text, .request = protocol_line_request,                          \
        .response = protocol_line_response, .delay = delay_of                                      \
    }

const struct workload workload_slow =
    UNEVEN("slow", "randint, one request in a hundred takes 2 s longer", slow_delay);
const struct workload workload_pause =
    UNEVEN("pause", "randint, the one in the middle takes 1 s", pause_delay);
const struct workload workload_idle =
    UNEVEN("idle", "randint, all but the last 10,000 requests take 1 s", idle_delay);
