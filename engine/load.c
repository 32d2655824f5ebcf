#include "load.h"

#include <errno.h>

#include "lib/rng.h"

void batch_await(const struct batch *batch, size_t index)
{
    if (!batch->schedule || batch_intended(batch, index) <= clock_now())
        return;
    const struct timespec until = clock_timespec(batch_intended(batch, index));
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}

static void choose_port(struct load *load)
{
    if (load->server_ports > 1)
        net_address_set_port(
            &load->server, (uint16_t)(load->server_port + load->share.first % load->server_ports));
}

void load_set_server(struct load *load, const struct net_address *server, unsigned ports)
{
    load->server = *server;
    load->server_ports = ports;
    load->server_port = net_address_port(server);
    choose_port(load);
}

void load_take_part(struct load *load, unsigned part, unsigned parts)
{
    const struct share share = share_of(part, parts);
    unsigned each = load->concurrency / parts, more = load->concurrency % parts;
    load->first_slot += part * each + (part < more ? part : more);
    load->concurrency = (unsigned)share_count(load->concurrency, part, parts);
    load->share = share_within(&load->share, &share);
    choose_port(load);
}

int64_t load_bound(const struct load *load, size_t index)
{
    static const uint32_t magnitudes[] = {6, 10, 100, 1000, 10000, 100000, 1000000, 1000000000};
    uint64_t bits = rng_mix(load->seed, share_place(&load->share, index));
    if (bits % 16 == 0)
        return 0;
    return (int64_t)((bits >> 32) % magnitudes[bits >> 4 & 7]) + 1;
}

size_t load_request_bytes(const struct load *load)
{
    char text[PROTOCOL_REQUEST_BYTES];
    const struct request longest = {.bound = PROTOCOL_BOUND_MAX,
                                    .delay = CLOCK_MAX,
                                    .keep_alive = load->keep_alive,
                                    .timing = load->timing,
                                    .authority = load->server.authority};
    const struct workload *workload = load->workload;
    bool one_by_one = workload->request && !load->text && !load->pipelines;
    return one_by_one ? workload->request(text, &longest) : 0;
}
