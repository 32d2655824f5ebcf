#include "rank_table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/environment.h"
#include "measure.h"

static void read_boot_id(char id[RANK_MACHINE_BYTES])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file || !fgets(id, RANK_MACHINE_BYTES, file))
        id[0] = '\0';
    if (file)
        fclose(file);
    id[strcspn(id, "\n")] = '\0';
}

void rank_identify(struct rank_identity *identity)
{
    struct stat network;
    memset(identity, 0, sizeof(*identity)); /* it is sent: no byte of it is left to chance */
    identity->layout = measure_layout() ^ (uint64_t)sizeof(struct rank_table) << 24;
    identity->pid = getpid();
    identity->cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    snprintf(identity->revision, sizeof(identity->revision), "%s", environment_revision());
    gethostname(identity->host, sizeof(identity->host) - 1);
    read_boot_id(identity->machine);
    if (stat("/proc/self/ns/net", &network) == 0)
        identity->network = network.st_ino;
}

bool rank_is_same_version(const struct rank_identity *a, const struct rank_identity *b)
{
    return a->layout == b->layout && !strcmp(a->revision, b->revision);
}

/* Room for one descriptor, aligned as a header has to be. */
union rank_control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr header;
};

int rank_send(int socket, unsigned char byte, int fd)
{
    union rank_control control = {.bytes = {0}};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(fd));
        memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int rank_receive(int socket, unsigned char *byte, int *fd)
{
    union rank_control control = {.bytes = {0}};
    struct iovec data = {byte, 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    ssize_t size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    *fd = -1;
    if (size == 0)
        errno = EPIPE;
    if (size != 1)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(header), sizeof(*fd));
    return 0;
}
