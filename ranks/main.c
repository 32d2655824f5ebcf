/* waitbench-mpi: the ranks of `waitbench campaign --hosts`, started by mpirun. Rank 0 takes runs
 * from the harness over a socket and has the others execute shares of them. The only program of
 * this project that is linked with MPI. */
#include <stdio.h>
#include <stdlib.h>

#include "leader.h"
#include "lib/process.h"
#include "order.h"
#include "worker.h"

static int execute(int argc, char **argv)
{
    struct error error;
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    order_check_parent();
    if (rank > 0) {
        worker_follow();
    } else if (leader_serve(argv[1], &error) < 0) {
        fprintf(stderr, "waitbench-mpi: %s\n", error.text);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    MPI_Finalize();
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    process_occupy_standard();
    if (argc == 2)
        return execute(argc, argv);
    fputs("waitbench-mpi: started by 'waitbench campaign --hosts' through mpirun; see 'waitbench "
          "campaign --help'\n",
          stderr);
    return 2;
}
