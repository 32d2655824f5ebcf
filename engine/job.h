/* Requests that are jobs: work that the program does itself. The exchange alone uses it. */
#ifndef WAITBENCH_JOB_H
#define WAITBENCH_JOB_H

#include "load.h"

/* Make `job` the one of request `index`, of a workload that has jobs. Returns false where this
 * request is none, but is sent to the server. */
bool job_take(struct job *job, const struct batch *batch, size_t index);

/* Open what the slot's jobs need, where it is not open yet. */
enum job_result job_open(struct job *job, const struct load *load);

/* Do a slice of the job or, unless it can give way in between, all of it. */
enum job_result job_work(struct job *job, const struct workload *workload, bool gives_way);

/* Close what job_open() opened. */
void job_close(struct job *job, const struct workload *workload);

#endif
