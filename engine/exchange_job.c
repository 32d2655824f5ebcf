#include "exchange_job.h"

#include <errno.h>
#include <sys/eventfd.h>

static enum exchange_want job_end(struct exchange *exchange, enum job_result result)
{
    if (exchange->phase == EXCHANGE_WORKING)
        exchange_disconnect(exchange);
    struct sample *sample = exchange->sample;
    sample->connected = sample->sent = sample->first_byte = sample->start;
    if (result == JOB_FAILED)
        return exchange_finish(exchange, OUTCOME_JOB, exchange->job.errnum);
    return exchange_finish(exchange, result == JOB_WRONG ? OUTCOME_WRONG : OUTCOME_OK, 0);
}

/* Who steps comes back at once, but not before all others that are ready: a descriptor that is
 * always writable says so to any loop. An edge-triggered one wants a new edge for each slice. */
static enum exchange_want job_yield(struct exchange *exchange)
{
    if (exchange->phase != EXCHANGE_WORKING) {
        exchange->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (exchange->fd < 0) {
            exchange->job.errnum = errno;
            return job_end(exchange, JOB_FAILED);
        }
        exchange->phase = EXCHANGE_WORKING;
    }
    eventfd_write(exchange->fd, 1);
    return EXCHANGE_WRITE;
}

/* A blocking lane, or a thread that jobs are offloaded to, has nobody to give way to, and a lane
 * with sockets of its own no way to: all slices at once. */
enum exchange_want exchange_step_job(struct exchange *exchange)
{
    enum job_result result;
    do
        result = exchange->load->workload->work(&exchange->job);
    while (result == JOB_MORE && exchange->kind != EXCHANGE_NONBLOCKING);
    return result == JOB_MORE ? job_yield(exchange) : job_end(exchange, result);
}

bool exchange_take_job(struct exchange *exchange, const struct batch *batch, size_t index)
{
    const struct workload *workload = exchange->load->workload;
    struct job *job = &exchange->job;
    *job = (struct job){.index = index,
                        .requests = batch->requests,
                        .warmup = batch->warmup,
                        .context = job->context};
    return !workload->is_job || workload->is_job(job);
}

enum exchange_want exchange_begin_job(struct exchange *exchange)
{
    const struct workload *workload = exchange->load->workload;
    struct job *job = &exchange->job;
    exchange->phase = EXCHANGE_NEW;
    if (workload->open && !job->context) {
        struct error error = {0};
        job->context = workload->open(exchange->load, &error);
        job->errnum = error.errnum;
        if (!job->context)
            return job_end(exchange, JOB_FAILED);
    }
    return exchange_step_job(exchange);
}

void exchange_work(struct exchange *exchange)
{
    exchange_begin_job(exchange);
}
