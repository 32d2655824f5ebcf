/* When Linux retransmits the SYN of a connection that nothing replied to. */
#ifndef WAITBENCH_TCP_SYN_H
#define WAITBENCH_TCP_SYN_H

#include "lib/clock.h"

/* The first one comes after the initial timeout of a second (RFC 6298, 2.1), less the error of
 * timers. So a connection that took this long had its SYN retransmitted. */
#define TCP_SYN_RETRANSMISSION_LEAST (950 * NSEC_PER_MSEC)

/* net.ipv4.tcp_syn_linear_timeouts: how many timeouts stay as long as the first before they double.
 * `setting` is its text, `kernel` such as "Linux 6.1.0-18"; either may be "": not known. Kernels
 * have the setting from 6.5 on, with 4 unless it was changed, and double from the first one on
 * before (Linux, Documentation/networking/ip-sysctl.rst). */
unsigned tcp_syn_linear_timeouts(const char *setting, const char *kernel);

/* How long after the first SYN the `nth` retransmission is sent, from 1 on: 1, 3, 7 s …, or with 4
 * linear timeouts 1, 2, 3, 4, 5, 7, 11 s … */
nsec_t tcp_syn_retransmission(unsigned nth, unsigned linear_timeouts);

/* How many were sent for a connection that was established, or given up, after so long. */
unsigned tcp_syn_retransmissions(nsec_t connecting, unsigned linear_timeouts);

#endif
