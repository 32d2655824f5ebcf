/* The same integers over HTTP/1.1: GET /randint/25. */
#include "workloads.h"

extern const struct workload workload_http;

const struct workload workload_http = {
    .name = "http",
    .summary = "GET /randint/N over HTTP/1.1",
    .framing = "http",
    .ask = protocol_http_ask,
    .answer = protocol_http_answer,
};
