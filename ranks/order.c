#include "order.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t parent;

void order_check_parent(void)
{
    sigset_t pending;
    if (!parent)
        parent = getppid();
    sigpending(&pending);
    if (getppid() != parent || sigismember(&pending, SIGTERM))
        _exit(EXIT_FAILURE);
}

bool order_is_there(int tag)
{
    int there;
    MPI_Iprobe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
    return there;
}

/* Sleep until it is done; the other side takes part in the transfer of a large message when it
 * looks for one. */
static void await(MPI_Request request)
{
    const struct timespec pause = {.tv_nsec = NSEC_PER_MSEC / 5};
    int done = 0;
    while (MPI_Request_get_status(request, &done, MPI_STATUS_IGNORE), !done) {
        nanosleep(&pause, NULL);
        order_check_parent();
    }
}

void order_send(int rank, int tag, const void *data, size_t size)
{
    MPI_Request request;
    MPI_Isend(data, (int)size, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &request);
    await(request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

int order_receive(int rank, int tag, void *data, size_t size)
{
    MPI_Request request;
    MPI_Status status;
    MPI_Irecv(data, (int)size, MPI_BYTE, rank, tag, MPI_COMM_WORLD, &request);
    await(request);
    MPI_Wait(&request, &status);
    return status.MPI_SOURCE;
}
