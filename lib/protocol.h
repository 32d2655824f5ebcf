/* The wire format, both directions: the talk's line protocol and HTTP/1.1.
 *
 *   line request "20\n", response "17\n"; an error is a line that starts with "error: "
 *   HTTP request "GET /randint/20", response 200 with "17\n"; an error is a 4xx with a line of text
 *
 * A request may set its own delay, "20 5ms\n" or "GET /randint/20?delay=5ms", and may request the
 * server's times, "20 timing\n" or "GET /randint/20?timing". The response then has three more
 * integers, in nanoseconds: "17 RECEIVED DELAY OVERSHOOT\n": when the request was read (on the
 * server's monotonic clock), the intended delay, and by how much it was exceeded.
 *
 * Parsers are fed whatever a read returned and keep their state between calls; a message may come
 * in any number of pieces. */
#ifndef WAITBENCH_PROTOCOL_H
#define WAITBENCH_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "http.h"
#include "net.h"

#define PROTOCOL_BOUND_MAX     INT64_MAX
#define PROTOCOL_DELAY_DEFAULT ((nsec_t)-1) /* the server's own setting */
#define PROTOCOL_DELAY_MAX     (60 * NSEC_PER_SEC)

enum {
    PROTOCOL_LINE_MAX = 63,     /* longest request, a line or an HTTP path, in bytes */
    PROTOCOL_RESPONSE_MAX = 95, /* longest response, without its newline, in bytes */
    PROTOCOL_REQUEST_BYTES = 112 + NET_AUTHORITY_BYTES, /* room for any formatted request */
    PROTOCOL_RESPONSE_BYTES = 256, /* room for any formatted response, except /stats */
};

/* One request: send a random integer in [0, bound]. */
struct request {
    int64_t bound;
    nsec_t delay;          /* or PROTOCOL_DELAY_DEFAULT */
    bool keep_alive;       /* HTTP: the client's choice; line: the server's setting applies */
    bool timing;           /* send the server's times */
    const char *authority; /* the client's, over HTTP: the Host header */
};

/* The server's times. */
struct server_times {
    nsec_t received;  /* a point in time, on the server's clock; 0: not sent */
    nsec_t delay;     /* the intended delay */
    nsec_t overshoot; /* how much later than that the response was issued */
};

enum parse_result {
    PARSE_MORE,  /* everything was taken, the message is not complete */
    PARSE_DONE,  /* a complete message */
    PARSE_STATS, /* server side: a complete GET /stats */
    PARSE_BAD,   /* malformed; `problem` says why */
};

/* ---- client side ---- */

/* What is known of a response that is incomplete so far. */
struct partial_response {
    struct http http;
    uint8_t length; /* of text; more than PROTOCOL_RESPONSE_MAX if it was too long */
    char text[PROTOCOL_RESPONSE_MAX + 1]; /* the line or the body so far */
};

/* Reads one response; zero it before each, and set the fields that are the caller's. */
struct response_reader {
    union {
        int64_t value;          /* after PARSE_DONE */
        uint64_t content_bytes; /* of protocol_content_response(), so far */
    };
    struct server_times times; /* after PARSE_DONE, of a request with timing */
    const char *problem;       /* after PARSE_BAD: a static sentence */
    /* The caller's, for one response at a time, of any contents. Most responses arrive in one
     * piece, and it is not touched. */
    struct partial_response *partial;
    uint16_t wanted; /* the caller's: the status that protocol_content_response() is to find */
    uint16_t unwanted_status; /* PARSE_BAD because an HTTP response has this one */
    bool refused;             /* PARSE_BAD because the server sent a well-formed error */
    bool closing;             /* the server will close this connection */
    bool begun;               /* a part was read: `partial` holds it */
    bool done;
};

/* Write a request into `buffer` (PROTOCOL_REQUEST_BYTES); return its length. */
size_t protocol_line_request(char *buffer, const struct request *request);
size_t protocol_http_request(char *buffer, const struct request *request);

/* Take up to `size` bytes of a response; `*used` is how many were taken, so that the bytes after
 * PARSE_DONE can be fed to the next reader (pipelining). A reader that is done takes nothing more:
 * excess bytes are PARSE_BAD. Size 0 is the end of the connection: PARSE_DONE if that ends an HTTP
 * response, PARSE_MORE if a response is missing or incomplete. */
enum parse_result protocol_line_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used);
enum parse_result protocol_http_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used);

/* The same of a response of any length, which is read to its end and counted: one with the status
 * that is wanted (0: any 2xx) is correct. */
enum parse_result protocol_content_response(struct response_reader *reader, const char *data,
                                            size_t size, size_t *used);

/* ---- server side ---- */

enum protocol { PROTOCOL_UNKNOWN, PROTOCOL_LINE, PROTOCOL_HTTP };

/* Reads requests from a connection, one after another. Zero it once per connection: the first byte
 * decides the protocol (HTTP methods are upper-case letters). Most requests arrive in one piece, so
 * what is known of an incomplete one is allocated. */
struct request_reader {
    const char *problem;             /* after PARSE_BAD: a static sentence */
    struct partial_request *partial; /* of a request that is incomplete so far, or NULL */
    uint16_t status;                 /* after PARSE_BAD on HTTP: of the response */
    uint8_t protocol;                /* enum protocol */
    uint8_t http_minor_version : 1;  /* of the last complete request */
    uint8_t head_only : 1;           /* it was HEAD: the response is without its content */
};

/* Take up to `size` bytes, no more than one request; `*used` is how many were taken, so that what
 * follows (pipelining) can be fed again. Fills `*request` on PARSE_DONE. */
enum parse_result protocol_read_request(struct request_reader *reader, const char *data,
                                        size_t size, size_t *used, struct request *request);

/* Free what is known of an incomplete request. */
void request_reader_release(struct request_reader *reader);

/* Write the response (with `times` unless NULL), or the error that `reader` found, into `buffer`
 * (PROTOCOL_RESPONSE_BYTES) in the connection's protocol; return its length. After an error the
 * connection is closed. */
size_t protocol_write_response(const struct request_reader *reader, char *buffer, int64_t value,
                               const struct server_times *times, bool keep_alive);
size_t protocol_write_problem(const struct request_reader *reader, char *buffer);

/* The response to GET /stats: `json`, of `size` bytes; `buffer` has room for it and for
 * PROTOCOL_RESPONSE_BYTES. */
size_t protocol_write_json(const struct request_reader *reader, char *buffer, const char *json,
                           size_t size, bool keep_alive);

/* ---- shared by both ---- */

/* A decimal integer in [0, PROTOCOL_BOUND_MAX] and nothing else. Returns NULL or the problem. */
const char *protocol_parse_integer(const char *text, size_t length, int64_t *out);

/* An integer and its options, each after one of `separators`: "timing", or a time, which `with_key`
 * has a key before it: "delay=5ms". Returns NULL or the problem. */
const char *protocol_parse_request(const char *text, size_t length, const char *separators,
                                   bool with_key, struct request *request);

/* "17" or "17 RECEIVED DELAY OVERSHOOT" into the reader's value and times. Returns NULL or the
 * problem. */
const char *protocol_parse_response(const char *text, size_t length,
                                    struct response_reader *reader);

/* Write a decimal integer without a terminator; returns its length (at most 20). */
size_t protocol_write_integer(char *buffer, int64_t value);

#endif
