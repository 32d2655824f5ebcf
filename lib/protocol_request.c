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

static const char *status_problem(unsigned status)
{
    switch (status) {
    case 405: return "only GET and HEAD are served";
    case 501: return "the method is unknown";
    case 505: return "the version is not HTTP/1.0 or HTTP/1.1";
    default: return "this is not HTTP/1.1, or has not exactly one Host header";
    }
}

static enum parse_result http_route(struct request_reader *reader,
                                    const struct partial_request *partial, struct request *request)
{
    static const char prefix[] = "/randint/";
    size_t prefix_size = sizeof(prefix) - 1;
    const char *path = partial->text;
    if (partial->length > PROTOCOL_LINE_MAX)
        return request_bad(reader, 414, "the path is too long");
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
    const struct http *http = &partial->http;
    enum http_result result =
        http_read_request(&partial->http, data, size, used, take_path, partial);
    if (result == HTTP_MORE)
        return PARSE_MORE;
    reader->http_minor_version = http_minor_version(http) & 1;
    reader->head_only = http_is_head(http);
    unsigned status = http_status_for(http);
    return status ? request_bad(reader, (uint16_t)status, status_problem(status))
                  : http_route(reader, partial, request);
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
    case 200: return "OK";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed\r\nAllow: GET, HEAD"; /* RFC 9110: it must name them */
    case 414: return "URI Too Long";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
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

/* All HTTP responses: the head and, unless only that was requested, the content. */
static size_t write_http(const struct request_reader *reader, char *buffer, unsigned status,
                         const char *type, const char *content, size_t size, bool keep_alive)
{
    char *end = stpcpy(buffer, "HTTP/1.1 ");
    end += protocol_write_integer(end, status);
    *end++ = ' ';
    end = stpcpy(stpcpy(stpcpy(end, status_reason(status)), "\r\nContent-Type: "), type);
    end = stpcpy(stpcpy(end, "\r\n"), connection_header(reader, keep_alive));
    end = stpcpy(end, "Content-Length: ");
    end += protocol_write_integer(end, (int64_t)size);
    end = stpcpy(end, "\r\n\r\n");
    if (reader->head_only)
        return (size_t)(end - buffer);
    memcpy(end, content, size);
    return (size_t)(end - buffer) + size;
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
    char numbers[PROTOCOL_RESPONSE_MAX + 1];
    size_t size = write_numbers(numbers, value, times);
    return write_http(reader, buffer, 200, "text/plain", numbers, size, keep_alive);
}

size_t protocol_write_problem(const struct request_reader *reader, char *buffer)
{
    if (reader->protocol != PROTOCOL_HTTP)
        return (size_t)snprintf(buffer, PROTOCOL_RESPONSE_BYTES, "error: %s\n", reader->problem);
    char line[PROTOCOL_RESPONSE_MAX + 1];
    int size = snprintf(line, sizeof(line), "%s\n", reader->problem);
    return write_http(reader, buffer, reader->status, "text/plain", line, (size_t)size, false);
}

size_t protocol_write_json(const struct request_reader *reader, char *buffer, const char *json,
                           size_t size, bool keep_alive)
{
    return write_http(reader, buffer, 200, "application/json", json, size, keep_alive);
}
