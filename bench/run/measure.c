#include "measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/plan/memory.h"
#include "drivers/parts.h"
#include "lib/process.h"
#include "workloads/workloads.h"

enum {
    /* Enough to touch every page of code and to set up the route; fewer than the smallest backlog
       worth measuring, so that the warm-up cannot overflow it. */
    WARMUP_REQUESTS = 32,
};

#define MEASURE_LAYOUT                                                                             \
    (UINT64_C(0x77616974) << 32 | sizeof(struct measure_page) << 16 | sizeof(struct sample))

_Static_assert(CASE_REQUESTS_MAX < UINT32_MAX, "no bucket of a histogram can overflow");

static size_t samples_of_room(const struct measure_room *room)
{
    return room->summed_up ? room->slots : room->requests;
}

static size_t switches_size(const struct measure_room *room)
{
    return room->with_switches ? SWITCHES_MAX * sizeof(struct switch_event) : 0;
}

static size_t page_size(const struct measure_room *room)
{
    size_t size = sizeof(struct measure_page) + switches_size(room);
    if (room->without_samples)
        return size;
    size += memory_of_samples(samples_of_room(room), room->arrivals) +
            memory_of_samples(room->warmup_requests, ARRIVALS_CLOSED);
    return room->summed_up ? size + room->parts * sizeof(struct run_summary) : size;
}

static struct measure_room room_of(const struct measure_page *page)
{
    return (struct measure_room){.requests = page->requests,
                                 .warmup_requests = page->warmup_requests,
                                 .arrivals = page->arrivals,
                                 .without_samples = page->without_samples,
                                 .with_switches = page->with_switches,
                                 .summed_up = page->summed_up,
                                 .slots = page->load.concurrency,
                                 .parts = page->parts};
}

/* The samples of the run, which the warm-up's follow. */
static size_t samples_of(const struct measure_page *page)
{
    const struct measure_room room = room_of(page);
    return samples_of_room(&room);
}

uint64_t measure_layout(void)
{
    return MEASURE_LAYOUT;
}

struct measure_page *measure_page_map(const struct measure_room *room, int *fd, struct error *error)
{
    size_t size = page_size(room);
    struct measure_page *page = MAP_FAILED;
    *fd = memfd_create("waitbench-run", MFD_CLOEXEC);
    if (*fd >= 0 && ftruncate(*fd, (off_t)size) == 0)
        page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (page == MAP_FAILED) {
        error_errno(error, errno, "cannot map shared memory for a run's %zu samples",
                    room->requests);
        if (*fd >= 0)
            close(*fd);
        return NULL;
    }
    page->layout = MEASURE_LAYOUT;
    page->requests = room->requests;
    page->warmup_requests = room->warmup_requests;
    page->arrivals = room->arrivals;
    page->without_samples = room->without_samples;
    page->with_switches = room->with_switches;
    page->summed_up = room->summed_up;
    usage_clear(&page->usage); /* until the run is over */
    return page;
}

struct measure_page *measure_page_make(const struct bench_case *c,
                                       const struct net_addresses *server, uint64_t seed,
                                       const struct measure_extent *extent, int *fd,
                                       struct error *error)
{
    bool without = c->driver->traits & DRIVER_OFFLINE || c->workload->provokes;
    const struct measure_room room = {.requests = c->requests,
                                      .warmup_requests = without ? 0 : WARMUP_REQUESTS,
                                      .arrivals = c->arrivals,
                                      .without_samples = extent->without_samples,
                                      .with_switches = extent->with_switches,
                                      .summed_up = !extent->without_samples && case_is_summed_up(c),
                                      .slots = c->concurrency,
                                      .parts = c->parts > 1 ? c->parts : 1};
    struct measure_page *page = measure_page_map(&room, fd, error);
    if (!page)
        return NULL;
    snprintf(page->driver, sizeof(page->driver), "%s", c->driver->name);
    snprintf(page->workload, sizeof(page->workload), "%s", c->workload->name);
    page->server = *server;
    page->load = (struct load){.concurrency = c->concurrency,
                               .keep_alive = c->keep_alive,
                               .pipeline = c->pipeline,
                               .stack_bytes = c->stack_bytes,
                               .wanted = c->expect,
                               .seed = seed};
    if (c->database)
        snprintf(page->database, sizeof(page->database), "%s", c->database);
    if (c->url)
        snprintf(page->url, sizeof(page->url), "%s", c->url);
    page->parts = room.parts;
    page->rate = c->rate;
    page->time_box = c->time_box;
    return page;
}

void measure_page_release(struct measure_page *page)
{
    if (!page)
        return;
    const struct measure_room room = room_of(page);
    munmap(page, page_size(&room));
}

static nsec_t *schedule_of(const struct measure_page *page)
{
    return (nsec_t *)(uintptr_t)(page->samples + page->requests + page->warmup_requests);
}

/* One for each part. */
static struct run_summary *summaries_of(const struct measure_page *page)
{
    return (struct run_summary *)(uintptr_t)(page->samples + samples_of(page) +
                                             page->warmup_requests);
}

struct switch_event *measure_switches(const struct measure_page *page)
{
    const struct measure_room room = room_of(page);
    uintptr_t end = (uintptr_t)page + page_size(&room);
    return (struct switch_event *)(end - switches_size(&room));
}

static void sum_up_samples(const struct measure_page *page, struct run_summary *sum)
{
    for (size_t i = 0; i < page->requests; i++)
        run_summary_take(sum, &page->samples[i], measure_due(page, i), page->started);
}

/* Those under way when the run ended are in their slots' samples. */
static void sum_up_slots(const struct measure_page *page, struct run_summary *sum)
{
    for (unsigned i = 0; i < page->load.concurrency; i++)
        if (page->samples[i].outcome == OUTCOME_UNFINISHED)
            run_summary_take(sum, &page->samples[i], page->samples[i].start, page->started);
    sum->not_started = page->requests - sum->completed - sum->failed;
}

void measure_sum_up(const struct measure_page *page, struct run_summary *sum)
{
    *sum = (struct run_summary){0};
    if (!page->summed_up) {
        sum_up_samples(page, sum);
        return;
    }
    for (unsigned i = 0; i < page->parts; i++)
        run_summary_add(sum, &summaries_of(page)[i]);
    sum_up_slots(page, sum);
}

const nsec_t *measure_schedule(const struct measure_page *page)
{
    return arrivals_are_open(page->arrivals) && !page->without_samples ? schedule_of(page) : NULL;
}

/* Of a share of the whole run's requests: their intended starts are those that they have there. */
static void thin_schedule(struct measure_page *page)
{
    const struct share *share = &page->load.share;
    nsec_t *starts = schedule_of(page);
    size_t n = page->requests, whole_n = n ? share_place(share, n - 1) + 1 : 0;
    nsec_t *whole = xcalloc(whole_n, sizeof(*whole));
    arrivals_schedule(page->arrivals, page->rate, page->load.seed, whole, whole_n);
    for (size_t i = 0; i < n; i++)
        starts[i] = whole[share_place(share, i)];
    free(whole);
}

void measure_make_schedule(struct measure_page *page)
{
    if (!measure_schedule(page))
        return;
    if (page->load.share.between)
        thin_schedule(page);
    else
        arrivals_schedule(page->arrivals, page->rate, page->load.seed, schedule_of(page),
                          page->requests);
}

/* Before setup, because threads get their creator's timer slack: a timer may be late by as much,
 * 50 us unless changed. */
static void prepare_schedule(struct measure_page *page)
{
    measure_make_schedule(page);
    if (arrivals_are_open(page->arrivals))
        prctl(PR_SET_TIMERSLACK, 1);
}

static int measure_failed(struct measure_page *page)
{
    page->failed_in = page->stage;
    page->stage = MEASURE_FAILED;
    return -1;
}

static int request_failed(struct measure_page *page, const struct sample *sample)
{
    char server[NET_ADDRESS_TEXT_BYTES], cause[OUTCOME_CAUSE_BYTES];
    bool sent = page->server.count > 0;
    if (sample->outcome == OUTCOME_STATUS)
        return error_set(&page->error, "a request to %s failed: %s: %s", page->url,
                         outcome_explain(sample->outcome),
                         outcome_cause(sample->outcome, sample->errnum, cause));
    return error_errno(&page->error, sample->errnum, "a request%s%s failed: %s", sent ? " to " : "",
                       sent ? net_address_format(&page->load.server, server) : "",
                       outcome_explain(sample->outcome));
}

/* The warm-up requests no delay: its purpose is to fill caches and page tables. */
static int measure_warmup(struct measure_page *page, const struct driver *driver, void *state,
                          const struct load *load)
{
    struct batch *batch = &page->warmup_batch;
    batch->load = load;
    batch->warmup = true;
    batch->requests = page->warmup_requests;
    batch->samples = page->samples + samples_of(page);
    page->stage = MEASURE_WARMUP;
    nsec_t before = clock_now();
    if (batch->requests && driver_run_batch(driver, state, batch, &page->error) < 0)
        return -1;
    page->warmup = clock_now() - before;
    for (size_t i = 0; i < batch->requests; i++)
        if (batch->samples[i].outcome != OUTCOME_OK)
            return request_failed(page, &batch->samples[i]);
    return 0;
}

/* What is open while measuring. */
struct probes {
    struct usage_probe usage;
    struct switch_recorder switches;
};

static void open_probes(struct measure_page *page, struct probes *probes)
{
    *probes = (struct probes){0};
    if (page->with_switches)
        switch_recorder_open(&probes->switches, page->why_no_switches,
                             sizeof(page->why_no_switches));
    usage_open(&probes->usage, page->server_pid, page->with_syscalls);
    memcpy(page->why_no_syscalls, probes->usage.why_no_syscalls, sizeof(page->why_no_syscalls));
}

static void close_probes(struct probes *probes)
{
    usage_close(&probes->usage);
    switch_recorder_close(&probes->switches);
}

/* Between the readings of the usage. */
static int run_timed(struct measure_page *page, const struct driver *driver, void *state,
                     struct batch *batch)
{
    page->started = batch->begun = barrier_pass(&page->barrier);
    if (page->time_box)
        batch->deadline = page->started + page->time_box;
    int result = driver->run(state, batch, &page->error);
    page->makespan = clock_now() - page->started;
    return result;
}

static void take_switches(struct measure_page *page, const struct switch_recorder *recorder)
{
    if (recorder->count)
        page->switches =
            switch_recorder_read(recorder, page->started, page->started + page->makespan,
                                 measure_switches(page), SWITCHES_MAX, &page->switches_lost);
}

/* Until so shortly before the agreed start that the usage can just be read: how long that takes is
 * tried first. */
static void await_barrier(struct measure_page *page, const struct usage_probe *probe)
{
    struct usage tried;
    if (!barrier_is_there(&page->barrier))
        return;
    nsec_t before = clock_now();
    usage_read_before(probe, &tried);
    barrier_wait(&page->barrier, NSEC_PER_MSEC + 2 * (clock_now() - before));
}

static int measure_batch(struct measure_page *page, const struct driver *driver, void *state,
                         const struct load *load, const struct probes *probes)
{
    struct batch *batch = &page->batch;
    batch->load = load;
    batch->requests = page->requests;
    batch->delay = PROTOCOL_DELAY_DEFAULT;
    batch->samples = page->samples;
    if (page->summed_up) {
        batch->slots = page->samples;
        batch->summary = summaries_of(page);
    }
    batch->schedule = measure_schedule(page);
    struct usage before;
    page->stage = MEASURE_RUN;
    if (driver->prepare && driver->prepare(state, batch, &page->error) < 0)
        return -1;
    await_barrier(page, &probes->usage);
    switch_recorder_start(&probes->switches);
    usage_read_before(&probes->usage, &before);
    int result = run_timed(page, driver, state, batch);
    usage_read_after(&probes->usage, &page->usage);
    switch_recorder_stop(&probes->switches);
    usage_settle(&probes->usage, &before, &page->usage);
    take_switches(page, &probes->switches);
    if (result == 0 && driver->collect)
        result = driver->collect(state, batch, &page->error);
    return result;
}

/* Setup, warm-up, run and teardown of one driver; the workload has begun. */
static int measure_driver(struct measure_page *page, const struct driver *driver,
                          const struct load *load, const struct probes *probes)
{
    nsec_t before = clock_now();
    void *state = driver_usable(driver, load->concurrency, &page->error) < 0
                      ? NULL
                      : driver->setup(driver, load, &page->error);
    if (!state)
        return measure_failed(page);
    page->setup = clock_now() - before;
    if (driver->active)
        driver->active(state, page->active, sizeof(page->active));

    int result = measure_warmup(page, driver, state, load);
    if (result == 0)
        result = measure_batch(page, driver, state, load, probes);
    if (result < 0)
        measure_failed(page);
    else
        page->stage = MEASURE_TEARDOWN;
    before = clock_now();
    driver->teardown(state);
    page->teardown = clock_now() - before;
    return result;
}

/* The text of all requests, to be freed; NULL: they differ. */
static char *make_text(const char *url, struct load *load)
{
    struct url parsed;
    if (!*url || url_parse(url, &parsed, NULL) < 0)
        return NULL;
    unsigned times = load->pipeline > 1 ? load->pipeline : 1;
    char *text = xcalloc(times, URL_REQUEST_BYTES);
    load->text_bytes = url_request(&parsed, load->server.authority, load->keep_alive, text);
    for (unsigned i = 1; i < times; i++)
        memcpy(text + i * load->text_bytes, text, load->text_bytes);
    return text;
}

static unsigned slots_of_part(const struct measure_page *page)
{
    return (unsigned)share_count(page->load.concurrency, 0, page->parts > 1 ? page->parts : 1);
}

/* A pair of addresses has as many connections to each of the server's ports as local ports. */
static int check_room(struct measure_page *page)
{
    const struct load *load = &page->load;
    size_t ports = page->server.ports ? page->server.ports : 1;
    size_t room = net_sources_room(&load->sources);
    if (room / load->concurrency >= 1 || room * ports >= load->concurrency)
        return 0;
    return error_set(&page->error,
                     "%u connections do not fit: the interface that leads to the server has %u "
                     "addresses with local ports for %zu; add addresses to it, or ports to the "
                     "server (randintd --ports, --server HOST:PORT-PORT)",
                     load->concurrency, load->sources.count, room * ports);
}

/* The server's address, and those that the connections of several processes come from: one has not
 * as many ports. */
static int find_addresses(struct measure_page *page)
{
    struct load *load = &page->load;
    struct net_address server;
    if (!page->server.count)
        return 0;
    if (net_choose(&page->server, &server, &page->error) < 0)
        return -1;
    load_set_server(load, &server, page->server.ports);
    if (page->parts <= 1)
        return 0;
    load->reset = !page->url[0]; /* a server of ours knows it as the end of a connection */
    if (net_sources_find(&load->sources, &server, &page->error) < 0)
        return -1;
    return check_room(page);
}

int measure_run(struct measure_page *page)
{
    const struct parts_config config = {driver_find(page->driver), page->parts};
    const struct driver divided = parts_driver(&config);
    const struct driver *driver = page->parts > 1 ? &divided : config.driver;
    const struct workload *workload = workload_find(page->workload);
    struct load *load = &page->load;
    load->workload = workload;
    load->folder = page->folder;
    load->database = page->database[0] ? page->database : NULL;
    size_t descriptors = driver->traits & DRIVER_OFFLINE || workload->local
                             ? 0
                             : slots_of_part(page) + LOAD_SPARE_DESCRIPTORS;
    page->stage = MEASURE_SETUP;
    prepare_schedule(page);
    if ((workload->probe && workload->probe(&page->error) < 0) ||
        (descriptors && net_want_descriptors(descriptors, &page->error) < 0) ||
        find_addresses(page) < 0)
        return measure_failed(page);
    if (driver != &divided)
        net_grow_descriptors(descriptors);
    struct probes probes;
    open_probes(page, &probes);
    process_raise_limit(RLIMIT_NPROC, NULL); /* threads count as processes */
    exchange_open_load(load);
    char *text = make_text(page->url, load);
    load->text = text;
    int result = workload->begin && workload->begin(load, &page->error) < 0
                     ? measure_failed(page)
                     : measure_driver(page, driver, load, &probes);
    free(text);
    exchange_close_load(load);
    close_probes(&probes);
    if (result == 0)
        page->stage = MEASURE_COMPLETE;
    return result;
}

struct measure_page *measure_page_open(int fd)
{
    struct stat status;
    struct measure_page *page = MAP_FAILED;
    if (fstat(fd, &status) == 0 && status.st_size >= (off_t)sizeof(struct measure_page))
        /* Pre-faulted here, so that no write to a sample faults in the timed region. */
        page = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                    fd, 0);
    if (page != MAP_FAILED && page->layout == MEASURE_LAYOUT)
        return page;
    if (page != MAP_FAILED)
        munmap(page, (size_t)status.st_size);
    return NULL;
}

int measure_main(void)
{
    struct stat status;
    if (fstat(MEASURE_FD, &status) < 0 || status.st_size < (off_t)sizeof(struct measure_page)) {
        fprintf(stderr, "waitbench: '%s' is internal; see 'waitbench run --help'\n",
                MEASURE_COMMAND);
        return 2;
    }
    struct measure_page *page = measure_page_open(MEASURE_FD);
    close(MEASURE_FD);
    if (!page) {
        fprintf(stderr, "waitbench: the program was rebuilt during the campaign; start it again\n");
        return 1;
    }
    return measure_run(page) < 0;
}

const char *measure_stage_name(enum measure_stage stage)
{
    static const char *const names[] = {"its start", "setup",   "the warm-up", "the run",
                                        "teardown",  "the end", "the end"};
    return names[stage];
}
