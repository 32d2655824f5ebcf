#include "exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "job.h"

void exchange_open_load(struct load *load)
{
    pipeline_open(load);
    load->partials = xcalloc(load->concurrency, sizeof(*load->partials));
}

void exchange_close_load(struct load *load)
{
    pipeline_close(load);
    free(load->partials);
    load->partials = NULL;
}

void exchange_init(struct exchange *exchange, const struct load *load, uint32_t slot,
                   enum exchange_kind kind)
{
    *exchange = (struct exchange){.fd = -1, .load = load, .slot = slot, .kind = (uint8_t)kind};
    struct pipeline *pipeline = pipeline_of(load, slot);
    /* Pre-fault the pages of what every request uses. */
    if (pipeline)
        memset(pipeline, 0, pipeline_bytes(load->pipeline));
    if (load->workload->by_url)
        memset(&load->partials[slot], 0, sizeof(load->partials[slot]));
}

static void exchange_disconnect(struct exchange *exchange)
{
    if (exchange->fd >= 0)
        close(exchange->fd);
    exchange->fd = -1;
    exchange->kept = false;
}

void exchange_close(struct exchange *exchange)
{
    exchange_disconnect(exchange);
    job_close(exchange->job_context, exchange->load->workload);
    exchange->job_context = NULL;
}

int exchange_socket(const struct exchange *exchange, int flags)
{
    const struct load *load = exchange->load;
    int fd = socket(load->server.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd < 0 || (net_sources_bind(&load->sources, load->first_slot + exchange->slot, fd) == 0 &&
                   (!load->workload->prepare || load->workload->prepare(fd) == 0)))
        return fd;
    int errnum = errno;
    close(fd);
    errno = errnum;
    return -1;
}

static int slot_socket(const struct exchange *exchange)
{
    return exchange_socket(exchange, exchange->kind == EXCHANGE_BLOCKING ? 0 : SOCK_NONBLOCK);
}

static int slot_connect(const struct exchange *exchange)
{
    const struct net_address *server = &exchange->load->server;
    return connect(exchange->fd, (const struct sockaddr *)&server->storage, server->length);
}

/* connect() was interrupted or is in progress; it continues in the kernel. Wait for its result. */
static int connect_result(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    while (poll(&ready, 1, -1) < 0)
        if (errno != EINTR)
            return errno;
    int result = 0;
    socklen_t size = sizeof(result);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &result, &size) < 0)
        return errno;
    return result;
}

/* Have close() discard the connection at both ends. What closes first would keep its pair of
 * addresses and ports for a minute else: a million of them. */
static int close_by_reset(int fd)
{
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) < 0 ? errno : 0;
}

int exchange_open(struct exchange *exchange, struct error *error)
{
    if (!exchange->load->keep_alive || exchange->kept || exchange->load->workload->local)
        return 0;
    exchange->fd = slot_socket(exchange);
    if (exchange->fd < 0)
        return error_errno(error, errno, "connection %u: cannot create a socket", exchange->slot);
    int result = slot_connect(exchange) == 0 ? 0 : errno;
    if (result == EINPROGRESS || result == EINTR)
        result = connect_result(exchange->fd);
    if (result == 0 && exchange->load->reset)
        result = close_by_reset(exchange->fd);
    exchange->kept = result == 0;
    if (exchange->kept)
        return 0;
    exchange_disconnect(exchange);
    char address[NET_ADDRESS_TEXT_BYTES];
    return error_errno(error, result, "connection %u to %s", exchange->slot,
                       net_address_format(&exchange->load->server, address));
}

int exchange_take(struct exchange *exchange)
{
    int fd = exchange->fd;
    exchange->fd = -1;
    return fd;
}

void *exchange_open_slots(const struct load *load, unsigned first, unsigned count, size_t size,
                          enum exchange_kind kind, struct error *error)
{
    char *slots = xcalloc(count, size);
    int result = 0;
    for (unsigned i = 0; i < count; i++)
        exchange_init((void *)(slots + i * size), load, first + i, kind);
    for (unsigned i = 0; i < count && result == 0; i++)
        result = exchange_open((void *)(slots + i * size), error);
    if (result == 0)
        return slots;
    exchange_close_slots(slots, count, size);
    return NULL;
}

void exchange_close_slots(void *slots, unsigned count, size_t size)
{
    for (unsigned i = 0; slots && i < count; i++)
        exchange_close((void *)((char *)slots + i * size));
    free(slots);
}

/* Every request ends here. */
static enum exchange_want exchange_finish(struct exchange *exchange, enum outcome outcome,
                                          int errnum)
{
    struct sample *sample = exchange->sample;
    sample->errnum = (int16_t)errnum;
    sample->end = clock_now();
    sample->outcome = (uint8_t)outcome;
    const struct batch *batch = exchange->batch;
    if (batch->summary)
        run_summary_take(batch->summary, sample, sample->start, batch->begun);
    return EXCHANGE_OVER;
}

/* End a request sent to the server, and those pipelined behind it. The connection is kept only
 * after a correct response. */
static enum exchange_want exchange_end(struct exchange *exchange, enum outcome outcome, int errnum)
{
    struct pipeline *pipeline = pipeline_of(exchange->load, exchange->slot);
    bool keep = outcome == OUTCOME_OK && exchange->load->keep_alive && !exchange->reader.closing;
    if (pipeline && pipeline->wrong)
        keep = false;
    if (!keep)
        exchange_disconnect(exchange);
    exchange->kept = keep;
    exchange_finish(exchange, outcome, errnum);
    if (pipeline)
        pipeline_fail(pipeline); /* does nothing after the last one */
    return EXCHANGE_OVER;
}

/* Take the request, or the group of requests. */
static void exchange_take_request(struct exchange *exchange, struct batch *batch, size_t index)
{
    const struct load *load = exchange->load;
    struct pipeline *pipeline = pipeline_of(load, exchange->slot);
    exchange->bound = load_bound(load, index);
    exchange->request_size = (uint32_t)load->text_bytes;
    if (pipeline)
        exchange->request_size = (uint32_t)pipeline_begin(pipeline, batch, index);
    exchange->request_sent = 0;
}

/* The text of the request, or of the group. */
static const char *exchange_text(struct exchange *exchange, char *buffer)
{
    const struct load *load = exchange->load;
    struct pipeline *pipeline = pipeline_of(load, exchange->slot);
    if (load->text)
        return load->text;
    if (pipeline)
        return pipeline_text(pipeline, load->pipeline);
    exchange->request_size =
        (uint32_t)load_request(load, exchange->batch, exchange->index, exchange->bound, buffer);
    return buffer;
}

size_t exchange_unsent_bytes(const struct exchange *exchange)
{
    size_t size = exchange->request_size - exchange->request_sent;
    bool in_two = exchange->load->workload->split && size > 1;
    return in_two ? size - 1 : size; /* the last byte is sent separately */
}

const char *exchange_unsent(struct exchange *exchange, char *buffer, size_t *size)
{
    const char *text = exchange_text(exchange, buffer);
    *size = exchange_unsent_bytes(exchange);
    return text + exchange->request_sent;
}

/* End a job. */
static enum exchange_want exchange_end_job(struct exchange *exchange, enum job_result result)
{
    if (exchange->phase == EXCHANGE_WORKING)
        exchange_disconnect(exchange);
    struct sample *sample = exchange->sample;
    sample->connected = sample->sent = sample->first_byte = sample->start;
    if (result == JOB_FAILED)
        return exchange_finish(exchange, OUTCOME_JOB, exchange->job.errnum);
    return exchange_finish(exchange, result == JOB_WRONG ? OUTCOME_WRONG : OUTCOME_OK, 0);
}

/* Let all other ready slots step before this job's next slice, by waiting on an eventfd: it is
 * always writable, and writing to it creates the new edge that an edge-triggered loop needs. */
static enum exchange_want exchange_yield(struct exchange *exchange)
{
    if (exchange->phase != EXCHANGE_WORKING) {
        exchange->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (exchange->fd < 0) {
            exchange->job.errnum = errno;
            return exchange_end_job(exchange, JOB_FAILED);
        }
        exchange->phase = EXCHANGE_WORKING;
    }
    eventfd_write(exchange->fd, 1);
    return EXCHANGE_WRITE;
}

/* Only a slot with non-blocking sockets of ours yields between slices. A blocking slot or an
 * offload thread has nothing to yield to, and a slot with the driver's own sockets cannot: they run
 * all slices at once. */
static enum exchange_want exchange_step_job(struct exchange *exchange)
{
    enum job_result result =
        job_work(&exchange->job, exchange->load->workload, exchange->kind == EXCHANGE_NONBLOCKING);
    return result == JOB_MORE ? exchange_yield(exchange) : exchange_end_job(exchange, result);
}

static enum exchange_want exchange_begin_job(struct exchange *exchange)
{
    exchange->phase = EXCHANGE_NEW;
    if (job_open(&exchange->job, exchange->load) == JOB_FAILED)
        return exchange_end_job(exchange, JOB_FAILED);
    exchange->job_context = exchange->job.context;
    return exchange_step_job(exchange);
}

void exchange_work(struct exchange *exchange)
{
    exchange_begin_job(exchange);
}

enum exchange_want exchange_begin(struct exchange *exchange, struct batch *batch, size_t index)
{
    struct sample *sample =
        batch->summary ? &batch->slots[exchange->slot] : batch_sample(batch, index);
    exchange->sample = sample;
    exchange->batch = batch;
    exchange->index = (uint32_t)index;
    *sample = (struct sample){.start = clock_now(),
                              .slot = exchange->load->first_slot + exchange->slot,
                              .outcome = OUTCOME_UNFINISHED};

    if (exchange->load->workload->work &&
        job_take(&exchange->job, batch, index, exchange->job_context))
        return exchange->kind == EXCHANGE_OFFLOADING ? EXCHANGE_WORK : exchange_begin_job(exchange);
    exchange_take_request(exchange, batch, index);

    if (exchange->kept) {
        sample->flags |= SAMPLE_REUSED;
        sample->connected = sample->start;
        exchange->phase = EXCHANGE_SENDING;
        return EXCHANGE_WRITE;
    }
    exchange->phase = EXCHANGE_NEW;
    if (exchange->kind == EXCHANGE_FOREIGN)
        return EXCHANGE_WRITE;
    exchange->fd = slot_socket(exchange);
    return exchange_on_socket(exchange, exchange->fd < 0 ? -errno : exchange->fd);
}

enum exchange_want exchange_on_socket(struct exchange *exchange, int result)
{
    return result < 0 ? exchange_end(exchange, OUTCOME_NO_SOCKET, -result) : EXCHANGE_WRITE;
}

enum exchange_want exchange_on_connect(struct exchange *exchange, int result)
{
    if (result < 0)
        return exchange_end(exchange, OUTCOME_CONNECT, -result);
    exchange->sample->connected = clock_now();
    exchange->phase = EXCHANGE_SENDING;
    return EXCHANGE_WRITE;
}

void exchange_expect_response(struct exchange *exchange)
{
    const struct load *load = exchange->load;
    exchange->phase = EXCHANGE_RECEIVING;
    exchange->reader = (struct response_reader){.partial = &load->partials[exchange->slot],
                                                .wanted = (uint16_t)load->wanted};
}

enum exchange_want exchange_on_send(struct exchange *exchange, ssize_t result)
{
    if (result < 0)
        return exchange_end(exchange, OUTCOME_SEND, (int)-result);
    exchange->request_sent += (uint32_t)result;
    if (exchange->request_sent < exchange->request_size)
        return EXCHANGE_WRITE;
    exchange->sample->sent = clock_now();
    exchange_expect_response(exchange);
    return EXCHANGE_READ;
}

static uint32_t in_100ns(nsec_t time)
{
    nsec_t units = time / 100;
    return units < UINT32_MAX ? (uint32_t)units : UINT32_MAX;
}

/* Record the contents of a response. */
static enum outcome exchange_record(struct exchange *exchange)
{
    const struct response_reader *reader = &exchange->reader;
    struct sample *sample = exchange->sample;
    if (exchange->load->workload->by_url) {
        sample->content_bytes = reader->content_bytes;
        return OUTCOME_OK;
    }
    sample->received = reader->times.received;
    sample->delay_100ns = in_100ns(reader->times.delay);
    sample->overshoot_100ns = in_100ns(reader->times.overshoot);
    return reader->value > exchange->bound ? OUTCOME_WRONG : OUTCOME_OK;
}

/* The response is none, or not the one that is wanted. */
static enum exchange_want exchange_end_bad(struct exchange *exchange)
{
    const struct response_reader *reader = &exchange->reader;
    if (reader->unwanted_status)
        return exchange_end(exchange, OUTCOME_STATUS, reader->unwanted_status);
    return exchange_end(exchange, reader->refused ? OUTCOME_REFUSED : OUTCOME_GARBLED, 0);
}

/* A response was read and others of its group are still to come; none comes if the server announced
 * that it will close. */
static enum exchange_want exchange_next_response(struct exchange *exchange,
                                                 struct pipeline *pipeline)
{
    enum outcome outcome = exchange_record(exchange);
    exchange_finish(exchange, outcome, 0);
    pipeline->wrong |= outcome == OUTCOME_WRONG;
    const struct pipelined *next = pipeline_next(pipeline);
    exchange->sample = next->sample;
    exchange->bound = next->bound;
    if (exchange->reader.closing)
        return exchange_end(exchange, OUTCOME_CLOSED, 0);
    exchange_expect_response(exchange);
    return EXCHANGE_READ;
}

enum exchange_want exchange_on_receive(struct exchange *exchange, const char *data, ssize_t result)
{
    struct response_reader *reader = &exchange->reader;
    if (result < 0)
        return exchange_end(exchange, OUTCOME_RECEIVE, (int)-result);
    if (exchange->phase != EXCHANGE_RECEIVING) /* whatever it is, it is not the response */
        return exchange_end(exchange, result ? OUTCOME_GARBLED : OUTCOME_CLOSED, 0);
    size_t left = (size_t)result, used;
    if (!result)
        data = ""; /* which may be NULL, and cannot be added to */
    for (;;) {
        if (result && !exchange->sample->first_byte)
            exchange->sample->first_byte = clock_now();
        enum parse_result parsed = exchange->load->workload->response(reader, data, left, &used);
        if (parsed == PARSE_MORE)
            return result ? EXCHANGE_READ : exchange_end(exchange, OUTCOME_CLOSED, 0);
        if (parsed != PARSE_DONE)
            return exchange_end_bad(exchange);
        data += used;
        left -= used;
        struct pipeline *pipeline = pipeline_of(exchange->load, exchange->slot);
        if (!pipeline || pipeline_is_at_last(pipeline))
            break;
        enum exchange_want want = exchange_next_response(exchange, pipeline);
        if (!left || want == EXCHANGE_OVER)
            return want;
    }
    /* Bytes left over were not requested. */
    return exchange_end(exchange, left ? OUTCOME_GARBLED : exchange_record(exchange), 0);
}

/* Blocking sockets are connected when this returns. On loopback non-blocking ones mostly are too,
 * although connect() returns EINPROGRESS. So send() is tried at once, and the slot waits for
 * writability only after EAGAIN, which saves one pass through the event loop per connection. */
static enum exchange_want step_connect(struct exchange *exchange)
{
    int result = slot_connect(exchange) == 0 ? 0 : errno;
    if (result == EINTR)
        result = connect_result(exchange->fd);
    if (result == EINPROGRESS) {
        exchange->phase = EXCHANGE_CONNECTING;
        return EXCHANGE_WRITE;
    }
    return exchange_on_connect(exchange, -result);
}

static enum exchange_want step_send(struct exchange *exchange)
{
    bool connecting = exchange->phase == EXCHANGE_CONNECTING;
    nsec_t before = connecting ? clock_now() : 0;
    char buffer[PROTOCOL_REQUEST_BYTES];
    size_t size;
    const char *unsent = exchange_unsent(exchange, buffer, &size);
    ssize_t result;
    do
        result = send(exchange->fd, unsent, size, MSG_NOSIGNAL);
    while (result < 0 && errno == EINTR);
    exchange->exhausted = result < (ssize_t)size;
    if (result < 0 && errno == EAGAIN)
        return EXCHANGE_WRITE;
    if (connecting && result < 0)
        return exchange_on_connect(exchange, -errno);
    if (connecting)
        exchange->sample->connected = before; /* send() would have returned EAGAIN otherwise */
    return exchange_on_send(exchange, result < 0 ? -errno : result);
}

static enum exchange_want step_receive(struct exchange *exchange, char *input, size_t size)
{
    ssize_t result;
    do
        result = recv(exchange->fd, input, size, 0);
    while (result < 0 && errno == EINTR);
    exchange->exhausted = result < (ssize_t)size;
    if (result < 0 && errno == EAGAIN)
        return EXCHANGE_READ;
    return exchange_on_receive(exchange, input, result < 0 ? -errno : result);
}

static enum exchange_want receive_little(struct exchange *exchange, exchange_receive_fn *receive)
{
    char input[EXCHANGE_INPUT_BYTES];
    return receive(exchange, input, sizeof(input));
}

/* Apart, so that only responses of any length take so much of each stack. */
static __attribute__((noinline)) enum exchange_want receive_much(struct exchange *exchange,
                                                                 exchange_receive_fn *receive)
{
    char input[EXCHANGE_CONTENT_BYTES];
    return receive(exchange, input, sizeof(input));
}

enum exchange_want exchange_receive_by(struct exchange *exchange, exchange_receive_fn *receive)
{
    return exchange->load->workload->by_url ? receive_much(exchange, receive)
                                            : receive_little(exchange, receive);
}

enum exchange_want exchange_step(struct exchange *exchange)
{
    if (exchange->phase == EXCHANGE_RECEIVING)
        return exchange_receive_by(exchange, step_receive);
    if (exchange->phase == EXCHANGE_WORKING)
        return exchange_step_job(exchange);
    if (exchange->phase == EXCHANGE_NEW && step_connect(exchange) == EXCHANGE_OVER)
        return EXCHANGE_OVER;
    return step_send(exchange);
}

void exchange_run(struct exchange *exchange, struct batch *batch, size_t index)
{
    batch_await(batch, index);
    enum exchange_want want = exchange_begin(exchange, batch, index);
    while (want != EXCHANGE_OVER)
        want = exchange_step(exchange);
}

bool exchange_is_under_way(const struct batch *batch, size_t index, uint32_t slot)
{
    const struct sample *sample = batch_sample(batch, index);
    return sample->outcome == OUTCOME_UNFINISHED && sample->slot == batch->load->first_slot + slot;
}

void exchange_fail(struct batch *batch, size_t index, uint32_t slot, enum outcome outcome,
                   int errnum)
{
    struct sample *sample = batch_sample(batch, index);
    if (!sample->start)
        sample->start = clock_now();
    sample->slot = batch->load->first_slot + slot;
    sample->errnum = (int16_t)errnum;
    sample->end = clock_now();
    sample->outcome = (uint8_t)outcome;
}
