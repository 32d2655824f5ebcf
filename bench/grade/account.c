#include "account.h"

#include <time.h>

int64_t account_figure(const struct server_process *server, const char *name)
{
    char json[SERVER_STATS_BYTES];
    for (int attempt = 0; attempt < 3; attempt++)
        if (server_stats(server, json, NULL) == 0)
            return server_stats_integer(json, name);
    return -1;
}

bool account_await(const struct server_process *server, const char *name, int64_t value,
                   nsec_t timeout)
{
    const struct timespec pause = {.tv_nsec = 2 * NSEC_PER_MSEC};
    nsec_t end = clock_now() + timeout;
    while (clock_now() < end) {
        if (account_figure(server, name) == value)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}
