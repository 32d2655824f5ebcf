#include "breakdown.h"

#include <stdlib.h>

#include "lib/error.h"
#include "bench/base/stats.h"

const struct breakdown_row breakdown_rows[BREAKDOWN_PHASES] = {
    [BREAKDOWN_QUEUE] = {"queue",
                         "due but not started: no thread or slot was free, or the driver was late"},
    [BREAKDOWN_CONNECT] = {"connect", "connecting, including SYN retransmissions"},
    [BREAKDOWN_SEND] = {"send", "sending"},
    [BREAKDOWN_ACCEPT] =
        {"accept",
         "sent, not yet read by the server: in the accept queue, or behind pipelined requests"},
    [BREAKDOWN_DELAY] = {"delay", "the server delay"},
    [BREAKDOWN_OVERSHOOT] = {"overshoot", "the server responding later than intended"},
    [BREAKDOWN_BACK] = {"back", "response issued, not yet read by the client"},
    [BREAKDOWN_READ] = {"read", "reading, checking, closing"},
};

bool breakdown_request(const struct sample *s, nsec_t due, nsec_t phases[BREAKDOWN_PHASES])
{
    if (s->outcome != OUTCOME_OK || !s->received)
        return false;
    nsec_t delay = (nsec_t)s->delay_100ns * 100, overshoot = (nsec_t)s->overshoot_100ns * 100;
    nsec_t completed = s->received + delay + overshoot;
    /* Clocks of two cores may differ slightly: a small overlap does not mean another clock. */
    const nsec_t slack = NSEC_PER_MSEC;
    if (s->received < s->start - slack || completed > s->first_byte + slack)
        return false;
    /* The server may read the request before our send() returns, or before the completion of
     * connect is read: limit both times to that of the server. */
    nsec_t connected = s->connected < s->received ? s->connected : s->received;
    nsec_t sent = s->sent < s->received ? s->sent : s->received;
    nsec_t first_byte = s->first_byte > completed ? s->first_byte : completed;
    phases[BREAKDOWN_QUEUE] = s->start - due;
    phases[BREAKDOWN_CONNECT] = connected > s->start ? connected - s->start : 0;
    phases[BREAKDOWN_SEND] = sent > connected ? sent - connected : 0;
    phases[BREAKDOWN_ACCEPT] = s->received - sent;
    phases[BREAKDOWN_DELAY] = delay;
    phases[BREAKDOWN_OVERSHOOT] = overshoot;
    phases[BREAKDOWN_BACK] = first_byte - completed;
    phases[BREAKDOWN_READ] = s->end > first_byte ? s->end - first_byte : 0;
    return true;
}

static void none(struct breakdown *out)
{
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        out->mean[p] = out->p99[p] = -1;
}

void breakdown_run(const struct sample *samples, const nsec_t *dues, size_t n,
                   struct breakdown *out)
{
    double *values = xcalloc(n, BREAKDOWN_PHASES * sizeof(*values));
    size_t count = 0, completed = 0;
    none(out);
    for (size_t i = 0; i < n; i++) {
        nsec_t phases[BREAKDOWN_PHASES];
        completed += samples[i].outcome == OUTCOME_OK;
        if (!breakdown_request(&samples[i], dues[i], phases))
            continue;
        for (int p = 0; p < BREAKDOWN_PHASES; p++)
            values[(size_t)p * n + count] = (double)phases[p];
        count++;
    }
    /* A breakdown of some requests would be an arbitrary sample: all or none. */
    for (int p = 0; p < BREAKDOWN_PHASES && count > 0 && count == completed; p++) {
        double *column = values + (size_t)p * n, sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += column[i];
        qsort(column, count, sizeof(*column), stats_compare_doubles);
        out->mean[p] = sum / (double)count;
        out->p99[p] = stats_enough_values(count, 0.99) ? stats_quantile(column, count, 0.99) : -1;
    }
    free(values);
}
