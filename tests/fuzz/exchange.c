/* The client's side of requests in the completion form, with pipelining: whatever the server sends,
 * every request ends, its times are in order, and its outcome does not depend on how the bytes are
 * cut. The first byte of an input selects the load; the rest is what the server sends before it
 * closes the connection. */
#include "fuzz.h"

#include "engine/exchange.h"
#include "workloads/workloads.h"

enum { DEPTH_MAX = 4 };

/* Returns how many bytes were fed before the requests were over. */
static size_t carry(struct batch *batch, const uint8_t *data, size_t size, size_t piece)
{
    struct exchange exchange;
    size_t at = 0, unsent;
    char text[PROTOCOL_REQUEST_BYTES];
    memset(batch->samples, 0, batch->requests * sizeof(batch->samples[0]));
    batch->next = 1;
    exchange_init(&exchange, batch->load, 0, EXCHANGE_FOREIGN);
    enum exchange_want want = exchange_begin(&exchange, batch, 0);
    assert(want == EXCHANGE_WRITE && exchange.phase == EXCHANGE_NEW);
    exchange_on_socket(&exchange, 3);
    want = exchange_on_connect(&exchange, 0);
    for (; want == EXCHANGE_WRITE; want = exchange_on_send(&exchange, (ssize_t)(unsent + 1) / 2))
        exchange_unsent(&exchange, text, &unsent);
    while (want == EXCHANGE_READ) {
        size_t given = piece < size - at ? piece : size - at;
        char *copy = fuzz_copy(data + at, given);
        want = exchange_on_receive(&exchange, copy, (ssize_t)given);
        free(copy);
        at += given;
    }
    assert(want == EXCHANGE_OVER && exchange.fd < 0);
    for (size_t i = 0; i < batch->requests; i++) {
        const struct sample *sample = &batch->samples[i];
        assert(sample->outcome != OUTCOME_NOT_STARTED && sample->outcome != OUTCOME_UNFINISHED);
        assert(sample->start <= sample->sent && sample->sent <= sample->end);
        assert(sample->first_byte <= sample->end);
        assert(!exchange.kept || (sample->outcome == OUTCOME_OK && batch->load->keep_alive));
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct sample samples[DEPTH_MAX], again[DEPTH_MAX];
    struct load load = {.workload = workload_find(data[0] & 1 ? "http" : "randint"),
                        .concurrency = 1,
                        .keep_alive = data[0] & 2,
                        .timing = data[0] & 4,
                        .seed = 1};
    load.pipeline = load.keep_alive ? 1 + (data[0] >> 3) % DEPTH_MAX : 1;
    struct batch batch = {.load = &load, .requests = load.pipeline, .samples = samples};
    exchange_open_load(&load);
    /* Bytes after the last response would be an error if they came in the same piece. */
    size_t used = carry(&batch, data + 1, size - 1, 1);
    batch.samples = again;
    assert(carry(&batch, data + 1, used, used) == used);
    for (size_t i = 0; i < batch.requests; i++)
        assert(samples[i].outcome == again[i].outcome && samples[i].received == again[i].received &&
               samples[i].delay_100ns == again[i].delay_100ns &&
               samples[i].overshoot_100ns == again[i].overshoot_100ns);
    exchange_close_load(&load);
    return 0;
}
