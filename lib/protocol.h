/* What goes over the wire, both directions, in one place: the talk's line protocol and HTTP/1.1.
 *
 *   line   ask "20\n", answer "17\n"; an error is a line that starts with "error: "
 *   HTTP   ask "GET /randint/20", answer 200 with "17\n"; an error is a 4xx with a line of text
 *
 * An request may carry its own delay, "20 5ms\n" or "GET /randint/20?delay=5ms", and may want
 * to know when the server did what, "20 timing\n" or "GET /randint/20?timing". The answer then has
 * three more integers, in nanoseconds: "17 RECEIVED THOUGHT LATE\n", when the ask was read (on the
 * server's monotonic clock), how long the server meant to think, and by how much it was late.
 *
 * Parsers are fed whatever a read returned and keep what they need between calls; a message may
 * come in any number of pieces. */
#ifndef WAITBENCH_PROTOCOL_H
#define WAITBENCH_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <http_parser.h>

#include "clock.h"

#define PROTOCOL_BOUND_MAX     INT64_MAX
#define PROTOCOL_DELAY_DEFAULT ((nsec_t)-1) /* as long as the server was told to */
#define PROTOCOL_DELAY_MAX     (60 * NSEC_PER_SEC)

enum {
    PROTOCOL_LINE_MAX = 63,        /* longest ask, a line or an HTTP path, in bytes */
    PROTOCOL_RESPONSE_MAX = 95,    /* longest answer, without its newline, in bytes */
    PROTOCOL_REQUEST_BYTES = 160,  /* room for any formatted ask */
    PROTOCOL_RESPONSE_BYTES = 256, /* room for any formatted answer, except /stats */
};

/* One request: an integer in [0, bound], please. */
struct request {
    int64_t bound;
    nsec_t delay;    /* or PROTOCOL_DELAY_DEFAULT */
    bool keep_alive; /* HTTP: what the client asked for; line: the server's setting decides */
    bool timing;     /* tell me when you did what */
};

/* When the server did what. */
struct server_times {
    nsec_t received;  /* a point in time, on the server's clock; 0: it did not say */
    nsec_t delay;     /* how long it meant to think */
    nsec_t overshoot; /* by how much its answer came after that */
};

enum parse_result {
    PARSE_MORE,  /* everything was taken, the message is not complete */
    PARSE_DONE,  /* a complete message */
    PARSE_STATS, /* server side: a complete GET /stats */
    PARSE_BAD,   /* not the protocol; `problem` says why */
};

/* ---- client side ---- */

/* Reads one answer; zero it before each. */
struct response_reader {
    int64_t value;             /* after PARSE_DONE */
    struct server_times times; /* after PARSE_DONE, of an ask with timing */
    const char *problem;       /* after PARSE_BAD: a static sentence */
    bool refused;              /* PARSE_BAD because the server said so, in good form */
    bool closing;              /* the server will close this connection */
    bool done;
    uint8_t length;                       /* of text */
    char text[PROTOCOL_RESPONSE_MAX + 1]; /* the line or the body so far */
    http_parser http;
};

/* Write an ask into `buffer` (PROTOCOL_REQUEST_BYTES); return its length. */
size_t protocol_line_request(char *buffer, const struct request *request);
size_t protocol_http_request(char *buffer, const struct request *request);

/* Take up to `size` bytes of an answer; `*used` is how many were taken, so that what follows
 * PARSE_DONE can be fed to the next reader where more was asked for (pipelining). A reader that is
 * done takes nothing more: bytes that nobody asked for are PARSE_BAD. */
enum parse_result protocol_line_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used);
enum parse_result protocol_http_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used);

/* ---- server side ---- */

enum protocol { PROTOCOL_UNKNOWN, PROTOCOL_LINE, PROTOCOL_HTTP };

/* Reads asks from a connection, one after another. Zero it once for a connection: the first byte
 * decides the protocol (HTTP methods are upper-case letters). About 112 bytes. */
struct request_reader {
    const char *problem;              /* after PARSE_BAD: a static sentence */
    uint16_t status;                  /* after PARSE_BAD on HTTP: 400, 404, 405, 414 */
    uint8_t protocol;                 /* enum protocol */
    uint8_t length;                   /* of text; PROTOCOL_LINE_MAX + 1 once it was too long */
    char text[PROTOCOL_LINE_MAX + 1]; /* the line or the path so far */
    http_parser http;
};

/* Take up to `size` bytes, no more than one ask; `*used` is how many were taken, so that what
 * follows (pipelining) can be fed again. Fills `*ask` on PARSE_DONE. */
enum parse_result protocol_read_request(struct request_reader *reader, const char *data,
                                        size_t size, size_t *used, struct request *request);

/* Write the answer (with `times` unless NULL), or the error that `reader` found, into `buffer`
 * (PROTOCOL_RESPONSE_BYTES) in the connection's protocol; return its length. */
size_t protocol_write_response(const struct request_reader *reader, char *buffer, int64_t value,
                               const struct server_times *times, bool keep_alive);
size_t protocol_write_problem(const struct request_reader *reader, char *buffer);

/* HTTP head for a JSON body of `size` bytes. */
size_t protocol_write_json_head(char *buffer, size_t size, bool keep_alive);

/* ---- shared by both ---- */

/* A whole decimal integer in [0, PROTOCOL_BOUND_MAX] and nothing else; NULL or what is wrong. */
const char *protocol_parse_integer(const char *text, size_t length, int64_t *out);

/* An integer and its options, which begin with one of `separators`: "timing", or a time, which has
 * a key before it `with_key`: "delay=5ms". NULL or what is wrong. */
const char *protocol_parse_request(const char *text, size_t length, const char *separators,
                                   bool with_key, struct request *request);

/* "17" or "17 RECEIVED THOUGHT LATE" into the reader's value and times; NULL or what is wrong. */
const char *protocol_parse_response(const char *text, size_t length,
                                    struct response_reader *reader);

/* Write a decimal integer without a terminator; returns its length (at most 20). */
size_t protocol_write_integer(char *buffer, int64_t value);

#endif
