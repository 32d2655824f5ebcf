/* It has twice as many requests in flight as it may. */
#include "driver.h"

#include <stdlib.h>

/* Slots beyond the load's, with the numbers of those within. */
static void *open_twice(const struct load *load, unsigned count)
{
    struct exchange *slots = xcalloc(count, sizeof(*slots));
    for (unsigned i = 0; i < count; i++)
        exchange_init(&slots[i], load, i % load->concurrency, EXCHANGE_NONBLOCKING);
    return slots;
}

#define FAULT_SLOTS(load)              (2 * (load)->concurrency)
#define FAULT_OPEN(load, count, error) open_twice(load, count)
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_too_many = {.name = "wrong-too-many", FAULTY_POLL};
