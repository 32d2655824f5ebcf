/* HTTP/1.x messages, parsed by llhttp. No other file uses it. */
#ifndef WAITBENCH_HTTP_H
#define WAITBENCH_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <llhttp.h>

enum {
    /* Most bytes of a message beside its content: start line, headers, chunk sizes, trailers and
     * interim responses. llhttp itself has no limit. */
    HTTP_FRAMING_MAX = 64 * 1024,
};

/* The state of one message; zero it before each. */
struct http {
    llhttp_t parser;
    uint32_t framing_bytes; /* so far */
};

enum http_result {
    HTTP_MORE,      /* everything was taken, the message is not complete */
    HTTP_COMPLETE,  /* the functions below may be called */
    HTTP_MALFORMED, /* or the piece function refused a piece */
};

/* Takes a piece of what the caller is interested in. Returns 0, or -1 to reject the message. */
typedef int http_piece_function(void *context, const char *data, size_t size);

/* Take up to `size` bytes, no more than one message; `*used` is how many were taken. `piece` gets
 * the request's path, or the content of a response with status 200; other content is skipped.
 * Interim responses (1xx) are skipped, and an offered upgrade is ignored. Size 0 is the end of the
 * connection, which completes a response that has no other end (RFC 9112, 6.3). */
enum http_result http_read_request(struct http *http, const char *data, size_t size, size_t *used,
                                   http_piece_function *piece, void *context);
enum http_result http_read_response(struct http *http, const char *data, size_t size, size_t *used,
                                    http_piece_function *piece, void *context);

bool http_is_get(const struct http *request);
unsigned http_status(const struct http *response);
unsigned http_minor_version(const struct http *message); /* 0 or 1 */

/* Whether the connection is kept after this message, as far as its sender is concerned. */
bool http_keeps_alive(const struct http *message);

/* The parser's version, such as "9.2.1". */
const char *http_parser_version(void);

#endif
