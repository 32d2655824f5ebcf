/* HTTP/1.1, both directions, on http_parser (Debian's libhttp-parser). */
#include "protocol.h"

#include <stdio.h>
#include <string.h>

/* ---- client side ---- */

size_t protocol_http_request(char *buffer, const struct request *request)
{
    static const char head[] = "GET /randint/";
    static const char keep[] = " HTTP/1.1\r\nHost: randint\r\n\r\n";
    static const char close[] = " HTTP/1.1\r\nHost: randint\r\nConnection: close\r\n\r\n";
    size_t n = sizeof(head) - 1;
    memcpy(buffer, head, n);
    n += protocol_write_integer(buffer + n, request->bound);
    if (request->delay != PROTOCOL_DELAY_DEFAULT)
        n += (size_t)sprintf(buffer + n, "?delay=%lldns", (long long)request->delay);
    if (request->timing) {
        buffer[n++] = request->delay == PROTOCOL_DELAY_DEFAULT ? '?' : '&';
        memcpy(buffer + n, "timing", 6);
        n += 6;
    }
    const char *tail = request->keep_alive ? keep : close;
    size_t tail_size = request->keep_alive ? sizeof(keep) - 1 : sizeof(close) - 1;
    memcpy(buffer + n, tail, tail_size);
    return n + tail_size;
}

static int on_body(http_parser *parser, const char *data, size_t size)
{
    struct response_reader *reader = parser->data;
    if (parser->status_code != 200)
        return 0; /* an error page, of any length */
    if (reader->length + size > PROTOCOL_RESPONSE_MAX) {
        reader->problem = "the response body is too long";
        return 1;
    }
    memcpy(reader->text + reader->length, data, size);
    reader->length = (uint8_t)(reader->length + size);
    return 0;
}

static int on_response_complete(http_parser *parser)
{
    struct response_reader *reader = parser->data;
    reader->done = true;
    reader->closing = !http_should_keep_alive(parser);
    http_parser_pause(parser, 1); /* whatever follows is not part of this response */
    return 0;
}

static const http_parser_settings response_settings = {
    .on_body = on_body,
    .on_message_complete = on_response_complete,
};

enum parse_result protocol_http_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used)
{
    *used = 0;
    if (reader->done && size) {
        reader->problem = "more bytes arrived than were requested";
        return PARSE_BAD;
    }
    if (!reader->http.data) {
        http_parser_init(&reader->http, HTTP_RESPONSE);
        reader->http.data = reader;
    }
    *used = http_parser_execute(&reader->http, &response_settings, data, size);
    if (!reader->done) {
        if (HTTP_PARSER_ERRNO(&reader->http) == HPE_OK)
            return PARSE_MORE;
        if (!reader->problem)
            reader->problem = "the response is not HTTP";
        return PARSE_BAD;
    }
    if (reader->http.status_code != 200) {
        reader->problem = "the server responded with an HTTP error";
        reader->refused = true;
        return PARSE_BAD;
    }
    size_t length = reader->length;
    while (length && (reader->text[length - 1] == '\n' || reader->text[length - 1] == '\r'))
        length--;
    reader->problem = protocol_parse_response(reader->text, length, reader);
    return reader->problem ? PARSE_BAD : PARSE_DONE;
}
