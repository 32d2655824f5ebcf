/* GET of a URL of somebody's HTTP service. */
#include "workloads.h"

const struct workload workload_url = {
    .name = "url",
    .summary = "GET of any HTTP service's URL (--url)",
    .by_url = true,
    .response = protocol_content_response,
};
