/* Small requests, and one that counts to 100,000: CPU work, about a microsecond per count, in one
 * go or in slices of a thousand, yielding to other requests in between. */
#include "workloads.h"

#include "lib/rng.h"

enum { COUNT_TO = 100000, COUNT_SLICE = 1000, COUNT_EFFORT = 300 };

/* One count: arithmetic that a compiler cannot precompute. */
static uint64_t count_once(uint64_t state)
{
    for (int i = 0; i < COUNT_EFFORT; i++)
        state = rng_mix(state, (uint64_t)i);
    return state;
}

static bool is_middle(const struct job *job)
{
    return job->index == job->requests / 2 && !job->warmup;
}

static enum job_result count_by(struct job *job, uint64_t slice)
{
    volatile uint64_t kept = job->progress;
    for (uint64_t i = 0; i < slice && job->progress < COUNT_TO; i++, job->progress++)
        kept = count_once(kept);
    return job->progress < COUNT_TO ? JOB_MORE : JOB_DONE;
}

static enum job_result count_work(struct job *job)
{
    return count_by(job, COUNT_TO);
}

static enum job_result count_yielding_work(struct job *job)
{
    return count_by(job, COUNT_SLICE);
}

const struct workload workload_count = {
    .name = "count",
    .summary = "randint, and the middle one counts to 100,000 in one go",
    .request = protocol_line_request,
    .response = protocol_line_response,
    .work = count_work,
    .is_job = is_middle,
};

const struct workload workload_count_yielding = {
    .name = "count-yielding",
    .summary = "the same in slices of 1000, yielding to other requests in between",
    .yields = true,
    .request = protocol_line_request,
    .response = protocol_line_response,
    .work = count_yielding_work,
    .is_job = is_middle,
};
