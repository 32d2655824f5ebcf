/* A rank that runs shares: ranks from 1 on. */
#ifndef WAITBENCH_RANKS_WORKER_H
#define WAITBENCH_RANKS_WORKER_H

/* Follow rank 0's orders until the last. */
void worker_follow(void);

#endif
