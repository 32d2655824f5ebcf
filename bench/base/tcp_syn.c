#include "tcp_syn.h"

#include <stdbool.h>
#include <stdio.h>

enum {
    LINEAR_BY_DEFAULT = 4,
    /* The kernel gives up sooner: net.ipv4.tcp_syn_retries is 127 at most, and 6 unless changed. */
    COUNTED_MOST = 32,
};

unsigned tcp_syn_linear_timeouts(const char *setting, const char *kernel)
{
    unsigned linear, major, minor;
    if (sscanf(setting, "%3u", &linear) == 1)
        return linear;
    bool known = sscanf(kernel, "Linux %u.%u", &major, &minor) == 2;
    return known && (major > 6 || (major == 6 && minor >= 5)) ? LINEAR_BY_DEFAULT : 0;
}

nsec_t tcp_syn_retransmission(unsigned nth, unsigned linear_timeouts)
{
    nsec_t timeout = NSEC_PER_SEC, at = 0;
    for (unsigned i = 0; i < nth && i < COUNTED_MOST; i++) {
        if (i > linear_timeouts)
            timeout *= 2;
        at += timeout;
    }
    return at;
}

unsigned tcp_syn_retransmissions(nsec_t connecting, unsigned linear_timeouts)
{
    const nsec_t slack = NSEC_PER_SEC - TCP_SYN_RETRANSMISSION_LEAST;
    unsigned n = 0;
    while (n < COUNTED_MOST && tcp_syn_retransmission(n + 1, linear_timeouts) - slack <= connecting)
        n++;
    return n;
}
