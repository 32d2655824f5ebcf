/* Requests that are jobs: work done in the program itself. Used by the exchange only. */
#ifndef WAITBENCH_JOB_H
#define WAITBENCH_JOB_H

#include "load.h"

/* Set `job` up for request `index` of a workload that has jobs; `context` is the slot's, or NULL.
 * Returns false if this request is not a job but is sent to the server. */
bool job_take(struct job *job, const struct batch *batch, size_t index, void *context);

/* Open the context of the slot's jobs if it is not open yet. */
enum job_result job_open(struct job *job, const struct load *load);

/* Execute one slice of the job if `can_yield`, else all of it. */
enum job_result job_work(struct job *job, const struct workload *workload, bool can_yield);

/* Close what job_open() opened, or NULL. */
void job_close(void *context, const struct workload *workload);

#endif
