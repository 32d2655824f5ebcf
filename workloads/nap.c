/* Small requests, and one blocking call in the middle: it sleeps in the program's own thread for 2
 * s. All requests that share the thread wait until it returns. With a delay of 1 ms each small
 * request is a heartbeat that measures that wait. */
#include "workloads.h"

#include <time.h>

enum { NAP_SECONDS = 2 };

static bool is_middle(const struct job *job)
{
    return job->index == job->requests / 2 && !job->warmup;
}

static enum job_result nap_work(struct job *job)
{
    (void)job;
    struct timespec nap = {.tv_sec = NAP_SECONDS};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, &nap) != 0)
        continue; /* a signal does not end it */
    return JOB_DONE;
}

const struct workload workload_nap = {
    .name = "nap",
    .summary = "randint, and the middle one blocks its thread for 2 s",
    .request = protocol_line_request,
    .response = protocol_line_response,
    .work = nap_work,
    .is_job = is_middle,
};
