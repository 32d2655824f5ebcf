/* The client's side of the protocol over HTTP/1.1. */
#include "protocol.h"

#include <stdio.h>
#include <string.h>

size_t protocol_http_request(char *buffer, const struct request *request)
{
    static const char head[] = "GET /randint/";
    size_t n = sizeof(head) - 1;
    memcpy(buffer, head, n);
    n += protocol_write_integer(buffer + n, request->bound);
    if (request->delay != PROTOCOL_DELAY_DEFAULT)
        n += (size_t)sprintf(buffer + n, "?delay=%lldns", (long long)request->delay);
    char *end = buffer + n;
    if (request->timing)
        end = stpcpy(end, request->delay == PROTOCOL_DELAY_DEFAULT ? "?timing" : "&timing");
    end = stpcpy(stpcpy(end, " HTTP/1.1\r\nHost: "), request->authority);
    end = stpcpy(end, request->keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
    return (size_t)(end - buffer);
}

/* Keep a piece of the body; of one that is too long only that fact, in its length. */
static int take_body(void *context, const char *data, size_t size)
{
    struct partial_response *partial = context;
    if (partial->length + size > PROTOCOL_RESPONSE_MAX) {
        partial->length = PROTOCOL_RESPONSE_MAX + 1;
        return -1;
    }
    memcpy(partial->text + partial->length, data, size);
    partial->length = (uint8_t)(partial->length + size);
    return 0;
}

static int count_content(void *context, const char *data, size_t size)
{
    struct response_reader *reader = context;
    (void)data;
    reader->content_bytes += size;
    return 0;
}

static enum parse_result response_bad(struct response_reader *reader, const char *problem)
{
    reader->problem = problem;
    return PARSE_BAD;
}

/* What is known so far: nothing, in `fresh`, until a first part was read. */
static struct partial_response *partial_of(const struct response_reader *reader,
                                           struct partial_response *fresh, uint16_t wanted)
{
    if (reader->begun)
        return reader->partial;
    fresh->http = (struct http){.wanted = wanted};
    fresh->length = 0;
    return fresh;
}

/* Keep `partial` for the next call. */
static enum parse_result partial_keep(struct response_reader *reader,
                                      const struct partial_response *partial)
{
    if (!reader->begun)
        *reader->partial = *partial;
    reader->begun = true;
    return PARSE_MORE;
}

/* PARSE_DONE if it is complete, whatever its status. */
static enum parse_result read_message(struct response_reader *reader,
                                      struct partial_response *partial, const char *data,
                                      size_t size, size_t *used, http_piece_function *piece,
                                      void *context)
{
    *used = 0;
    if (reader->done)
        return size ? response_bad(reader, "more bytes arrived than were requested") : PARSE_MORE;
    switch (http_read_response(&partial->http, data, size, used, piece, context)) {
    case HTTP_MORE: return size ? partial_keep(reader, partial) : PARSE_MORE;
    case HTTP_MALFORMED:
        return response_bad(reader, partial->length > PROTOCOL_RESPONSE_MAX
                                        ? "the response body is too long"
                                        : "the response is not HTTP");
    case HTTP_COMPLETE: break;
    }
    reader->done = true;
    reader->closing = !http_keeps_alive(&partial->http);
    return PARSE_DONE;
}

enum parse_result protocol_http_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used)
{
    struct partial_response fresh, *partial = partial_of(reader, &fresh, 200);
    enum parse_result result = read_message(reader, partial, data, size, used, take_body, partial);
    if (result != PARSE_DONE)
        return result;
    if (!http_is_wanted(&partial->http)) {
        reader->refused = true;
        return response_bad(reader, "the server responded with an HTTP error");
    }
    size_t length = partial->length;
    while (length && (partial->text[length - 1] == '\n' || partial->text[length - 1] == '\r'))
        length--;
    const char *problem = protocol_parse_response(partial->text, length, reader);
    return problem ? response_bad(reader, problem) : PARSE_DONE;
}

enum parse_result protocol_content_response(struct response_reader *reader, const char *data,
                                            size_t size, size_t *used)
{
    struct partial_response fresh, *partial = partial_of(reader, &fresh, reader->wanted);
    enum parse_result result =
        read_message(reader, partial, data, size, used, count_content, reader);
    if (result != PARSE_DONE || http_is_wanted(&partial->http))
        return result;
    reader->unwanted_status = (uint16_t)http_status(&partial->http);
    return response_bad(reader, "the response has another status than is wanted");
}
