#include "time_wait.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <unistd.h>

struct dump_request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 query;
};

/* Count the sockets in a datagram of the dump. Returns 1 if more follow, 0 at its end, -1 on
 * error. */
static int count_messages(const struct nlmsghdr *message, size_t size, int64_t *count)
{
    for (; NLMSG_OK(message, size); message = NLMSG_NEXT(message, size)) {
        if (message->nlmsg_type == NLMSG_DONE)
            return 0;
        if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
            return -1;
        ++*count;
    }
    return 1;
}

/* The sockets in TIME_WAIT with these ports, 0 for any; the kernel selects them. */
static int dump(int fd, int family, uint16_t local_port, uint16_t remote_port, int64_t *count)
{
    const struct dump_request request = {
        .header = {.nlmsg_len = sizeof(request),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .query = {.sdiag_family = (uint8_t)family,
                  .sdiag_protocol = IPPROTO_TCP,
                  .idiag_states = 1U << TCP_TIME_WAIT,
                  .id = {.idiag_sport = htons(local_port), .idiag_dport = htons(remote_port)}},
    };
    _Alignas(struct nlmsghdr) char buffer[32768];
    int more = 1;
    *count = 0;
    if (send(fd, &request, sizeof(request), 0) < 0)
        return -1;
    while (more == 1) {
        ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
        more = size <= 0 ? -1 : count_messages((const void *)buffer, (size_t)size, count);
    }
    return more;
}

int time_wait_count(const struct net_address *server, int64_t *at_client, int64_t *at_server)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return -1;
    int family = server->storage.ss_family;
    uint16_t port = net_address_port(server);
    int result =
        dump(fd, family, 0, port, at_client) < 0 ? -1 : dump(fd, family, port, 0, at_server);
    close(fd);
    return result;
}
