#include "ranks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/base/interrupt.h"
#include "bench/base/scratch.h"
#include "ranks_command.h"

enum { OUTPUT_BYTES = 8192 };

static const nsec_t START_TIMEOUT = 60 * NSEC_PER_SEC; /* ssh to many hosts takes a while */
static const nsec_t CANCEL_TIMEOUT = 5 * NSEC_PER_SEC;
static const nsec_t STOP_TIMEOUT = 3 * NSEC_PER_SEC;

struct ranks {
    struct run_settings settings;
    struct child launcher;
    int messages; /* its output, a file so that nothing blocks it */
    int listener, leader;
    int table_fd;
    struct rank_table *table;
    char folder[CASE_PATH_BYTES];
    bool running; /* a run is under way */
    bool lost;
    struct error why_lost;
};

/* ---- waiting ---- */

enum heard { HEARD_IT, HEARD_END, HEARD_NOTHING, HEARD_INTERRUPT };

/* Until `fd` is readable, the launcher has ended, the deadline has come, or the user interrupts. */
static enum heard listen_for(const struct ranks *ranks, int fd, nsec_t deadline)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = ranks->launcher.pidfd, .events = POLLIN}};
    for (;;) {
        nsec_t left = deadline - clock_now();
        struct timespec timeout = clock_timespec(left > 0 ? left : 0);
        int ready = interrupt_poll(fds, 2, &timeout);
        if (fds[0].revents && ready > 0)
            return HEARD_IT;
        if (ready > 0)
            return HEARD_END;
        if (interrupted())
            return HEARD_INTERRUPT;
        if (ready == 0)
            return HEARD_NOTHING;
    }
}

/* Rank 0 has gone, or the launcher: it has to end for its words to be complete. */
static int lose(struct ranks *ranks, struct error *error)
{
    char output[OUTPUT_BYTES];
    enum child_wait waited = child_wait(&ranks->launcher, clock_now() + CANCEL_TIMEOUT);
    ssize_t size = pread(ranks->messages, output, sizeof(output) - 1, 0);
    output[size > 0 ? size : 0] = '\0';
    if (waited == CHILD_ENDED)
        ranks_command_explain(&ranks->settings, output, ranks->launcher.status, &ranks->why_lost);
    else
        error_set(&ranks->why_lost, "rank 0, which leads the others, does not respond");
    ranks->lost = true;
    *error = ranks->why_lost;
    return -1;
}

/* ---- starting ---- */

static int open_listener(struct ranks *ranks, struct sockaddr_un *address, struct error *error)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (scratch_make(ranks->folder, sizeof(ranks->folder), error) < 0)
        return -1;
    if ((size_t)snprintf(address->sun_path, sizeof(address->sun_path), "%s/ranks", ranks->folder) >=
        sizeof(address->sun_path))
        return error_set(error, "the path in TMPDIR is too long for a socket: %s", ranks->folder);
    ranks->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (ranks->listener < 0 ||
        bind(ranks->listener, (struct sockaddr *)address, sizeof(*address)) < 0 ||
        listen(ranks->listener, 1) < 0)
        return error_errno(error, errno, "cannot listen for rank 0 at %s", address->sun_path);
    return 0;
}

static int make_table(struct ranks *ranks, struct error *error)
{
    void *table = MAP_FAILED;
    ranks->messages = memfd_create("waitbench-mpirun", MFD_CLOEXEC);
    ranks->table_fd = memfd_create("waitbench-ranks", MFD_CLOEXEC);
    if (ranks->messages >= 0 && ranks->table_fd >= 0 &&
        ftruncate(ranks->table_fd, sizeof(*ranks->table)) == 0)
        table = mmap(NULL, sizeof(*ranks->table), PROT_READ | PROT_WRITE, MAP_SHARED,
                     ranks->table_fd, 0);
    if (table == MAP_FAILED)
        return error_errno(error, errno, "cannot map the table of ranks");
    ranks->table = table;
    return 0;
}

/* When this process ends in whatever way, the launcher gets SIGTERM and ends all ranks. */
static int launch(struct ranks *ranks, const char *socket_path, struct error *error)
{
    struct ranks_command command;
    if (ranks_command_make(&command, &ranks->settings, ranks->folder, socket_path, error) < 0)
        return -1;
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const struct child_fd fds[] = {{nothing, STDIN_FILENO},
                                   {ranks->messages, STDOUT_FILENO},
                                   {ranks->messages, STDERR_FILENO},
                                   {-1, -1}};
    int result = child_start(&ranks->launcher, command.argv[0], command.argv, fds, SIGTERM, error);
    close(nothing);
    return result;
}

/* It says "done" to what it was sent. */
static int await_leader(struct ranks *ranks, struct error *error)
{
    unsigned char byte;
    int fd;
    switch (listen_for(ranks, ranks->leader, clock_now() + START_TIMEOUT)) {
    case HEARD_IT: return rank_receive(ranks->leader, &byte, &fd) < 0 ? lose(ranks, error) : 0;
    case HEARD_END: return lose(ranks, error);
    case HEARD_NOTHING: return error_set(error, "rank 0 does not respond");
    case HEARD_INTERRUPT: break;
    }
    return error_set(error, "interrupted");
}

static int accept_leader(struct ranks *ranks, struct error *error)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof(peer);
    switch (listen_for(ranks, ranks->listener, clock_now() + START_TIMEOUT)) {
    case HEARD_IT: break;
    case HEARD_END: return lose(ranks, error);
    case HEARD_NOTHING: return error_set(error, "no ranks were started within 60 s");
    case HEARD_INTERRUPT: return error_set(error, "interrupted");
    }
    ranks->leader = accept4(ranks->listener, NULL, NULL, SOCK_CLOEXEC);
    if (ranks->leader < 0 || getsockopt(ranks->leader, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        peer.uid != geteuid() || rank_send(ranks->leader, RANKS_MEET, ranks->table_fd) < 0)
        return error_errno(error, errno, "no connection to rank 0");
    return await_leader(ranks, error);
}

/* Figures of different versions are not those of one program. */
static int check_ranks(const struct ranks *ranks, struct error *error)
{
    struct rank_identity ours;
    rank_identify(&ours);
    unsigned wanted = run_ranks(&ranks->settings);
    if (ranks->table->count != wanted)
        return error_set(error, "%u ranks were started in place of %u", ranks->table->count,
                         wanted);
    for (unsigned r = 0; r <= ranks->table->count; r++) {
        const struct rank_identity *theirs = &ranks->table->identities[r];
        if (!rank_is_same_version(&ours, theirs))
            return error_set(error,
                             "rank %u on %s is of another version of waitbench, %.40s, and this is "
                             "%.40s: install the same on all hosts, at the same path",
                             r, theirs->host, theirs->revision, ours.revision);
    }
    return 0;
}

struct ranks *ranks_start(const struct run_settings *settings, struct error *error)
{
    struct ranks *ranks = xcalloc(1, sizeof(*ranks));
    struct sockaddr_un address;
    *ranks = (struct ranks){.settings = *settings,
                            .messages = -1,
                            .listener = -1,
                            .leader = -1,
                            .table_fd = -1,
                            .launcher = {.pidfd = -1}};
    if (make_table(ranks, error) == 0 && open_listener(ranks, &address, error) == 0 &&
        launch(ranks, address.sun_path, error) == 0 && accept_leader(ranks, error) == 0 &&
        check_ranks(ranks, error) == 0)
        return ranks;
    if (ranks->lost)
        error_prefix(error, "no ranks");
    ranks_stop(ranks);
    return NULL;
}

/* ---- ending ---- */

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* The launcher ends when all ranks have; else, and in the middle of a run, it is stopped and ends
 * them. */
static void end_ranks(struct ranks *ranks)
{
    struct pollfd ended = {.fd = ranks->launcher.pidfd, .events = POLLIN};
    if (ranks->leader >= 0 && !ranks->launcher.reaped && !ranks->running &&
        rank_send(ranks->leader, RANKS_END, -1) == 0)
        poll(&ended, 1, (int)(STOP_TIMEOUT / NSEC_PER_MSEC));
    child_stop(&ranks->launcher, CANCEL_TIMEOUT);
}

void ranks_stop(struct ranks *ranks)
{
    if (!ranks)
        return;
    end_ranks(ranks);
    close_if_open(ranks->leader);
    close_if_open(ranks->listener);
    close_if_open(ranks->messages);
    close_if_open(ranks->table_fd);
    if (ranks->table)
        munmap(ranks->table, sizeof(*ranks->table));
    scratch_remove(ranks->folder);
    free(ranks);
}

/* ---- runs ---- */

static enum ranks_end cancel_run(struct ranks *ranks, struct error *error)
{
    unsigned char byte;
    int fd;
    if (rank_send(ranks->leader, RANKS_CANCEL, -1) == 0 &&
        listen_for(ranks, ranks->leader, clock_now() + CANCEL_TIMEOUT) == HEARD_IT &&
        rank_receive(ranks->leader, &byte, &fd) == 0)
        return RANKS_TIMED_OUT;
    lose(ranks, error);
    return RANKS_LOST;
}

static enum ranks_end await_run(struct ranks *ranks, nsec_t deadline, struct error *error)
{
    unsigned char byte;
    int fd;
    switch (listen_for(ranks, ranks->leader, deadline)) {
    case HEARD_INTERRUPT: return RANKS_INTERRUPTED;
    case HEARD_NOTHING: return cancel_run(ranks, error);
    case HEARD_IT:
        if (rank_receive(ranks->leader, &byte, &fd) == 0)
            return RANKS_RAN;
        break;
    case HEARD_END: break;
    }
    lose(ranks, error);
    return RANKS_LOST;
}

enum ranks_end ranks_run(struct ranks *ranks, int page_fd, nsec_t deadline, struct error *error)
{
    ranks->table->results = 0;
    ranks->running = true;
    if (ranks->lost || rank_send(ranks->leader, RANKS_RUN, page_fd) < 0) {
        lose(ranks, error);
        return RANKS_LOST;
    }
    enum ranks_end end = await_run(ranks, deadline, error);
    ranks->running = end == RANKS_INTERRUPTED || end == RANKS_LOST;
    return end;
}

const struct rank_table *ranks_table(const struct ranks *ranks)
{
    return ranks->table;
}

const char *ranks_lost(const struct ranks *ranks)
{
    return ranks && ranks->lost ? ranks->why_lost.text : NULL;
}

char *ranks_describe(const struct ranks *ranks, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%u (", ranks->table->count);
    for (unsigned r = 1; r <= ranks->table->count && used < size; r++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", r > 1 ? ", " : "",
                                 ranks->table->identities[r].host);
    if (used < size)
        snprintf(text + used, size - used, ")");
    return text;
}
