/* The messages between rank 0, which leads, and the others, which follow. A rank that waits for one
 * sleeps and looks in between: MPI's own calls wait in a busy loop, which would take the CPU from
 * what is measured. */
#ifndef WAITBENCH_RANKS_ORDER_H
#define WAITBENCH_RANKS_ORDER_H

#include <mpi.h>
#include <stdbool.h>

#include "bench/run/measure.h"
#include "bench/run/rank_table.h"

enum rank_tag {
    TAG_IDENTITY, /* union rank_introduction, once */
    TAG_ORDER,    /* struct rank_order */
    TAG_PAGE,     /* after ORDER_RUN: the head of the run's page */
    TAG_CLOCK,    /* nsec_t: a round trip */
    TAG_READY,    /* nothing: the measured process waits at its barrier */
    TAG_REPORT,   /* struct rank_report: it has ended */
    TAG_SAMPLES,
};

/* Of one size in all versions, so that one of another can be told by it. */
union rank_introduction {
    struct rank_identity identity;
    char bytes[1024];
};

enum rank_order_kind {
    ORDER_CLOCK,   /* reply to its round trips */
    ORDER_RUN,     /* start a measured process of share `part` of `parts` */
    ORDER_START,   /* let it pass its barrier at `instant` */
    ORDER_CANCEL,  /* stop it */
    ORDER_SAMPLES, /* send its samples, and forget the run */
    ORDER_SUMMARY, /* take part in adding up all summaries, and forget the run */
    ORDER_END,
};

struct rank_order {
    enum rank_order_kind kind;
    unsigned part, parts;
    nsec_t instant; /* on the rank's clock */
    nsec_t offset;  /* of the rank's clock */
    unsigned run;   /* counted: START and CANCEL are of this one */
};

/* How a share was executed. */
struct rank_report {
    struct rank_result result;
    bool stopped; /* by rank 0, for the sake of others */
    struct watch watch;
    struct measure_page page; /* its head */
};

enum {
    SAMPLES_AT_ONCE = 8192, /* of a message: 512 KiB */
    LOOK_MS = 5,            /* between two looks for a message, if nobody measures */
    LOOK_IN_RUN_MS = 25,    /* while a run is on */
};

/* Is there one of that tag now (from any rank)? */
bool order_is_there(int tag);

void order_send(int rank, int tag, const void *data, size_t size);
/* The source is returned; `rank` may be MPI_ANY_SOURCE. It has to be there, or on its way. */
int order_receive(int rank, int tag, void *data, size_t size);

/* Ends this process where the one that started it has ended, as then nobody would, or has sent a
 * SIGTERM that is blocked. */
void order_check_parent(void);

#endif
