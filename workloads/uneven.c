/* randint, where the server does not think alike about all requests. */
#include "workloads.h"

/* One in a hundred is slow: 2 s more. They are spread evenly, from the 50th on. */
static nsec_t slow_think(size_t index, size_t requests, nsec_t think)
{
    (void)requests;
    nsec_t usual = think == PROTOCOL_THINK_DEFAULT ? 0 : think;
    return index % 100 == 49 ? usual + 2 * NSEC_PER_SEC : think;
}

/* The server stands still once, in the middle: 1 s. */
static nsec_t pause_think(size_t index, size_t requests, nsec_t think)
{
    return index == requests / 2 && requests > 1 ? NSEC_PER_SEC : think;
}

/* All but the last 10,000 requests are idle for 1 s: connections that wait beside busy ones. */
static nsec_t idle_think(size_t index, size_t requests, nsec_t think)
{
    enum { IDLE_ACTIVE = 10000 };
    return index + IDLE_ACTIVE < requests ? NSEC_PER_SEC : think;
}

extern const struct workload workload_slow, workload_pause, workload_idle;

#define UNEVEN(title, says, thinks)                                                                \
    {                                                                                              \
        .name = title, .summary = says, .ask = protocol_line_ask, .answer = protocol_line_answer,  \
        .think = thinks                                                                            \
    }

const struct workload workload_slow =
    UNEVEN("slow", "randint, one request in a hundred takes 2 s longer", slow_think);
const struct workload workload_pause =
    UNEVEN("pause", "randint, the one in the middle takes 1 s", pause_think);
const struct workload workload_idle =
    UNEVEN("idle", "randint, all but the last 10,000 requests take 1 s", idle_think);
