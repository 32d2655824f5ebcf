/* The server's side of a connection, with pipelining: the responses do not depend on how the
 * client's bytes are cut, how much of a response is sent at a time, or whether input is passed on
 * while a response is still due; and at its end nothing of it remains. */
#include "fuzz.h"

#include "lib/protocol.h"
#include "server/dialogue.h"

enum { OUTPUT_MAX = 1 << 20, TURNS_MAX = 1 << 20 };

/* Responses have no times, so that two conversations can be compared. */
FUZZ_WRAP(protocol_read_request);
enum parse_result __wrap_protocol_read_request(struct request_reader *reader, const char *data,
                                               size_t size, size_t *used, struct request *request)
{
    enum parse_result result = __real_protocol_read_request(reader, data, size, used, request);
    if (result == PARSE_DONE)
        request->timing = false;
    return result;
}

struct manner {
    size_t received, sent; /* most bytes at a time */
    bool eager;            /* input is passed on in every state */
};

/* Returns the size of what the server wrote. */
static size_t converse(struct worker *worker, const uint8_t *data, size_t size,
                       const struct manner *manner, char output[OUTPUT_MAX])
{
    struct dialogue dialogue;
    size_t written = 0, piece;
    enum dialogue_next next = DIALOGUE_RECEIVE;
    rng_init(&worker->rng, 1);
    dialogue_begin(&dialogue, worker);
    for (int turns = 0; next != DIALOGUE_CLOSE; turns++) {
        assert(turns < TURNS_MAX && next == dialogue.next);
        bool waits = next == DIALOGUE_RECEIVE || next == DIALOGUE_DRAIN;
        piece = manner->received < size ? manner->received : size;
        if (waits || (manner->eager && size)) {
            /* what `output` points to may be overwritten by another connection, and is kept */
            if (next == DIALOGUE_SEND)
                assert(dialogue_keep_output(&dialogue) == 0);
            next = dialogue_received(&dialogue, (const char *)data, piece, turns);
            data += piece;
            size -= piece;
        } else if (next == DIALOGUE_DELAY) {
            next = dialogue_due(&dialogue, dialogue.due + 1);
        } else {
            const char *text = dialogue_output(&dialogue, &piece);
            assert(piece > 0 && written + piece <= OUTPUT_MAX);
            piece = manner->sent < piece ? manner->sent : piece;
            memcpy(output + written, text, piece);
            written += piece;
            next = dialogue_sent(&dialogue, piece, turns);
        }
    }
    dialogue_end(&dialogue);
    assert(worker->row->open == 0 && worker->row->in_flight == 0);
    assert(worker->account->in_flight == 0);
    return written;
}

static struct worker *start(void)
{
    static const struct server_settings settings = {.idle = NSEC_PER_SEC, .keep_alive = true};
    static struct worker worker = {.settings = &settings};
    if (!worker.account) {
        worker.account = account_create(-1, NULL);
        worker.row = worker.account->worker;
        worker.account->workers = 1;
    }
    return &worker;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char whole[OUTPUT_MAX], cut[OUTPUT_MAX];
    const struct manner plain = {.received = SIZE_MAX, .sent = SIZE_MAX};
    const struct manner in_pieces = {
        .received = size ? fuzz_piece(data, size, 2) : 1, .sent = 7, .eager = true};
    struct worker *worker = start();
    if (size > DIALOGUE_BACKLOG_BYTES)
        return 0;
    size_t written = converse(worker, data, size, &plain, whole);
    size_t again = converse(worker, data, size, &in_pieces, cut);
    if (!memmem(whole, written, "application/json", 16)) /* /stats has times */
        assert(written == again && !memcmp(whole, cut, written));
    return 0;
}
