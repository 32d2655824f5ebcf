/* A request costs no allocation as long as it arrives whole and alone and its response fits the
 * socket. What is rare is allocated apart: a request that is incomplete, pipelined input, and the
 * rest of a response. During the delay nothing is read by the models that can avoid it: further
 * input stays in the kernel's buffer, and flow control makes the client wait. */
#include "dialogue.h"

#include <stdlib.h>
#include <string.h>

/* Bytes to process later: input that was already received, or output still to be sent. */
struct pending {
    uint32_t size, done;
    char bytes[];
};

/* A copy of `data` behind what `old` still holds; frees `old`. NULL if there is no memory. */
static struct pending *pending_append(struct pending *old, const char *data, size_t size)
{
    size_t left = old ? old->size - old->done : 0;
    struct pending *pending = malloc(sizeof(*pending) + left + size);
    if (pending) {
        pending->size = (uint32_t)(left + size);
        pending->done = 0;
        if (left)
            memcpy(pending->bytes, old->bytes + old->done, left);
        memcpy(pending->bytes + left, data, size);
    }
    free(old);
    return pending;
}

static void pending_free(struct pending **pending)
{
    free(*pending);
    *pending = NULL;
}

static enum dialogue_next go(struct dialogue *d, enum dialogue_next next)
{
    d->next = (uint8_t)next;
    return next;
}

void dialogue_begin(struct dialogue *d, struct worker *worker)
{
    *d = (struct dialogue){.worker = worker};
    account_accept(worker->account, worker->row);
}

static void end_request(struct dialogue *d, bool completed)
{
    if (d->in_flight)
        account_end_request(d->worker->account, d->worker->row, completed);
    d->in_flight = false;
}

void dialogue_abort(struct dialogue *d)
{
    end_request(d, false);
}

void dialogue_end(struct dialogue *d)
{
    dialogue_abort(d);
    account_add(&d->worker->row->open, (uint64_t)-1);
    request_reader_release(&d->reader);
    pending_free(&d->unread);
    pending_free(&d->unwritten);
}

/* ---- responses ---- */

/* Burn CPU, as a request that has something to compute. */
static void work(nsec_t duration)
{
    nsec_t end = clock_read(CLOCK_THREAD_CPUTIME_ID) + duration;
    while (clock_read(CLOCK_THREAD_CPUTIME_ID) < end)
        continue;
}

static enum dialogue_next respond(struct dialogue *d, nsec_t now)
{
    struct worker *worker = d->worker;
    int64_t value = (int64_t)rng_upto(&worker->rng, (uint64_t)d->bound);
    struct server_times times = {
        .received = d->due - d->delay, .delay = d->delay, .overshoot = now - d->due};
    if (worker->settings->work)
        work(worker->settings->work);
    d->keep_alive = d->keep_alive && !worker_is_ending(worker);
    worker->output_bytes = protocol_write_response(&d->reader, worker->output, value,
                                                   d->timing ? &times : NULL, d->keep_alive);
    return go(d, DIALOGUE_SEND);
}

static enum dialogue_next respond_stats(struct dialogue *d, bool keep_alive)
{
    struct worker *worker = d->worker;
    char json[ACCOUNT_JSON_BYTES];
    size_t size = account_json(worker->account, json);
    d->keep_alive = keep_alive && !worker_is_ending(worker);
    worker->output_bytes =
        protocol_write_json(&d->reader, worker->output, json, size, d->keep_alive);
    return go(d, DIALOGUE_SEND);
}

/* Respond with the problem that the reader found. */
static enum dialogue_next reject(struct dialogue *d)
{
    struct worker *worker = d->worker;
    account_add(&worker->row->bad_requests, 1);
    d->rejected = true;
    d->keep_alive = false;
    worker->output_bytes = protocol_write_problem(&d->reader, worker->output);
    return go(d, DIALOGUE_SEND);
}

static enum dialogue_next reject_partial(struct dialogue *d, const char *problem)
{
    d->reader.problem = problem;
    d->reader.status = 400;
    return reject(d);
}

/* ---- input ---- */

static enum dialogue_next take_request(struct dialogue *d, const struct request *request,
                                       nsec_t now)
{
    const struct server_settings *settings = d->worker->settings;
    account_begin_request(d->worker->account, d->worker->row);
    d->in_flight = true;
    d->keep_alive =
        d->reader.protocol == PROTOCOL_HTTP ? request->keep_alive : settings->keep_alive;
    d->bound = request->bound;
    d->timing = request->timing;
    d->delay = request->delay == PROTOCOL_DELAY_DEFAULT ? settings->delay : request->delay;
    d->due = now + d->delay;
    return d->delay ? go(d, DIALOGUE_DELAY) : respond(d, now);
}

/* Process one request at most; `*used` is how much of the input it took. */
static enum dialogue_next parse(struct dialogue *d, const char *data, size_t size, size_t *used,
                                nsec_t now)
{
    struct request request;
    switch (protocol_read_request(&d->reader, data, size, used, &request)) {
    case PARSE_DONE: return take_request(d, &request, now);
    case PARSE_STATS: return respond_stats(d, request.keep_alive);
    case PARSE_BAD: return reject(d);
    case PARSE_MORE: break;
    }
    return go(d, DIALOGUE_RECEIVE);
}

/* Keep pipelined input for later. Without memory or room for it the connection is closed after this
 * response. After the last response nothing is processed, so nothing is kept. */
static void keep(struct dialogue *d, const char *data, size_t size)
{
    size_t kept = d->unread ? d->unread->size - d->unread->done : 0;
    if (!size || !d->keep_alive)
        return;
    if (kept + size <= DIALOGUE_BACKLOG_BYTES)
        d->unread = pending_append(d->unread, data, size);
    else
        pending_free(&d->unread);
    d->keep_alive = d->unread != NULL;
}

enum dialogue_next dialogue_received(struct dialogue *d, const char *data, size_t size, nsec_t now)
{
    size_t used;
    d->ended = d->ended || size == 0;
    switch ((enum dialogue_next)d->next) {
    case DIALOGUE_RECEIVE:
        if (size == 0)
            return d->reader.partial
                       ? reject_partial(d, "the connection ended in the middle of a request")
                       : go(d, DIALOGUE_CLOSE);
        parse(d, data, size, &used, now);
        if (d->next != DIALOGUE_RECEIVE)
            keep(d, data + used, size - used);
        break;
    case DIALOGUE_DRAIN:
        d->drained += (uint32_t)size;
        if (size == 0 || d->drained >= DIALOGUE_DRAIN_BYTES)
            go(d, DIALOGUE_CLOSE);
        break;
    case DIALOGUE_DELAY:
    case DIALOGUE_SEND: keep(d, data, size); break;
    case DIALOGUE_CLOSE: break;
    }
    return d->next;
}

enum dialogue_next dialogue_due(struct dialogue *d, nsec_t now)
{
    account_add_overshoot(d->worker->account, now - d->due);
    return respond(d, now);
}

/* ---- output ---- */

const char *dialogue_output(const struct dialogue *d, size_t *size)
{
    const struct pending *rest = d->unwritten;
    *size = rest ? rest->size - rest->done : d->worker->output_bytes;
    return rest ? rest->bytes + rest->done : d->worker->output;
}

int dialogue_keep_output(struct dialogue *d)
{
    if (!d->unwritten)
        d->unwritten = pending_append(NULL, d->worker->output, d->worker->output_bytes);
    return d->unwritten ? 0 : -1;
}

/* The next request: pipelined, or still to come. */
static enum dialogue_next next_request(struct dialogue *d, nsec_t now)
{
    struct pending *unread = d->unread;
    size_t used;
    if (!unread) {
        go(d, DIALOGUE_RECEIVE);
        return d->ended ? dialogue_received(d, NULL, 0, now) : DIALOGUE_RECEIVE;
    }
    parse(d, unread->bytes + unread->done, unread->size - unread->done, &used, now);
    unread->done += (uint32_t)used;
    if (unread->done == unread->size || !d->keep_alive)
        pending_free(&d->unread);
    return d->next;
}

enum dialogue_next dialogue_sent(struct dialogue *d, size_t size, nsec_t now)
{
    size_t left;
    dialogue_output(d, &left);
    if (size < left) {
        if (dialogue_keep_output(d) < 0)
            return go(d, DIALOGUE_CLOSE);
        d->unwritten->done += (uint32_t)size;
        return d->next;
    }
    pending_free(&d->unwritten);
    end_request(d, true);
    if (d->keep_alive)
        return next_request(d, now);
    return d->rejected ? dialogue_drain(d) : go(d, DIALOGUE_CLOSE);
}

enum dialogue_next dialogue_drain(struct dialogue *d)
{
    return go(d, DIALOGUE_DRAIN);
}

/* ---- time ---- */

nsec_t dialogue_timeout(const struct dialogue *d)
{
    switch ((enum dialogue_next)d->next) {
    case DIALOGUE_DELAY: return INT64_MAX;
    case DIALOGUE_DRAIN: return DIALOGUE_DRAIN_TIMEOUT;
    default: return d->worker->settings->idle;
    }
}

enum dialogue_next dialogue_expired(struct dialogue *d)
{
    if (d->next != DIALOGUE_DRAIN)
        account_add(&d->worker->row->timed_out, 1);
    if (d->next == DIALOGUE_RECEIVE && d->reader.partial)
        return reject_partial(d, "the rest of the request did not arrive before the idle timeout");
    return go(d, DIALOGUE_CLOSE);
}
