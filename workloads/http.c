/* The same integers over HTTP/1.1: GET /randint/25. */
#include "workloads.h"

const struct workload workload_http = {
    .name = "http",
    .summary = "GET /randint/N over HTTP/1.1",
    .framing = "http",
    .request = protocol_http_request,
    .response = protocol_http_response,
};
