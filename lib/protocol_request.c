/* The server's side of the protocol: detect line or HTTP, read requests, write responses. */
#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct partial_request {
    struct http http;
    uint8_t length;                   /* of text; PROTOCOL_LINE_MAX + 1 if it was too long */
    char text[PROTOCOL_LINE_MAX + 1]; /* the line or the path so far */
};

/* Keep a piece of the line or path; past the limit only the fact that it was too long is kept. */
static void text_append(struct partial_request *partial, const char *data, size_t size)
{
    if (partial->length + size > PROTOCOL_LINE_MAX) {
        partial->length = PROTOCOL_LINE_MAX + 1;
        return;
    }
    memcpy(partial->text + partial->length, data, size);
    partial->length = (uint8_t)(partial->length + size);
}

static enum parse_result request_bad(struct request_reader *reader, uint16_t status,
                                     const char *problem)
{
    reader->status = status;
    reader->problem = problem;
    return PARSE_BAD;
}

static int take_path(void *partial, const char *data, size_t size)
{
    text_append(partial, data, size);
    return 0;
}

static enum parse_result http_route(struct request_reader *reader,
                                    const struct partial_request *partial, struct request *request)
{
    static const char prefix[] = "/randint/";
    size_t prefix_size = sizeof(prefix) - 1;
    const char *path = partial->text;
    if (partial->length > PROTOCOL_LINE_MAX)
        return request_bad(reader, 414, "the path is too long");
    if (!http_is_get(&partial->http))
        return request_bad(reader, 405, "only GET is served");
    request->keep_alive = http_keeps_alive(&partial->http);
    if (partial->length == 6 && !memcmp(path, "/stats", 6))
        return PARSE_STATS;
    if (partial->length < prefix_size || memcmp(path, prefix, prefix_size) != 0)
        return request_bad(reader, 404, "not found: the paths are /randint/N and /stats");
    const char *problem = protocol_parse_request(path + prefix_size, partial->length - prefix_size,
                                                 "?&", true, request);
    return problem ? request_bad(reader, 400, problem) : PARSE_DONE;
}

static enum parse_result read_http(struct request_reader *reader, struct partial_request *partial,
                                   const char *data, size_t size, size_t *used,
                                   struct request *request)
{
    switch (http_read_request(&partial->http, data, size, used, take_path, partial)) {
    case HTTP_MORE: return PARSE_MORE;
    case HTTP_MALFORMED: break;
    case HTTP_COMPLETE:
        reader->http_minor_version = (uint8_t)http_minor_version(&partial->http);
        return http_route(reader, partial, request);
    }
    return request_bad(reader, 400, "this is not HTTP/1.1");
}

static enum parse_result read_line(struct request_reader *reader, struct partial_request *partial,
                                   const char *data, size_t size, size_t *used,
                                   struct request *request)
{
    const char *newline = memchr(data, '\n', size);
    size_t taken = newline ? (size_t)(newline - data) : size;
    text_append(partial, data, taken);
    *used = newline ? taken + 1 : taken;
    if (partial->length > PROTOCOL_LINE_MAX)
        return request_bad(reader, 0, "the line is too long: 63 bytes at most");
    if (!newline)
        return PARSE_MORE;
    size_t length = partial->length;
    if (length && partial->text[length - 1] == '\r')
        length--;
    const char *problem = protocol_parse_request(partial->text, length, " ", false, request);
    return problem ? request_bad(reader, 0, problem) : PARSE_DONE;
}

void request_reader_release(struct request_reader *reader)
{
    free(reader->partial);
    reader->partial = NULL;
}

/* Keep `partial` for the next call. */
static enum parse_result partial_keep(struct request_reader *reader,
                                      const struct partial_request *partial)
{
    if (partial == reader->partial)
        return PARSE_MORE;
    reader->partial = malloc(sizeof(*partial));
    if (!reader->partial)
        return request_bad(reader, 503, "out of memory");
    *reader->partial = *partial;
    return PARSE_MORE;
}

enum parse_result protocol_read_request(struct request_reader *reader, const char *data,
                                        size_t size, size_t *used, struct request *request)
{
    *used = 0;
    if (size == 0)
        return PARSE_MORE;
    if (reader->protocol == PROTOCOL_UNKNOWN)
        reader->protocol = data[0] >= 'A' && data[0] <= 'Z' ? PROTOCOL_HTTP : PROTOCOL_LINE;
    struct partial_request fresh = {0}, *partial = reader->partial ? reader->partial : &fresh;
    enum parse_result result = reader->protocol == PROTOCOL_HTTP
                                   ? read_http(reader, partial, data, size, used, request)
                                   : read_line(reader, partial, data, size, used, request);
    if (result == PARSE_MORE)
        return partial_keep(reader, partial);
    request_reader_release(reader);
    return result;
}

static const char *status_reason(unsigned status)
{
    switch (status) {
    case 404: return "Not Found";
    case 405:
        return "Method Not Allowed\r\nAllow: GET"; /* RFC 9110: a 405 must name the methods allowed
                                                    */
    case 414: return "URI Too Long";
    case 503: return "Service Unavailable";
    default: return "Bad Request";
    }
}

/* HTTP/1.0 clients (ab) keep a connection only if the response has the header. */
static const char *connection_header(const struct request_reader *reader, bool keep_alive)
{
    if (!keep_alive)
        return "Connection: close\r\n";
    return reader->http_minor_version == 0 ? "Connection: keep-alive\r\n" : "";
}

/* The response line, or the HTTP body: the same text in both protocols. */
static size_t write_numbers(char *buffer, int64_t value, const struct server_times *times)
{
    size_t n = protocol_write_integer(buffer, value);
    if (times) {
        const int64_t more[] = {times->received, times->delay, times->overshoot};
        for (size_t i = 0; i < 3; i++) {
            buffer[n++] = ' ';
            n += protocol_write_integer(buffer + n, more[i]);
        }
    }
    buffer[n++] = '\n';
    return n;
}

size_t protocol_write_response(const struct request_reader *reader, char *buffer, int64_t value,
                               const struct server_times *times, bool keep_alive)
{
    if (reader->protocol != PROTOCOL_HTTP)
        return write_numbers(buffer, value, times);
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    char body[PROTOCOL_RESPONSE_MAX + 1];
    size_t size = write_numbers(body, value, times);
    const char *connection = connection_header(reader, keep_alive);
    size_t n =
        (size_t)(stpcpy(stpcpy(stpcpy(buffer, head), connection), "Content-Length: ") - buffer);
    n += protocol_write_integer(buffer + n, (int64_t)size);
    memcpy(buffer + n, "\r\n\r\n", 4);
    memcpy(buffer + n + 4, body, size);
    return n + 4 + size;
}

size_t protocol_write_problem(const struct request_reader *reader, char *buffer)
{
    if (reader->protocol != PROTOCOL_HTTP)
        return (size_t)snprintf(buffer, PROTOCOL_RESPONSE_BYTES, "error: %s\n", reader->problem);
    return (size_t)snprintf(buffer, PROTOCOL_RESPONSE_BYTES,
                            "HTTP/1.1 %u %s\r\nContent-Type: text/plain\r\n"
                            "Connection: close\r\nContent-Length: %zu\r\n\r\n%s\n",
                            reader->status, status_reason(reader->status),
                            strlen(reader->problem) + 1, reader->problem);
}

size_t protocol_write_json_head(char *buffer, size_t size, bool keep_alive)
{
    return (size_t)snprintf(buffer, PROTOCOL_RESPONSE_BYTES,
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            "%sContent-Length: %zu\r\n\r\n",
                            keep_alive ? "" : "Connection: close\r\n", size);
}
