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
    uint16_t wanted;        /* set by the caller: a response's status, or 0 for any 2xx */
    uint32_t framing_bytes; /* so far */
    uint8_t name_bytes;     /* of the header's name being read, so far; 255: or more */
    uint8_t may_be;         /* which of the headers that matter it can still be, a bit each */
    uint8_t seen[2];        /* how many of each were seen; 255: or more */
    bool unknown_method;    /* well-formed, but none that the parser knows */
};

enum http_result {
    HTTP_MORE,      /* everything was taken, the message is not complete */
    HTTP_COMPLETE,  /* the functions below may be called */
    HTTP_MALFORMED, /* or the piece function refused a piece; http_status_for() says how */
};

/* Takes a piece of what the caller is interested in. Returns 0, or -1 to reject the message. */
typedef int http_piece_function(void *context, const char *data, size_t size);

/* Take up to `size` bytes, no more than one message; `*used` is how many were taken. `piece` gets
 * the request's path, or the content of a response with a wanted status. These are complete with
 * their headers, and their content is not read: a request that is neither GET nor HEAD, one with an
 * Expect header, and a response with another status, so that its connection cannot be kept. The
 * content of other requests is skipped. Interim responses (1xx) are skipped, and an offered upgrade
 * is ignored. Size 0 is the end of the connection, which completes a response that has no other end
 * (RFC 9112, 6.3). */
enum http_result http_read_request(struct http *http, const char *data, size_t size, size_t *used,
                                   http_piece_function *piece, void *context);
enum http_result http_read_response(struct http *http, const char *data, size_t size, size_t *used,
                                    http_piece_function *piece, void *context);

/* The status of the error that a request deserves before its path is looked at, or 0:
 * HTTP_MALFORMED gives one always. */
unsigned http_status_for(const struct http *request);

bool http_is_head(const struct http *request);
unsigned http_status(const struct http *response);
bool http_is_wanted(const struct http *response);        /* its status is */
unsigned http_minor_version(const struct http *message); /* 0 or 1 */

/* Whether the connection is kept after this message, as far as its sender is concerned. */
bool http_keeps_alive(const struct http *message);

/* The parser's version, such as "9.2.1". */
const char *http_parser_version(void);

#endif
