#include "leader.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/base/scratch.h"
#include "bench/run/measure_share.h"
#include "bench/run/usage_probe.h"
#include "clock_play.h"
#include "merge.h"
#include "order.h"
#include "summary.h"

/* From the agreement on an instant until it: time for the message to be seen by all. */
static const nsec_t LEAD = 100 * NSEC_PER_MSEC;

struct leader {
    int harness;        /* the socket */
    const char *socket; /* its path */
    struct rank_table *table;
    unsigned workers; /* ranks other than this one */
    unsigned runs;    /* so far */
};

/* A run. */
struct lead {
    struct leader *leader;
    struct measure_page *page;
    unsigned parts;
    unsigned ready, reported;
    bool begun; /* START was sent */
    bool canceled;
    struct usage_probe probe;
    struct usage before, own;
    struct clock_offset clocks_before[RANKS_MAX], clocks_after[RANKS_MAX];
    struct rank_report *reports; /* by part */
};

static void tell_all(const struct lead *lead, struct rank_order order)
{
    order.run = lead->leader->runs;
    for (unsigned p = 0; p < lead->parts; p++)
        order_send((int)p + 1, TAG_ORDER, &order, sizeof(order));
}

static void cancel(struct lead *lead)
{
    if (!lead->canceled)
        tell_all(lead, (struct rank_order){.kind = ORDER_CANCEL});
    lead->canceled = true;
}

/* It was killed, and cannot remove its folder any more. */
static _Noreturn void end_without_harness(const struct leader *leader)
{
    char *folder = strdup(leader->socket);
    scratch_remove(dirname(folder));
    _exit(EXIT_FAILURE);
}

/* The harness's next request is taken if it comes within `timeout_ms`, and nothing else: the only
 * one during a run is to cancel it. A harness that is gone ends this process, and by that all
 * ranks. */
static bool take_request(const struct leader *leader, unsigned char *request, int *fd,
                         int timeout_ms)
{
    struct pollfd readable = {.fd = leader->harness, .events = POLLIN};
    if (poll(&readable, 1, timeout_ms) <= 0) {
        order_check_parent();
        return false;
    }
    if (rank_receive(leader->harness, request, fd) < 0)
        end_without_harness(leader);
    return true;
}

static void read_clocks(const struct lead *lead, struct clock_offset *clocks)
{
    for (unsigned p = 0; p < lead->parts; p++)
        clocks[p] = clock_measure((int)p + 1);
}

static void start_all(const struct lead *lead)
{
    for (unsigned p = 0; p < lead->parts; p++) {
        const struct rank_order order = {.kind = ORDER_RUN,
                                         .part = p,
                                         .parts = lead->parts,
                                         .offset = lead->clocks_before[p].offset,
                                         .run = lead->leader->runs};
        order_send((int)p + 1, TAG_ORDER, &order, sizeof(order));
        order_send((int)p + 1, TAG_PAGE, lead->page, sizeof(*lead->page));
    }
}

/* All wait at their barriers: agree on an instant, converted to the clock of each. */
static void open_barriers(struct lead *lead)
{
    usage_read_before(&lead->probe, &lead->before);
    nsec_t instant = clock_now() + LEAD;
    lead->page->started = instant;
    lead->page->stage = MEASURE_RUN;
    lead->begun = true;
    for (unsigned p = 0; p < lead->parts; p++) {
        const struct rank_order order = {.kind = ORDER_START,
                                         .instant = instant + lead->clocks_before[p].offset,
                                         .run = lead->leader->runs};
        order_send((int)p + 1, TAG_ORDER, &order, sizeof(order));
    }
}

static void take_report(struct lead *lead)
{
    struct rank_report *report = xcalloc(1, sizeof(*report));
    int rank = order_receive(MPI_ANY_SOURCE, TAG_REPORT, report, sizeof(*report));
    lead->reports[rank - 1] = *report;
    lead->reported++;
    if (report->page.stage != MEASURE_COMPLETE)
        cancel(lead);
    free(report);
}

/* Sleeps in poll(), and looks for messages in between. */
static void follow(struct lead *lead)
{
    while (lead->reported < lead->parts) {
        unsigned char request;
        int fd = -1;
        if (take_request(lead->leader, &request, &fd, lead->begun ? LOOK_IN_RUN_MS : LOOK_MS))
            cancel(lead);
        if (fd >= 0)
            close(fd);
        while (order_is_there(TAG_READY)) {
            order_receive(MPI_ANY_SOURCE, TAG_READY, NULL, 0);
            lead->ready++;
        }
        if (!lead->begun && !lead->canceled && lead->ready == lead->parts)
            open_barriers(lead);
        while (order_is_there(TAG_REPORT))
            take_report(lead);
    }
}

static void collect_samples(const struct lead *lead)
{
    struct sample *samples = xcalloc(SAMPLES_AT_ONCE, sizeof(*samples));
    for (unsigned p = 0; p < lead->parts; p++) {
        const struct rank_order order = {.kind = ORDER_SAMPLES};
        const struct rank_report *report = &lead->reports[p];
        order_send((int)p + 1, TAG_ORDER, &order, sizeof(order));
        for (size_t i = 0; i < report->page.requests; i += SAMPLES_AT_ONCE) {
            size_t left = report->page.requests - i;
            size_t n = left < SAMPLES_AT_ONCE ? left : SAMPLES_AT_ONCE;
            order_receive((int)p + 1, TAG_SAMPLES, samples, n * sizeof(*samples));
            measure_share_put(lead->page, &report->page.load.share, report->result.clock.offset, i,
                              samples, n);
        }
    }
    free(samples);
}

/* Those of ranks that run no share are part of the sum, too. */
static void collect_summaries(const struct leader *leader)
{
    const struct rank_order order = {.kind = ORDER_SUMMARY};
    for (unsigned p = 0; p < leader->workers; p++)
        order_send((int)p + 1, TAG_ORDER, &order, sizeof(order));
    summary_reduce(NULL, &leader->table->summary);
}

/* What each rank reports, with what is known of it here. */
static void complete_results(const struct lead *lead)
{
    for (unsigned p = 0; p < lead->parts; p++) {
        struct rank_result *result = &lead->reports[p].result;
        result->rank = p + 1;
        memcpy(result->host, lead->leader->table->identities[p + 1].host, sizeof(result->host));
        result->clock = clock_offset_over(&lead->clocks_before[p], &lead->clocks_after[p]);
        result->clock_drift = lead->clocks_after[p].offset - lead->clocks_before[p].offset;
    }
}

static void lead_run(struct lead *lead)
{
    struct measure_page *page = lead->page;
    page->stage = MEASURE_SETUP;
    measure_make_schedule(page);
    read_clocks(lead, lead->clocks_before);
    usage_open(&lead->probe, page->server_pid, page->with_syscalls);
    start_all(lead);
    follow(lead);
    if (lead->begun) {
        usage_read_after(&lead->probe, &lead->own);
        usage_settle(&lead->probe, &lead->before, &lead->own);
    } else {
        usage_clear(&lead->own);
    }
    usage_close(&lead->probe);
    read_clocks(lead, lead->clocks_after);
    complete_results(lead);
    if (page->without_samples)
        collect_summaries(lead->leader);
    else
        collect_samples(lead);
    merge_reports(lead->leader->table, lead->reports, lead->parts, &lead->own, page);
}

static void run(struct leader *leader, int fd)
{
    struct lead *lead = xcalloc(1, sizeof(*lead));
    lead->leader = leader;
    lead->page = measure_page_open(fd);
    if (!lead->page) {
        fputs("waitbench-mpi: the page of a run cannot be mapped\n", stderr);
        _exit(EXIT_FAILURE);
    }
    lead->parts = measure_shares(lead->page, leader->workers);
    lead->reports = xcalloc(lead->parts, sizeof(*lead->reports));
    leader->runs++;
    lead_run(lead);
    measure_page_release(lead->page);
    free(lead->reports);
    free(lead);
}

/* The harness's table, with who the ranks are. */
static int meet(struct leader *leader, int fd, struct error *error)
{
    leader->table = mmap(NULL, sizeof(*leader->table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (leader->table == MAP_FAILED)
        return error_errno(error, errno, "cannot map the table of ranks");
    rank_identify(&leader->table->identities[0]);
    for (unsigned i = 0; i < leader->workers; i++) {
        union rank_introduction theirs;
        int rank = order_receive(MPI_ANY_SOURCE, TAG_IDENTITY, &theirs, sizeof(theirs));
        leader->table->identities[rank] = theirs.identity;
    }
    leader->table->count = leader->workers;
    return 0;
}

static int harness_connect(const char *path, struct error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(error, "the path of the socket is too long: %s", path);
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    error_errno(error, errno, "cannot connect to the harness at %s", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

static int serve_one(struct leader *leader, enum ranks_request request, int fd, struct error *error)
{
    if (request == RANKS_CANCEL) /* it crossed with the end of the run */
        return 0;
    if (request == RANKS_MEET && meet(leader, fd, error) < 0)
        return -1;
    if (request == RANKS_RUN)
        run(leader, fd);
    return rank_send(leader->harness, RANKS_DONE, -1) < 0
               ? error_errno(error, errno, "the harness is gone")
               : 0;
}

/* Until its last request. */
static int serve(struct leader *leader, struct error *error)
{
    enum { IDLE_MS = 200 }; /* for the end of the process that started this one */
    unsigned char request = RANKS_CANCEL;
    while (request != RANKS_END) {
        int fd = -1;
        if (!take_request(leader, &request, &fd, IDLE_MS))
            continue;
        int result = request == RANKS_END ? 0 : serve_one(leader, request, fd, error);
        if (fd >= 0)
            close(fd);
        if (result < 0)
            return -1;
    }
    return 0;
}

static void end_all(const struct leader *leader)
{
    const struct rank_order order = {.kind = ORDER_END};
    for (unsigned p = 0; p < leader->workers; p++)
        order_send((int)p + 1, TAG_ORDER, &order, sizeof(order));
}

/* mpirun sends it at the end of the harness, too: there is a folder to remove first. */
static void block_termination(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

int leader_serve(const char *socket_path, struct error *error)
{
    block_termination();
    struct leader leader = {.harness = harness_connect(socket_path, error), .socket = socket_path};
    int size;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    leader.workers = (unsigned)size - 1;
    if (leader.harness < 0)
        return -1;
    if (leader.workers < 1 || leader.workers > RANKS_MAX)
        return error_set(error, "%d ranks were started: rank 0 and 1 to %d others are needed", size,
                         RANKS_MAX);
    if (serve(&leader, error) < 0)
        return -1;
    end_all(&leader);
    return 0;
}
