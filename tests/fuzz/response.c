/* The client's readers of both protocols, with pipelining: the responses do not depend on how the
 * bytes are cut, and a reader that is done takes no more bytes. The end of an input is that of the
 * connection. */
#include "fuzz.h"

#include "lib/protocol.h"

typedef enum parse_result response_function(struct response_reader *, const char *, size_t,
                                            size_t *);

enum { SEEN_MAX = 512 };

struct seen {
    enum parse_result result;
    struct response_reader reader;
    size_t end; /* 0 for a bad one, which may be recognised before its end */
};

static void check_done(response_function *parse, struct response_reader reader)
{
    size_t used = 1;
    assert(reader.value >= 0 && reader.times.received >= 0 && reader.times.delay >= 0 &&
           reader.times.overshoot >= 0);
    assert(parse(&reader, "1", 1, &used) == PARSE_BAD && used == 0);
}

static size_t read_all(response_function *parse, const uint8_t *data, size_t size, size_t piece,
                       struct seen seen[SEEN_MAX])
{
    size_t count = 0;
    struct partial_response partial = {0};
    struct seen now = {.reader.partial = &partial};
    bool ended = false;
    for (size_t at = 0; !ended && count < SEEN_MAX;) {
        ended = at == size;
        size_t given = piece < size - at ? piece : size - at, used = given + 1;
        char *copy = fuzz_copy(data + at, given);
        now.result = parse(&now.reader, copy, given, &used);
        free(copy);
        assert(used <= given && (used == given || now.result != PARSE_MORE));
        assert(partial.length <= PROTOCOL_RESPONSE_MAX + 1);
        at += used;
        if (now.result == PARSE_MORE)
            continue;
        now.end = now.result == PARSE_DONE ? at : 0;
        seen[count++] = now;
        if (now.result == PARSE_BAD)
            break;
        check_done(parse, now.reader);
        now = (struct seen){.reader.partial = &partial};
    }
    return count;
}

static void check_same(const struct seen *a, const struct seen *b)
{
    const struct response_reader *x = &a->reader, *y = &b->reader;
    assert(a->result == b->result && a->end == b->end && x->problem == y->problem);
    assert(x->refused == y->refused && (a->result == PARSE_BAD || x->closing == y->closing));
    assert(x->value == y->value && !memcmp(&x->times, &y->times, sizeof(x->times)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct seen whole[SEEN_MAX], cut[SEEN_MAX];
    response_function *const parsers[] = {protocol_line_response, protocol_http_response};
    for (int p = 0; p < 2; p++) {
        size_t count = read_all(parsers[p], data, size, size, whole);
        for (int c = 1; size && c < FUZZ_CUTS; c++) {
            assert(read_all(parsers[p], data, size, fuzz_piece(data, size, c), cut) == count);
            for (size_t i = 0; i < count; i++)
                check_same(&whole[i], &cut[i]);
        }
    }
    return 0;
}
