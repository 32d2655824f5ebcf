/* Small requests, and one that takes a nap: the program's own thread sleeps for 2 s in the middle
 * of its work, as a call that blocks would. Whoever shares that thread waits for the nap to end;
 * with 1 ms of thinking each small request is a heartbeat that shows by how much. */
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

extern const struct workload workload_nap;

const struct workload workload_nap = {
    .name = "nap",
    .summary = "randint, and the middle one blocks its thread for 2 s",
    .request = protocol_line_request,
    .response = protocol_line_response,
    .work = nap_work,
    .is_job = is_middle,
};
