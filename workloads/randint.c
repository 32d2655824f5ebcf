/* The talk's request: a line with the bound, a line with the response. The server closes after it
 * unless it was started with --keep-alive. */
#include "workloads.h"

const struct workload workload_randint = {
    .name = "randint",
    .summary = "a line with a bound, a line with a random integer (the talk's server)",
    .framing = "line",
    .request = protocol_line_request,
    .response = protocol_line_response,
};
