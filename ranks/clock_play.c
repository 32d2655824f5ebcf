#include "clock_play.h"

#include "order.h"

/* On a busy machine, where a round trip takes as long as others use the CPU, some must do. */
enum { ROUNDS = 200, ROUNDS_LEAST = 20 };
static const nsec_t LONGEST = 100 * NSEC_PER_MSEC;

static const nsec_t LAST = -1; /* in place of a time: no round trip follows */

struct clock_offset clock_measure(int rank)
{
    struct clock_offset offset = CLOCK_OFFSET_NONE;
    const struct rank_order order = {.kind = ORDER_CLOCK};
    nsec_t begun = clock_now();
    order_send(rank, TAG_ORDER, &order, sizeof(order));
    for (int i = 0; i < ROUNDS && (i < ROUNDS_LEAST || clock_now() < begun + LONGEST); i++) {
        nsec_t remote, sent = clock_now();
        MPI_Send(&sent, sizeof(sent), MPI_BYTE, rank, TAG_CLOCK, MPI_COMM_WORLD);
        MPI_Recv(&remote, sizeof(remote), MPI_BYTE, rank, TAG_CLOCK, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        clock_offset_take(&offset, sent, remote, clock_now());
    }
    MPI_Send(&LAST, sizeof(LAST), MPI_BYTE, rank, TAG_CLOCK, MPI_COMM_WORLD);
    return offset;
}

void clock_reply(void)
{
    nsec_t message = 0;
    while (message != LAST) {
        MPI_Recv(&message, sizeof(message), MPI_BYTE, 0, TAG_CLOCK, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        nsec_t now = clock_now();
        if (message != LAST)
            MPI_Send(&now, sizeof(now), MPI_BYTE, 0, TAG_CLOCK, MPI_COMM_WORLD);
    }
}
