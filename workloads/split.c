/* randint, the request in two writes: the effect of Nagle's algorithm on small writes. The sender
 * holds the second write back until the first is acknowledged (RFC 896; in Linux in Minshall's
 * variant, which waits only for small segments: net/ipv4/tcp_output.c), and the receiver delays its
 * acknowledgement, to send it along with a response (RFC 1122, 4.2.3.2): by 40 ms in Linux.
 * TCP_NODELAY disables Nagle's algorithm. */
#include "lib/net.h"
#include "workloads.h"

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
    .prepare = net_set_nodelay,
    .request = protocol_line_request,
    .response = protocol_line_response,
};
