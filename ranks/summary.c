#include "summary.h"

#include <mpi.h>
#include <stdlib.h>

/* An operation of MPI: `into` becomes the sum of both. */
static void add(void *more, void *into, int *count, MPI_Datatype *type)
{
    (void)type;
    for (int i = 0; i < *count; i++)
        run_summary_add((struct run_summary *)into + i, (const struct run_summary *)more + i);
}

void summary_reduce(const struct measure_page *page, struct run_summary *sum)
{
    struct run_summary *own = xcalloc(1, sizeof(*own));
    MPI_Datatype type;
    MPI_Op operation;
    if (page)
        measure_sum_up(page, own);
    MPI_Type_contiguous((int)sizeof(*own), MPI_BYTE, &type);
    MPI_Type_commit(&type);
    MPI_Op_create(add, true, &operation);
    MPI_Reduce(own, sum, 1, type, operation, 0, MPI_COMM_WORLD);
    MPI_Op_free(&operation);
    MPI_Type_free(&type);
    free(own);
}
