/* Each request leaves a thread behind. */
#include "driver.h"

#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
    pause();
    return unused;
}

static void lose_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
}

#define FAULT_OVER(exchange) ((void)(exchange), lose_thread())
#include "tests/grade/faulty_poll.h"

const struct driver driver_wrong_leaks_threads = {.name = "wrong-leaks-threads", FAULTY_POLL};
