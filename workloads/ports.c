/* HTTP over connections that run short of local ports. TCP keeps a connection for a minute after
 * its end, in TIME_WAIT, on the side that closed first (RFC 9293, 3.6.1). If that is the client,
 * its local port cannot be used for another connection to the same destination meanwhile. Here a
 * client may use 200 ports, so a few hundred connections show what otherwise takes 28,000
 * (IP_LOCAL_PORT_RANGE, ip(7)).
 *
 * The request decides who closes first: the server after "Connection: close", else the client. */
#include "ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "workloads.h"

#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51 /* in linux/in.h from Linux 6.3 on */
#endif

/* As the option takes it: the last port and the first; set by the probe. */
static uint32_t port_range;

/* The last ports of the machine's range, as ports outside it are not used. */
static int choose_ports(struct error *why)
{
    static const char path[] = "/proc/sys/net/ipv4/ip_local_port_range";
    unsigned low = 0, high = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_errno(why, errno, "cannot read %s", path);
    int fields = fscanf(file, "%u %u", &low, &high);
    fclose(file);
    if (fields != 2 || high > UINT16_MAX || high < low + FEW_PORTS)
        return error_set(why, "net.ipv4.ip_local_port_range has fewer than %d ports: widen it",
                         FEW_PORTS);
    port_range = high << 16 | (high - FEW_PORTS + 1);
    return 0;
}

static int limit_ports(int fd)
{
    return setsockopt(fd, IPPROTO_IP, IP_LOCAL_PORT_RANGE, &port_range, sizeof(port_range));
}

static int few_ports_probe(struct error *why)
{
    if (choose_ports(why) < 0)
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = 0;
    if (fd < 0 || limit_ports(fd) < 0)
        result = error_errno(why, errno,
                             "a socket's local ports cannot be limited: that takes Linux 6.3 "
                             "(IP_LOCAL_PORT_RANGE)");
    if (fd >= 0)
        close(fd);
    return result;
}

/* From 127.0.0.1, 127.0.0.2 … in turn. The port is left to connect(), which can use one again for
 * another destination; bind() could not (IP_BIND_ADDRESS_NO_PORT). */
static int take_address_in_turn(int fd)
{
    static atomic_uint turn;
    unsigned number = atomic_fetch_add(&turn, 1) % FEW_PORTS_ADDRESSES;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + number)};
    if (limit_ports(fd) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1}, sizeof(int)) < 0)
        return -1;
    int result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    if (result < 0 && errno == EINVAL) /* the server's address is of IPv6, which has one only */
        errno = EAFNOSUPPORT;
    return result;
}

/* The server leaves the connection open, so the client, which uses it once, closes it first. */
static size_t request_to_keep(char *buffer, const struct request *request)
{
    struct request kept = *request;
    kept.keep_alive = true;
    return protocol_http_request(buffer, &kept);
}

const struct workload workload_close_first = {
    .name = "close-first",
    .summary = "http, the client closes each connection before the server does",
    .request = request_to_keep,
    .response = protocol_http_response,
};

#define FEW(title, text, request_of, prepared)                                                     \
    {                                                                                              \
        .name = title, .summary = text, .provokes = EADDRNOTAVAIL, .request = request_of,          \
        .response = protocol_http_response, .prepare = prepared, .probe = few_ports_probe          \
    }

const struct workload workload_few_ports =
    FEW("few-ports", "http from 200 local ports", protocol_http_request, limit_ports);
const struct workload workload_few_ports_close_first =
    FEW("few-ports-close-first", "close-first from 200 local ports", request_to_keep, limit_ports);
const struct workload workload_few_ports_4_addresses =
    FEW("few-ports-4-addresses", "close-first from 200 local ports of each of 4 addresses",
        request_to_keep, take_address_in_turn);
