#include "merge.h"

#include <string.h>

static const struct rank_identity *identity_of(const struct rank_table *table,
                                               const struct rank_report *report)
{
    return &table->identities[report->result.rank];
}

static bool same_machine(const struct rank_identity *a, const struct rank_identity *b)
{
    return !strcmp(a->machine, b->machine);
}

static bool same_network(const struct rank_identity *a, const struct rank_identity *b)
{
    return same_machine(a, b) && a->network == b->network;
}

typedef bool same_place(const struct rank_identity *, const struct rank_identity *);

/* The sum over the places of the highest that a rank there reports: each read the same counters.
 * The place of rank 0, whose value is `own`, counts where no other rank is there. Not available
 * where one is not. */
static int64_t sum_of_places(const struct rank_table *table, const struct rank_report *reports,
                             unsigned parts, same_place *same, int64_t own,
                             int64_t (*value)(const struct rank_report *, int), int which)
{
    int64_t sum = 0;
    bool alone = true;
    for (unsigned p = 0; p < parts; p++) {
        const struct rank_identity *place = identity_of(table, &reports[p]);
        int64_t highest = value(&reports[p], which);
        bool first = true;
        alone = alone && !same(place, &table->identities[0]);
        for (unsigned other = 0; other < parts; other++) {
            if (!same(place, identity_of(table, &reports[other])))
                continue;
            first = first && other >= p;
            int64_t theirs = value(&reports[other], which);
            highest = theirs > highest ? theirs : highest;
        }
        if (first && highest == USAGE_NOT_AVAILABLE)
            return USAGE_NOT_AVAILABLE;
        sum += first ? highest : 0;
    }
    return sum + (alone && own != USAGE_NOT_AVAILABLE ? own : 0);
}

static int64_t system_metric(const struct rank_report *report, int metric)
{
    return report->page.usage.value[USAGE_SYSTEM][metric];
}

/* Which counters of the system are those of a network namespace. */
static bool is_of_network(int metric)
{
    return metric == USAGE_SYN_RETRANSMITS || metric == USAGE_LISTEN_OVERFLOWS ||
           metric == USAGE_LISTEN_DROPS || metric == USAGE_TIME_WAIT_OVERFLOWS;
}

/* Of the client the sum: of peaks that is an upper bound, as they need not be at one moment. */
static int64_t client_sum(const struct rank_report *reports, unsigned parts, int metric)
{
    int64_t sum = 0;
    for (unsigned p = 0; p < parts; p++) {
        int64_t value = reports[p].page.usage.value[USAGE_CLIENT][metric];
        if (value == USAGE_NOT_AVAILABLE)
            return value;
        sum += value;
    }
    return sum;
}

static void merge_usage(const struct rank_table *table, const struct rank_report *reports,
                        unsigned parts, const struct usage *own, struct usage *usage)
{
    usage_clear(usage);
    memcpy(usage->value[USAGE_SERVER], own->value[USAGE_SERVER],
           sizeof(usage->value[USAGE_SERVER]));
    for (int m = 0; m < USAGE_METRICS; m++) {
        usage->value[USAGE_CLIENT][m] = client_sum(reports, parts, m);
        usage->value[USAGE_SYSTEM][m] =
            sum_of_places(table, reports, parts, is_of_network(m) ? same_network : same_machine,
                          own->value[USAGE_SYSTEM][m], system_metric, m);
    }
}

enum watched { WATCHED_SOCKETS, WATCHED_STACKS };

static int64_t watched(const struct rank_report *report, int which)
{
    return which == WATCHED_SOCKETS ? report->watch.socket_memory_bytes
                                    : report->watch.kernel_stack_bytes;
}

static void add_family(struct family_size *sum, const struct family_size *more)
{
    int64_t *const sums[] = {&sum->processes, &sum->threads, &sum->vm_bytes, &sum->memory_bytes};
    const int64_t values[] = {more->processes, more->threads, more->vm_bytes, more->memory_bytes};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        if (values[i] >= 0)
            *sums[i] = (*sums[i] < 0 ? 0 : *sums[i]) + values[i];
}

static void merge_watches(struct rank_table *table, const struct rank_report *reports,
                          unsigned parts)
{
    struct watch *watch = &table->watch;
    *watch = WATCH_NONE;
    watch->socket_memory_bytes =
        sum_of_places(table, reports, parts, same_network, 0, watched, WATCHED_SOCKETS);
    watch->kernel_stack_bytes =
        sum_of_places(table, reports, parts, same_machine, 0, watched, WATCHED_STACKS);
    for (unsigned p = 0; p < parts; p++) {
        usage_raise(&watch->host_stall_ns, reports[p].watch.host_stall_ns);
        add_family(&watch->family, &reports[p].watch.family);
    }
}

/* Cores are of machines: those of a rank count where no other before it is of the same. */
static unsigned count_cores(const struct rank_table *table, const struct rank_report *reports,
                            unsigned parts)
{
    unsigned cores = 0;
    for (unsigned p = 0; p < parts; p++) {
        bool first = true;
        for (unsigned other = 0; other < p; other++)
            first = first && !same_machine(identity_of(table, &reports[p]),
                                           identity_of(table, &reports[other]));
        cores += first ? identity_of(table, &reports[p])->cores : 0;
    }
    return cores;
}

static void raise_time(nsec_t *longest, nsec_t value)
{
    *longest = value > *longest ? value : *longest;
}

static void merge_times(const struct rank_report *reports, unsigned parts,
                        struct measure_page *page)
{
    for (unsigned p = 0; p < parts; p++) {
        const struct measure_page *share = &reports[p].page;
        raise_time(&page->setup, share->setup);
        raise_time(&page->warmup, share->warmup);
        raise_time(&page->makespan, share->makespan);
        raise_time(&page->teardown, share->teardown);
        if (!page->active[0])
            memcpy(page->active, share->active, sizeof(page->active));
        if (!page->why_no_syscalls[0])
            memcpy(page->why_no_syscalls, share->why_no_syscalls, sizeof(page->why_no_syscalls));
    }
}

/* The first that failed for a reason of its own; else one that was stopped, and how far it was. */
static void merge_ends(const struct rank_report *reports, unsigned parts, struct measure_page *page)
{
    const struct rank_report *worst = NULL;
    for (unsigned p = 0; p < parts; p++)
        if (reports[p].page.stage != MEASURE_COMPLETE &&
            (!worst || (worst->stopped && !reports[p].stopped)))
            worst = &reports[p];
    page->stage = !worst           ? MEASURE_COMPLETE
                  : worst->stopped ? worst->page.failed_in
                                   : MEASURE_FAILED;
    if (!worst || worst->stopped)
        return;
    page->failed_in = worst->page.failed_in;
    page->error = worst->page.error;
    error_prefix(&page->error, "rank %u on %s", worst->result.rank, worst->result.host);
}

void merge_reports(struct rank_table *table, const struct rank_report *reports, unsigned parts,
                   const struct usage *own, struct measure_page *page)
{
    table->results = parts;
    for (unsigned p = 0; p < parts; p++)
        table->result[p] = reports[p].result;
    table->cores = count_cores(table, reports, parts);
    merge_watches(table, reports, parts);
    merge_usage(table, reports, parts, own, &page->usage);
    merge_times(reports, parts, page);
    merge_ends(reports, parts, page);
}
