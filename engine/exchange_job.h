/* Requests that are jobs: a part of the exchange, with nobody else to use it. */
#ifndef WAITBENCH_EXCHANGE_JOB_H
#define WAITBENCH_EXCHANGE_JOB_H

#include "exchange.h"

/* Is request `index` a job? Then it is the lane's from here on; else it is to be asked. */
bool exchange_take_job(struct exchange *exchange, const struct batch *batch, size_t index);

/* Carry the lane's job to its end, or, where the lane can give way, through one slice of it. */
enum exchange_want exchange_begin_job(struct exchange *exchange);
enum exchange_want exchange_step_job(struct exchange *exchange);

/* Close the lane's descriptor. */
void exchange_disconnect(struct exchange *exchange);

/* The one way out of a request. */
static inline enum exchange_want exchange_finish(struct exchange *exchange, enum outcome outcome,
                                                 int errnum)
{
    struct sample *sample = exchange->sample;
    sample->errnum = (int16_t)errnum;
    sample->end = clock_now();
    sample->outcome = (uint8_t)outcome;
    return EXCHANGE_OVER;
}

#endif
