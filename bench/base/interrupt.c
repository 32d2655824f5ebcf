#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t arrived;

static void on_signal(int number)
{
    arrived = number;
}

bool interrupt_catch(int number, void (*handler)(int))
{
    struct sigaction before, action = {.sa_handler = handler};
    if (sigaction(number, NULL, &before) < 0 || before.sa_handler == SIG_IGN)
        return false;
    return sigaction(number, &action, NULL) == 0;
}

void interrupt_init(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (interrupt_catch(numbers[i], on_signal))
            sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

int interrupt_poll(struct pollfd *fds, nfds_t n, const struct timespec *timeout)
{
    sigset_t none;
    sigemptyset(&none);
    return ppoll(fds, n, timeout, &none);
}

bool interrupted(void)
{
    if (!arrived)
        interrupt_poll(NULL, 0, &(struct timespec){0});
    return arrived != 0;
}

void interrupt_answered(void)
{
    interrupt_poll(NULL, 0, &(struct timespec){0}); /* sent twice, to us and to our group */
    if (arrived == SIGINT)
        arrived = 0;
}
