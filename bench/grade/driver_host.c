#include "driver_host.h"

#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "drivers/external_samples.h"

enum {
    LINE_BYTES = 1024,    /* longest line from waitbench, but for a request's */
    CAPTURED_BYTES = 320, /* of a response: more than a correct one has */
};

/* What a request is and what came back for it. */
struct entry {
    int64_t bound;
    uint16_t request_bytes, captured_bytes;
    char request[PROTOCOL_REQUEST_BYTES], captured[CAPTURED_BYTES];
};

/* In shared memory mapped before setup, for the driver's processes. */
static struct arena {
    struct batch batch;
    struct sample samples[DRIVER_HOST_REQUESTS_MAX];
    nsec_t schedule[DRIVER_HOST_REQUESTS_MAX];
    struct entry entries[DRIVER_HOST_REQUESTS_MAX];
} * arena;

static struct host {
    const struct driver *driver;
    struct load load;
    struct workload workload;
    enum parse_result (*read_response)(struct response_reader *, const char *, size_t, size_t *);
    void *state;
    char line[LINE_BYTES];
} host;

/* ---- the workload: requests as they were given, and responses as they came ---- */

/* Requests differ by their index alone: pass it on in the place of a delay. */
static nsec_t index_as_delay(size_t index, size_t requests, nsec_t delay)
{
    (void)requests;
    (void)delay;
    return (nsec_t)index;
}

static size_t given_request(char *buffer, const struct request *request)
{
    if (request->delay >= DRIVER_HOST_REQUESTS_MAX) /* how long can one be? */
        return PROTOCOL_REQUEST_BYTES;
    const struct entry *entry = &arena->entries[request->delay];
    memcpy(buffer, entry->request, entry->request_bytes);
    return entry->request_bytes;
}

/* The reader is a part of its exchange, which knows the request. */
static enum parse_result captured_response(struct response_reader *reader, const char *data,
                                           size_t size, size_t *used)
{
    struct exchange *exchange = (void *)((char *)reader - offsetof(struct exchange, reader));
    struct entry *entry = &arena->entries[exchange->index];
    size_t room = CAPTURED_BYTES - entry->captured_bytes, taken = size < room ? size : room;
    if (taken)
        memcpy(entry->captured + entry->captured_bytes, data, taken);
    entry->captured_bytes += (uint16_t)taken;
    exchange->bound = entry->bound;
    return host.read_response(reader, data, size, used);
}

/* ---- writing ---- */

static void say(const char *text)
{
    puts(text);
    fflush(stdout);
}

/* waitbench puts the errno's text behind it again. */
static void say_failed(const struct error *error)
{
    char escaped[2 * sizeof(error->text) + 1];
    const char *cause = strerror(error->errnum);
    size_t size = strlen(error->text), end = strlen(cause) + 2;
    if (error->errnum && size > end && !strcmp(error->text + size - end + 2, cause))
        size -= end;
    escaped[external_escape(escaped, error->text, size)] = '\0';
    printf("failed\t%d\t%s\n", error->errnum, escaped);
    fflush(stdout);
}

static const char *reported_outcome(const struct sample *sample)
{
    switch ((enum outcome)sample->outcome) {
    case OUTCOME_OK:
    case OUTCOME_GARBLED:
    case OUTCOME_REFUSED:
    case OUTCOME_WRONG: return outcome_name(OUTCOME_OK); /* whether it is, waitbench checks */
    case OUTCOME_LOST: return outcome_name(OUTCOME_NO_WORKER);
    default: return outcome_name(sample->outcome);
    }
}

static void write_sample(size_t index)
{
    const struct sample *sample = &arena->samples[index];
    const struct entry *entry = &arena->entries[index];
    char escaped[2 * CAPTURED_BYTES + 1];
    escaped[external_escape(escaped, entry->captured, entry->captured_bytes)] = '\0';
    printf("sample\t%zu\t%u\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
           "\t%s\t%d\t%d\t%s\n",
           index, sample->slot, sample->start, sample->connected, sample->sent, sample->first_byte,
           sample->end, reported_outcome(sample), sample->errnum, sample->flags & SAMPLE_REUSED,
           escaped);
}

/* Requests that were not begun, or not ended, are left out: waitbench says which are missing. */
static void write_samples(void)
{
    for (size_t i = 0; i < arena->batch.requests; i++)
        if (arena->samples[i].outcome != OUTCOME_NOT_STARTED &&
            arena->samples[i].outcome != OUTCOME_UNFINISHED)
            write_sample(i);
    say("end");
}

/* ---- reading ---- */

static bool read_line(void)
{
    if (!fgets(host.line, sizeof(host.line), stdin))
        return false;
    host.line[strcspn(host.line, "\n")] = '\0';
    return true;
}

static void take_load_field(char *field, char **address, unsigned *port)
{
    char *value = strchr(field, '=');
    if (!value)
        return;
    *value++ = '\0';
    if (!strcmp(field, "host"))
        *address = value;
    if (!strcmp(field, "port"))
        *port = (unsigned)strtoul(value, NULL, 10);
    if (!strcmp(field, "concurrency"))
        host.load.concurrency = (unsigned)strtoul(value, NULL, 10);
    if (!strcmp(field, "keep-alive"))
        host.load.keep_alive = atoi(value);
    if (!strcmp(field, "stack"))
        host.load.stack_bytes = strtoul(value, NULL, 10);
    if (!strcmp(field, "framing"))
        host.read_response =
            strcmp(value, "http") ? protocol_line_response : protocol_http_response;
}

static void take_load(char *fields)
{
    struct error error = {.text = "setup failed without a reason"};
    char *address = fields;
    unsigned port = 0;
    host.read_response = protocol_line_response;
    for (char *field; (field = strsep(&fields, "\t"));)
        take_load_field(field, &address, &port);
    host.workload = (struct workload){.name = "given",
                                      .delay = index_as_delay,
                                      .request = given_request,
                                      .response = captured_response};
    host.load.workload = &host.workload;
    host.load.pipeline = 1;
    if (net_address_make(address, (uint16_t)port, &host.load.server, &error) < 0) {
        say_failed(&error);
        return;
    }
    exchange_open_load(&host.load);
    host.state = host.driver->setup(host.driver, &host.load, &error);
    if (host.state)
        say("ready");
    else
        say_failed(&error);
}

/* In place, as waitbench escaped it; returns the size. */
static size_t unescape(char *text)
{
    static const char letters[] = "tnr0", characters[] = "\t\n\r";
    char *to = text;
    for (const char *from = text; *from; from++) {
        const char *letter = *from == '\\' && from[1] ? strchr(letters, *++from) : NULL;
        *to++ = letter ? characters[letter - letters] : *from;
    }
    return (size_t)(to - text);
}

/* "BOUND REQUEST [START]" */
static void take_request(size_t index)
{
    char *fields = host.line;
    struct entry *entry = &arena->entries[index];
    entry->bound = strtoll(strsep(&fields, "\t"), NULL, 10);
    entry->captured_bytes = 0;
    char *request = fields ? strsep(&fields, "\t") : NULL;
    size_t size = request ? unescape(request) : 0;
    entry->request_bytes = (uint16_t)(size < PROTOCOL_REQUEST_BYTES ? size : 0);
    memcpy(entry->request, request ? request : "", entry->request_bytes);
    if (fields)
        arena->schedule[index] = strtoll(fields, NULL, 10);
    arena->batch.schedule = fields ? arena->schedule : NULL;
}

static void take_batch(const char *fields)
{
    struct error error = {.text = "the batch could not be prepared"};
    size_t requests = strtoul(fields, NULL, 10);
    if (requests > DRIVER_HOST_REQUESTS_MAX) {
        error_set(&error, "a driver in C is graded with at most %d requests",
                  DRIVER_HOST_REQUESTS_MAX);
        say_failed(&error);
        return;
    }
    struct batch *batch = &arena->batch;
    memset(batch, 0, sizeof(*batch));
    memset(arena->samples, 0, requests * sizeof(arena->samples[0]));
    batch->load = &host.load;
    batch->requests = requests;
    batch->samples = arena->samples;
    for (size_t i = 0; i < requests && read_line(); i++)
        take_request(i);
    if (host.driver->prepare && host.driver->prepare(host.state, batch, &error) < 0)
        say_failed(&error);
    else
        say("prepared");
}

/* "DEADLINE [BEGUN]" */
static void run(char *fields)
{
    struct error error = {.text = "run() failed without a reason"};
    struct batch *batch = &arena->batch;
    batch->deadline = strtoll(strsep(&fields, "\t"), NULL, 10);
    batch->begun = fields ? strtoll(fields, NULL, 10) : clock_now();
    if (host.driver->run(host.state, batch, &error) < 0)
        say_failed(&error);
    else
        say("done");
}

static void collect(void)
{
    struct error error = {.text = "the samples could not be collected"};
    if (host.driver->collect && host.driver->collect(host.state, &arena->batch, &error) < 0)
        say_failed(&error);
    else
        write_samples();
}

static void serve(void)
{
    char *fields = host.line;
    const char *word = strsep(&fields, "\t");
    char none[] = "", *rest = fields ? fields : none;
    if (!strcmp(word, "load"))
        take_load(rest);
    else if (!strcmp(word, "batch"))
        take_batch(rest);
    else if (!strcmp(word, "go"))
        run(rest);
    else if (!strcmp(word, "samples"))
        collect();
}

int driver_host(const struct driver *driver)
{
    struct error error = {.text = "it cannot run here"};
    host.driver = driver;
    signal(SIGPIPE, SIG_IGN); /* as the harness does */
    arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED || !driver->setup || !driver->run || !driver->teardown)
        return EXIT_FAILURE;
    if (driver->probe && driver->probe(driver, &error) < 0) {
        say_failed(&error);
        return EXIT_FAILURE;
    }
    printf("waitbench\t2\t%s\t" DRIVER_HOST_FACTS "\n", driver->name, (unsigned)driver->model,
           driver->traits, driver->concurrency_max);
    fflush(stdout);
    while (read_line())
        serve();
    if (host.state) {
        driver->teardown(host.state);
        exchange_close_load(&host.load);
    }
    return EXIT_SUCCESS;
}
