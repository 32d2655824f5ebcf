/* A plan: which cases, how often, and in which order. */
#ifndef WAITBENCH_PLAN_H
#define WAITBENCH_PLAN_H

#include <stdio.h>

#include "case.h"
#include "server_model.h"

enum { PLAN_LIST_MAX = 32 };

struct arrivals_list {
    enum arrivals items[ARRIVALS_COUNT];
    size_t count;
};

/* Cases that a preset leaves out. */
struct plan_exclusions {
    struct arrivals_list overflow_arrivals; /* those of the further backlogs; empty is all */
    unsigned overflow_from;                 /* the least concurrency of the further backlogs */
    unsigned burst_from;                    /* the least concurrency of burst arrivals */
    nsec_t longest; /* a run, as long as the server model makes it; 0: no limit */
};

/* What a preset crosses with everything else. */
struct plan_setting {
    bool keep_alive;
    nsec_t delay, work; /* the server's */
};

/* What a user requests: every combination of the lists that makes sense. */
struct plan_request {
    struct bench_case base; /* what all cases have in common */
    const struct driver *drivers[PLAN_LIST_MAX];
    size_t driver_count;
    bool all_drivers; /* every one that can run here */
    unsigned concurrencies[PLAN_LIST_MAX];
    size_t concurrency_count;
    bool concurrency_given; /* else open arrivals have the usual limit, whatever the list */
    struct arrivals_list arrivals;
    unsigned rates[PLAN_LIST_MAX]; /* of open arrivals */
    size_t rate_count;
    nsec_t duration;             /* of open arrivals: instead of a number of requests, unless 0 */
    int backlogs[PLAN_LIST_MAX]; /* the first is the usual one */
    size_t backlog_count;
    struct plan_server {
        const char *model;
        struct server_model_limits limits;
    } servers[PLAN_LIST_MAX];
    size_t server_count;
    struct plan_exclusions exclusions;
    const struct plan_setting *settings; /* in place of those of `base`; NULL: none */
    size_t setting_count;
    enum control control;  /* one case twice, under two names; which is which in case.h */
    double control_slower; /* by this share of the delay, for CONTROL_SLOWER */
};

struct plan {
    struct bench_case *cases;
    size_t case_count;
    unsigned repetitions;
    uint64_t seed;
};

enum {
    RANKS_MAX = 128, /* that run shares */
    RANK_HOST_BYTES = 64,
};

/* Where ranks are to run; none: here. */
struct rank_hosts {
    size_t count;
    char names[RANKS_MAX][RANK_HOST_BYTES];
};

/* How runs are made, whatever the case: what a user can set. */
struct run_settings {
    const char *server_name;     /* somebody's server, HOST:PORT; NULL: one of ours for each run */
    struct net_addresses server; /* its addresses */
    const char *server_host;     /* on which one of ours listens; NULL: loopback */
    nsec_t timeout;              /* how much longer than expected a run may take */
    bool switches;               /* record when the kernel switches threads */
    unsigned ranks;              /* of MPI, among which the load is divided; 0: one for each host */
    struct rank_hosts hosts;
    const char *launcher; /* of ranks, a program; NULL: the usual one */
};

#define RANKS_USUAL_LAUNCHER "mpirun"

/* How many ranks there are; 0: the load is one process's, here. */
static inline unsigned run_ranks(const struct run_settings *settings)
{
    return settings->ranks ? settings->ranks : (unsigned)settings->hosts.count;
}

/* The combinations for each server model, in the order of the tables. Left out, because they would
 * say nothing new:
 *  - serial drivers at more than one at a time (they get one case, closed, time-boxed; for
 *    work without a server one for each of the arrivals, all of it, as many as the others do at
 *    most);
 *  - more requests in flight than a driver can have (its concurrency_max);
 *  - more connections than the server model can have, or more kept ones than it serves at once: the
 *    rest would be refused, or wait for ever;
 *  - where a preset says so, runs that a server model makes too long;
 *  - open arrivals with other limits of those in flight than the usual one, unless they are given;
 *  - a further backlog where no more connections than it holds can be on their way at once, or none
 *    at all.
 * Returns 0, or -1 where nothing is left. */
int plan_make(struct plan *plan, const struct plan_request *request, struct error *error);
void plan_release(struct plan *plan);

/* A line for each driver that was requested and cannot run here, or not with so many in flight, or
 * not with pipelining. */
void plan_print_left_out(const struct plan_request *request, FILE *out);

/* The order of block `block` (0 …): every case once, shuffled by the plan's seed. Fills
 * `order[case_count]` with indices of cases. The same seed gives the same order anywhere. */
void plan_order(const struct plan *plan, unsigned block, size_t *order);

#endif
