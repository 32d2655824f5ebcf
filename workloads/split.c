/* randint, the request in two pieces: what Nagle's algorithm makes of small writes. It keeps the
 * second piece back until the first one is acknowledged (RFC 896), and the receiver puts off its
 * acknowledgement, in the hope of sending it along with a response (RFC 1122, 4.2.3.2): 40 ms in
 * Linux. TCP_NODELAY ends that. */
#include "workloads.h"

extern const struct workload workload_split, workload_split_nodelay;

const struct workload workload_split = {
    .name = "split",
    .summary = "randint, each request in two writes",
    .split = true,
    .request = protocol_line_request,
    .response = protocol_line_response,
};

const struct workload workload_split_nodelay = {
    .name = "split-nodelay",
    .summary = "the same with TCP_NODELAY",
    .split = true,
    .nodelay = true,
    .request = protocol_line_request,
    .response = protocol_line_response,
};
