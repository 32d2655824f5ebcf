#include "job.h"

bool job_take(struct job *job, const struct batch *batch, size_t index, void *context)
{
    const struct workload *workload = batch->load->workload;
    *job = (struct job){
        .index = index, .requests = batch->requests, .warmup = batch->warmup, .context = context};
    return !workload->is_job || workload->is_job(job);
}

enum job_result job_open(struct job *job, const struct load *load)
{
    if (!load->workload->open || job->context)
        return JOB_DONE;
    struct error error = {0};
    job->context = load->workload->open(load, &error);
    job->errnum = error.errnum;
    return job->context ? JOB_DONE : JOB_FAILED;
}

enum job_result job_work(struct job *job, const struct workload *workload, bool can_yield)
{
    enum job_result result;
    do
        result = workload->work(job);
    while (result == JOB_MORE && !can_yield);
    return result;
}

void job_close(void *context, const struct workload *workload)
{
    if (context)
        workload->close(context);
}
