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

static int take_body(void *context, const char *data, size_t size)
{
    struct response_reader *reader = context;
    if (reader->length + size > PROTOCOL_RESPONSE_MAX) {
        reader->problem = "the response body is too long";
        return -1;
    }
    memcpy(reader->text + reader->length, data, size);
    reader->length = (uint8_t)(reader->length + size);
    return 0;
}

static enum parse_result response_bad(struct response_reader *reader, const char *problem)
{
    if (!reader->problem)
        reader->problem = problem;
    return PARSE_BAD;
}

/* PARSE_DONE if it is complete, whatever its status. */
static enum parse_result read_message(struct response_reader *reader, const char *data, size_t size,
                                      size_t *used, http_piece_function *piece)
{
    *used = 0;
    if (reader->done)
        return size ? response_bad(reader, "more bytes arrived than were requested") : PARSE_MORE;
    switch (http_read_response(&reader->http, data, size, used, piece, reader)) {
    case HTTP_MORE: return PARSE_MORE;
    case HTTP_MALFORMED: return response_bad(reader, "the response is not HTTP");
    case HTTP_COMPLETE: break;
    }
    reader->done = true;
    reader->closing = !http_keeps_alive(&reader->http);
    return PARSE_DONE;
}

enum parse_result protocol_http_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used)
{
    reader->http.wanted = 200;
    enum parse_result result = read_message(reader, data, size, used, take_body);
    if (result != PARSE_DONE)
        return result;
    if (!http_is_wanted(&reader->http)) {
        reader->refused = true;
        return response_bad(reader, "the server responded with an HTTP error");
    }
    size_t length = reader->length;
    while (length && (reader->text[length - 1] == '\n' || reader->text[length - 1] == '\r'))
        length--;
    reader->problem = protocol_parse_response(reader->text, length, reader);
    return reader->problem ? PARSE_BAD : PARSE_DONE;
}

static int count_content(void *context, const char *data, size_t size)
{
    struct response_reader *reader = context;
    (void)data;
    reader->content_bytes += size;
    return 0;
}

enum parse_result protocol_content_response(struct response_reader *reader, const char *data,
                                            size_t size, size_t *used)
{
    enum parse_result result = read_message(reader, data, size, used, count_content);
    if (result != PARSE_DONE || http_is_wanted(&reader->http))
        return result;
    reader->unwanted_status = (uint16_t)http_status(&reader->http);
    return response_bad(reader, "the response has another status than is wanted");
}
