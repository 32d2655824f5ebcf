/* The server's reader, with pipelining: the requests do not depend on how the bytes are cut. Each
 * request, written again by a client, is read as the same request, and the client's reader reads
 * from the server's response what was put into it. */
#include "fuzz.h"

#include "lib/protocol.h"

enum { SEEN_MAX = 512 };

struct seen {
    enum parse_result result;
    struct request request; /* after PARSE_DONE */
    size_t end;             /* 0 for a bad one, which may be recognised before its end */
    unsigned status;
    const char *problem;
};

static bool same_request(const struct request *a, const struct request *b)
{
    return a->bound == b->bound && a->delay == b->delay && a->timing == b->timing;
}

static void check_written(const struct request *request)
{
    size_t (*const writers[])(char *, const struct request *) = {protocol_line_request,
                                                                 protocol_http_request};
    for (int i = 0; i < 2; i++) {
        struct request_reader reader = {0};
        struct request again;
        size_t used;
        char *text = malloc(PROTOCOL_REQUEST_BYTES);
        struct request copy = *request;
        copy.authority = "localhost:8080";
        size_t size = writers[i](text, &copy);
        assert(size <= PROTOCOL_REQUEST_BYTES);
        assert(protocol_read_request(&reader, text, size, &used, &again) == PARSE_DONE);
        assert(used == size && same_request(request, &again));
        assert(i == 0 || again.keep_alive == request->keep_alive);
        free(text);
    }
}

/* Write the server's response, and read it. */
static void check_response(const struct request_reader *reader, const struct seen *seen)
{
    const struct request *request = &seen->request;
    const struct server_times times = {.received = CLOCK_MAX, .delay = request->delay + 1};
    bool http = reader->protocol == PROTOCOL_HTTP, bad = seen->result == PARSE_BAD;
    struct partial_response partial;
    struct response_reader response = {.partial = &partial};
    size_t used;
    char *text = malloc(PROTOCOL_RESPONSE_BYTES);
    size_t size =
        bad ? protocol_write_problem(reader, text)
            : protocol_write_response(reader, text, request->bound, request->timing ? &times : NULL,
                                      request->keep_alive);
    assert(size <= PROTOCOL_RESPONSE_BYTES);
    enum parse_result result =
        (http ? protocol_http_response : protocol_line_response)(&response, text, size, &used);
    /* An error is complete with its headers; the response to HEAD has a length and no content. */
    bool head_only = reader->head_only && !bad;
    assert((http && bad ? used <= size : used == size) && response.refused == bad);
    assert(result == (head_only ? PARSE_MORE : seen->result));
    assert(bad || head_only || response.value == request->bound);
    assert(bad || head_only || !request->timing ||
           (response.times.received == CLOCK_MAX && response.times.delay == times.delay));
    assert(!http || head_only || response.closing == (bad || !request->keep_alive));
    free(text);
}

static size_t read_all(const uint8_t *data, size_t size, size_t piece, struct seen seen[SEEN_MAX])
{
    struct request_reader reader = {0};
    size_t count = 0;
    for (size_t at = 0; at < size && count < SEEN_MAX;) {
        struct seen now = {.request = {0}};
        size_t given = piece < size - at ? piece : size - at, used = given + 1;
        char *copy = fuzz_copy(data + at, given);
        now.result = protocol_read_request(&reader, copy, given, &used, &now.request);
        free(copy);
        assert(used <= given && (used == given || now.result != PARSE_MORE));
        at += used;
        if (now.result == PARSE_MORE)
            continue;
        if (now.result == PARSE_BAD) {
            now.problem = reader.problem;
            now.status = reader.status;
        } else {
            now.end = at;
        }
        if (now.result != PARSE_STATS)
            check_response(&reader, &now);
        seen[count++] = now;
        if (now.result == PARSE_BAD)
            break;
    }
    request_reader_release(&reader);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seen whole[SEEN_MAX], cut[SEEN_MAX];
    size_t count = read_all(data, size, size, whole);
    for (int c = 1; size && c < FUZZ_CUTS; c++) {
        assert(read_all(data, size, fuzz_piece(data, size, c), cut) == count);
        for (size_t i = 0; i < count; i++)
            assert(whole[i].result == cut[i].result && whole[i].end == cut[i].end &&
                   whole[i].status == cut[i].status && whole[i].problem == cut[i].problem &&
                   same_request(&whole[i].request, &cut[i].request) &&
                   whole[i].request.keep_alive == cut[i].request.keep_alive);
    }
    for (size_t i = 0; i < count; i++)
        if (whole[i].result == PARSE_DONE)
            check_written(&whole[i].request);
    return 0;
}
