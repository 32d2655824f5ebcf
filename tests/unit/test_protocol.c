/* The protocol, both sides and both forms. Every message is fed whole, byte by byte, and in two
 * pieces cut at every position, always from a heap block of just its size, so that a parser that
 * looks too far is caught by the address sanitizer. */
#include "lib/protocol.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/rng.h"

#define ARRAY_LEN(a)  (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) (literal), sizeof(literal) - 1

#define INT_MAX_TEXT "9223372036854775807"
#define GET(path)    "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

/* ---- memory ---- */

static bool memory_is_over;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
    return memory_is_over ? NULL : __real_malloc(size);
}

/* ---- feeding ---- */

enum { CUT_BYTES = -1 }; /* in place of a position: one byte at a time */

static size_t piece_size(size_t size, size_t taken, ptrdiff_t cut)
{
    if (cut == CUT_BYTES)
        return 1;
    return taken < (size_t)cut ? (size_t)cut - taken : size - taken;
}

static char *piece_copy(const char *data, size_t size)
{
    char *piece = malloc(size);
    assert_non_null(piece);
    return memcpy(piece, data, size);
}

/* Feed a server's reader until it makes up its mind. `*used` counts over all pieces. */
static enum parse_result feed_request(struct request_reader *reader, const char *data, size_t size,
                                      ptrdiff_t cut, size_t *used, struct request *request)
{
    enum parse_result result = PARSE_MORE;
    *used = 0;
    for (size_t taken = 0; taken < size && result == PARSE_MORE;) {
        size_t length = piece_size(size, taken, cut), took = 4711;
        char *piece = piece_copy(data + taken, length);
        result = protocol_read_request(reader, piece, length, &took, request);
        free(piece);
        assert_true(took <= length);
        if (result == PARSE_MORE)
            assert_int_equal(took, length);
        taken += length;
        *used += took;
    }
    return result;
}

typedef enum parse_result response_function(struct response_reader *, const char *, size_t,
                                            size_t *);

static struct response_reader response_reader(void)
{
    static struct partial_response partial;
    memset(&partial, 0x55, sizeof(partial)); /* of any contents */
    return (struct response_reader){.partial = &partial};
}

/* Feed a client's reader everything, even after it was done. */
static enum parse_result feed_response(response_function *parse, struct response_reader *reader,
                                       const char *data, size_t size, ptrdiff_t cut)
{
    enum parse_result result = PARSE_MORE;
    *reader = response_reader();
    for (size_t taken = 0; taken < size && result != PARSE_BAD;) {
        size_t length = piece_size(size, taken, cut), used = 4711;
        char *piece = piece_copy(data + taken, length);
        result = parse(reader, piece, length, &used);
        free(piece);
        assert_true(used <= length);
        if (result == PARSE_MORE)
            assert_int_equal(used, length);
        if (result == PARSE_DONE)
            assert_true(used > 0);
        taken += result == PARSE_DONE ? used : length;
    }
    return result;
}

/* ---- requests ---- */

struct request_row {
    const char *text;
    size_t size;
    enum parse_result result;
    int64_t bound;
    nsec_t delay;
    bool keep_alive;     /* HTTP */
    unsigned status;     /* of a bad one, on HTTP */
    const char *problem; /* of a bad one: a piece of what it says */
};

static void check_request(const struct request_row *row, ptrdiff_t cut)
{
    struct request_reader reader;
    memset(&reader, 0, sizeof(reader));
    struct request request = {.bound = -7};
    size_t used;
    enum parse_result result = feed_request(&reader, row->text, row->size, cut, &used, &request);
    bool http = reader.protocol == PROTOCOL_HTTP;
    if (result != row->result)
        fail_msg("'%.60s' cut at %td: result %d, not %d (%s)", row->text, cut, result, row->result,
                 result == PARSE_BAD ? reader.problem : "no problem");
    assert_int_equal(http, row->text[0] >= 'A' && row->text[0] <= 'Z');
    if (result == PARSE_DONE) {
        assert_int_equal(request.bound, row->bound);
        assert_int_equal(request.delay, row->delay);
    }
    if (result == PARSE_DONE || result == PARSE_STATS) {
        assert_int_equal(used, row->size);
        if (http)
            assert_int_equal(request.keep_alive, row->keep_alive);
    }
    if (result == PARSE_BAD) {
        assert_int_equal(reader.status, row->status);
        if (!strstr(reader.problem, row->problem))
            fail_msg("'%.60s' cut at %td: '%s'", row->text, cut, reader.problem);
    }
    assert_int_equal(reader.partial != NULL, result == PARSE_MORE);
    request_reader_release(&reader);
}

static void check_requests(const struct request_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        check_request(&rows[i], CUT_BYTES);
        for (size_t cut = 0; cut <= rows[i].size; cut++)
            check_request(&rows[i], (ptrdiff_t)cut);
    }
}

#define DEFAULT PROTOCOL_DELAY_DEFAULT

static const struct request_row line_requests[] = {
    {TEXT("0\n"), .result = PARSE_DONE, .bound = 0, .delay = DEFAULT},
    {TEXT("20\n"), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT},
    {TEXT("20\r\n"), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT},
    {TEXT("007\n"), .result = PARSE_DONE, .bound = 7, .delay = DEFAULT},
    {TEXT(INT_MAX_TEXT "\n"), .result = PARSE_DONE, .bound = INT64_MAX, .delay = DEFAULT},
    {TEXT("20 5ms\n"), .result = PARSE_DONE, .bound = 20, .delay = 5 * NSEC_PER_MSEC},
    {TEXT("20 0\n"), .result = PARSE_DONE, .bound = 20, .delay = 0},
    {TEXT("20 timing\n"), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT},
    {TEXT("20 5ms timing\n"), .result = PARSE_DONE, .bound = 20, .delay = 5 * NSEC_PER_MSEC},
    {TEXT("20 timing 5ms\n"), .result = PARSE_DONE, .bound = 20, .delay = 5 * NSEC_PER_MSEC},
    {TEXT("0 1.5s\r\n"), .result = PARSE_DONE, .delay = 1500 * NSEC_PER_MSEC},
    {TEXT("1 60s\n"), .result = PARSE_DONE, .bound = 1, .delay = PROTOCOL_DELAY_MAX},
    {TEXT(INT_MAX_TEXT " 59999999999ns\n"), .result = PARSE_DONE, .bound = INT64_MAX,
     .delay = PROTOCOL_DELAY_MAX - 1},
    /* half a line, and then silence */
    {TEXT("2"), .result = PARSE_MORE},
    {TEXT("20 5m"), .result = PARSE_MORE},
    {TEXT("\r"), .result = PARSE_MORE},
    /* 63 bytes are looked at */
    {TEXT("000000000000000000000000000000000000000000000000000000000000020\n"),
     .result = PARSE_DONE, .bound = 20, .delay = DEFAULT},
};

static const struct request_row bad_line_requests[] = {
    {TEXT("\n"), .result = PARSE_BAD, .problem = "empty"},
    {TEXT("\r\n"), .result = PARSE_BAD, .problem = "empty"},
    {TEXT("9223372036854775808\n"), .result = PARSE_BAD, .problem = "too large"},
    {TEXT("9223372036854775810\n"), .result = PARSE_BAD, .problem = "too large"},
    {TEXT("18446744073709551617\n"), .result = PARSE_BAD, .problem = "too large"},
    {TEXT("99999999999999999999999999\n"), .result = PARSE_BAD, .problem = "too large"},
    {TEXT("-1\n"), .result = PARSE_BAD, .problem = "negative"},
    {TEXT("-9223372036854775808\n"), .result = PARSE_BAD, .problem = "negative"},
    {TEXT("-\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("+1\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("20x\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("x20\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("0x20\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("2.5\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("1e3\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("20\t5ms\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("2\r0\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("20\r\r\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("\0\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("20\0\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("\00020\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("\xff\xfe\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT("get /randint/5\n"), .result = PARSE_BAD, .problem = "not a number"},
    {TEXT(" 20\n"), .result = PARSE_BAD, .problem = "empty"},
    {TEXT("20 \n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20  5ms\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 5\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 -5ms\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 5ms \n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 5ms 5ms\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 5ms\0\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 5\0ms\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 \0\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 61s\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 60000000001ns\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 timings\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("20 soon\n"), .result = PARSE_BAD, .problem = "bad option: a delay"},
    {TEXT("0000000000000000000000000000000000000000000000000000000000000020\n"),
     .result = PARSE_BAD, .problem = "the line is too long"},
};

/* clang-format off */
static const struct request_row http_requests[] = {
    {TEXT(GET("/randint/0")), .result = PARSE_DONE, .delay = DEFAULT, .keep_alive = true},
    {TEXT(GET("/randint/20")), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT,
     .keep_alive = true},
    {TEXT(GET("/randint/" INT_MAX_TEXT)), .result = PARSE_DONE, .bound = INT64_MAX,
     .delay = DEFAULT, .keep_alive = true},
    {TEXT(GET("/randint/20?delay=5ms")), .result = PARSE_DONE, .bound = 20,
     .delay = 5 * NSEC_PER_MSEC, .keep_alive = true},
    {TEXT(GET("/randint/20?delay=0")), .result = PARSE_DONE, .bound = 20, .keep_alive = true},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), .result = PARSE_DONE,
     .bound = 20, .delay = DEFAULT, .keep_alive = false},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nCONNECTION: Close\r\n\r\n"), .result = PARSE_DONE,
     .bound = 20, .delay = DEFAULT, .keep_alive = false},
    {TEXT("GET /randint/20 HTTP/1.0\r\n\r\n"), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT,
     .keep_alive = false},
    {TEXT("GET /randint/20 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), .result = PARSE_DONE,
     .bound = 20, .delay = DEFAULT, .keep_alive = true},
    /* a body nobody wanted, and an upgrade nobody offers, are no reason to refuse */
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), .result = PARSE_DONE,
     .bound = 20, .delay = DEFAULT, .keep_alive = true},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
     .result = PARSE_DONE, .bound = 20, .delay = DEFAULT, .keep_alive = true},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
          "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"), .result = PARSE_DONE, .bound = 20,
     .delay = DEFAULT, .keep_alive = true},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n"
          "Content-Length: 3\r\n\r\nabc"), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT,
     .keep_alive = true},
    {TEXT("HEAD /randint/20 HTTP/1.1\r\nHost: x\r\n\r\n"), .result = PARSE_DONE, .bound = 20,
     .delay = DEFAULT, .keep_alive = true},
    /* complete before its content, which its sender may hold back */
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
          "Content-Length: 3\r\n\r\n"), .result = PARSE_DONE, .bound = 20, .delay = DEFAULT,
     .keep_alive = false},
    {TEXT(GET("/stats")), .result = PARSE_STATS, .keep_alive = true},
    {TEXT("GET /stats HTTP/1.0\r\n\r\n"), .result = PARSE_STATS, .keep_alive = false},
    {TEXT("G"), .result = PARSE_MORE},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\n"), .result = PARSE_MORE},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\n\r"), .result = PARSE_MORE},
    {TEXT("GET /randint/20 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nab"), .result = PARSE_MORE},
};
/* clang-format on */

/* clang-format off */
static const struct request_row bad_http_requests[] = {
    {TEXT(GET("/")), .result = PARSE_BAD, .status = 404, .problem = "/randint/N"},
    {TEXT(GET("/randint")), .result = PARSE_BAD, .status = 404, .problem = "/randint/N"},
    {TEXT(GET("/RANDINT/5")), .result = PARSE_BAD, .status = 404, .problem = "/randint/N"},
    {TEXT(GET("/stats/")), .result = PARSE_BAD, .status = 404, .problem = "/stats"},
    {TEXT(GET("/statsx")), .result = PARSE_BAD, .status = 404, .problem = "/stats"},
    {TEXT("POST /randint/20 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"), .result = PARSE_BAD,
     .status = 405, .problem = "only GET"},
    {TEXT("DELETE /stats HTTP/1.1\r\nHost: x\r\n\r\n"), .result = PARSE_BAD, .status = 405,
     .problem = "only GET"},
    {TEXT("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"), .result = PARSE_BAD, .status = 405,
     .problem = "only GET"},
    {TEXT(GET("/randint/")), .result = PARSE_BAD, .status = 400, .problem = "empty"},
    {TEXT(GET("/randint/-1")), .result = PARSE_BAD, .status = 400, .problem = "negative"},
    {TEXT(GET("/randint/20x")), .result = PARSE_BAD, .status = 400, .problem = "not a number"},
    {TEXT(GET("/randint/%32%30")), .result = PARSE_BAD, .status = 400, .problem = "not a number"},
    {TEXT(GET("/randint/20/")), .result = PARSE_BAD, .status = 400, .problem = "not a number"},
    {TEXT(GET("/randint/20?x=1")), .result = PARSE_BAD, .status = 400, .problem = "bad option"},
    {TEXT(GET("/randint/9223372036854775808")), .result = PARSE_BAD, .status = 400,
     .problem = "too large"},
    {TEXT(GET("/randint/20?delay=")), .result = PARSE_BAD, .status = 400,
     .problem = "bad option: a delay"},
    {TEXT(GET("/randint/20?delay=5")), .result = PARSE_BAD, .status = 400,
     .problem = "bad option: a delay"},
    {TEXT(GET("/randint/20?delay=61s")), .result = PARSE_BAD, .status = 400,
     .problem = "bad option: a delay"},
    {TEXT(GET("/randint/0000000000000000000000000000000000000000000000000000020")),
     .result = PARSE_BAD, .status = 414, .problem = "path is too long"},
    {TEXT("HELLO\n"), .result = PARSE_BAD, .status = 501, .problem = "method is unknown"},
    {TEXT("GE /randint/5 HTTP/1.1\r\nHost: x\r\n\r\n"), .result = PARSE_BAD, .status = 501,
     .problem = "method is unknown"},
    {TEXT("GET /randint/5 HTTP/2.0\r\nHost: x\r\n\r\n"), .result = PARSE_BAD, .status = 505,
     .problem = "version is not"},
    {TEXT("GET /randint/5 HTTP/1.1\r\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not exactly one Host"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nHost: x\r\nhOST: x\r\n\r\n"), .result = PARSE_BAD,
     .status = 400, .problem = "not exactly one Host"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nHos: x\r\nHosts: x\r\n\r\n"), .result = PARSE_BAD,
     .status = 400, .problem = "not exactly one Host"},
    {TEXT("GET\n"), .result = PARSE_BAD, .status = 400, .problem = "not HTTP"},
    {TEXT("GET /randint/5 FTP/1.1\r\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not HTTP"},
    {TEXT("GET /rand\0int/5 HTTP/1.1\r\nHost: x\r\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not HTTP"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nH(st: x\r\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not HTTP"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"), .result = PARSE_BAD,
     .status = 400, .problem = "not HTTP"},
    {TEXT("\x41\xff\xff\xff\xff"), .result = PARSE_BAD, .status = 400, .problem = "not HTTP"},
    {TEXT("GET /randint/\xe4 HTTP/1.1\r\nHost: x\r\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not HTTP"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nHost: x\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not HTTP"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nHost : x\r\n\r\n"), .result = PARSE_BAD, .status = 400,
     .problem = "not HTTP"},
    /* what ends where is said twice */
    {TEXT("GET /randint/5 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
     .result = PARSE_BAD, .status = 400, .problem = "not HTTP"},
    {TEXT("GET /randint/5 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
          "0\r\n\r\n"), .result = PARSE_BAD, .status = 400, .problem = "not HTTP"},
};
/* clang-format on */

static void line_requests_are_read(void **state)
{
    (void)state;
    check_requests(line_requests, ARRAY_LEN(line_requests));
}

static void bad_line_requests_are_named(void **state)
{
    (void)state;
    check_requests(bad_line_requests, ARRAY_LEN(bad_line_requests));
}

static void http_requests_are_read(void **state)
{
    (void)state;
    check_requests(http_requests, ARRAY_LEN(http_requests));
}

static void bad_http_requests_have_a_status(void **state)
{
    (void)state;
    check_requests(bad_http_requests, ARRAY_LEN(bad_http_requests));
}

static void ten_kilobytes_without_a_newline_are_too_long(void **state)
{
    (void)state;
    static char much[10240];
    memset(much, '1', sizeof(much));
    struct request_row row = {much, sizeof(much), .result = PARSE_BAD, .problem = "too long"};
    check_request(&row, CUT_BYTES);
    for (ptrdiff_t cut = 0; cut <= (ptrdiff_t)sizeof(much); cut += 31)
        check_request(&row, cut);

    /* It is known at the 64th byte, and what follows does not undo it. */
    struct request_reader reader = {0};
    struct request request;
    size_t used;
    assert_int_equal(protocol_read_request(&reader, much, 63, &used, &request), PARSE_MORE);
    assert_int_equal(protocol_read_request(&reader, much, 1, &used, &request), PARSE_BAD);
    assert_int_equal(protocol_read_request(&reader, "\n", 1, &used, &request), PARSE_BAD);
}

static void a_path_of_1000_bytes_is_414(void **state)
{
    (void)state;
    static char text[1100] = "GET /randint/";
    memset(text + strlen(text), '1', 1000 - strlen("/randint/"));
    strcat(text, " HTTP/1.1\r\nHost: x\r\n\r\n");
    struct request_row row = {text, strlen(text), .result = PARSE_BAD, .status = 414,
                              .problem = "path is too long"};
    check_requests(&row, 1);
}

static void endless_headers_are_turned_away(void **state)
{
    (void)state;
    static char text[200 * 1024] = "GET /randint/5 HTTP/1.1\r\nX: ";
    memset(text + strlen(text), 'x', sizeof(text) - strlen(text));
    struct request_row row = {text, sizeof(text), .result = PARSE_BAD, .status = 400,
                              .problem = "not HTTP"};
    check_request(&row, 0);
    check_request(&row, 1000);
    check_request(&row, CUT_BYTES);
}

static void no_memory_for_half_a_request(void **state)
{
    (void)state;
    static const char *const halves[] = {"2", "GET /randint/2"};
    for (size_t i = 0; i < ARRAY_LEN(halves); i++) {
        struct request_reader reader = {0};
        struct request request;
        size_t used;
        memory_is_over = true;
        enum parse_result result =
            protocol_read_request(&reader, halves[i], strlen(halves[i]), &used, &request);
        memory_is_over = false;
        assert_int_equal(result, PARSE_BAD);
        assert_int_equal(reader.status, 503);
        assert_string_equal(reader.problem, "out of memory");
    }
}

static void nothing_read_changes_nothing(void **state)
{
    (void)state;
    struct request_reader reader = {0};
    struct request request;
    size_t used = 4711;
    assert_int_equal(protocol_read_request(&reader, "", 0, &used, &request), PARSE_MORE);
    assert_int_equal(used, 0);
    assert_int_equal(reader.protocol, PROTOCOL_UNKNOWN);
}

/* ---- several requests on one connection ---- */

/* Feed a whole conversation in pieces of `step` bytes, as a server would: what was not used is
 * fed again. Writes what was made of it, such as "7 9:5000000 stats ". */
static void converse(const char *data, size_t size, size_t step, char *log)
{
    struct request_reader reader;
    memset(&reader, 0, sizeof(reader));
    *log = '\0';
    for (size_t start = 0; start < size; start += step) {
        size_t left = size - start < step ? size - start : step;
        char *piece = piece_copy(data + start, left), *rest = piece;
        while (left) {
            struct request request;
            size_t used;
            enum parse_result result = protocol_read_request(&reader, rest, left, &used, &request);
            assert_true(used <= left);
            rest += used;
            left -= used;
            if (result == PARSE_DONE && request.delay == PROTOCOL_DELAY_DEFAULT)
                log += sprintf(log, "%" PRId64 " ", request.bound);
            else if (result == PARSE_DONE)
                log += sprintf(log, "%" PRId64 ":%" PRId64 " ", request.bound, request.delay);
            else if (result == PARSE_STATS)
                log += sprintf(log, "stats ");
            else if (result == PARSE_BAD)
                log += sprintf(log, "bad ");
            assert_true(used > 0);
        }
        free(piece);
    }
}

static void pipelined_requests_come_one_by_one(void **state)
{
    (void)state;
    static const char http[] = GET("/randint/7") GET("/randint/9?delay=5ms") GET("/stats")
        GET("/randint/11") "\r\n" GET("/randint/0");
    static const char line[] = "7\n9 5ms\r\n11\nx\n0\n";
    char log[200];
    for (size_t step = 1; step <= sizeof(http) - 1; step++) {
        converse(TEXT(http), step, log);
        assert_string_equal(log, "7 9:5000000 stats 11 0 ");
    }
    for (size_t step = 1; step <= sizeof(line) - 1; step++) {
        converse(TEXT(line), step, log);
        assert_string_equal(log, "7 9:5000000 11 bad 0 ");
    }
}

static void used_ends_with_the_first_request(void **state)
{
    (void)state;
    struct request_reader reader = {0};
    struct request request;
    size_t used;
    static const char line[] = "20\n30\n";
    assert_int_equal(protocol_read_request(&reader, TEXT(line), &used, &request), PARSE_DONE);
    assert_int_equal(used, 3);
    assert_int_equal(request.bound, 20);

    memset(&reader, 0, sizeof(reader));
    static const char http[] = GET("/randint/7") GET("/randint/8");
    assert_int_equal(protocol_read_request(&reader, TEXT(http), &used, &request), PARSE_DONE);
    assert_int_equal(used, strlen(GET("/randint/7")));
    assert_int_equal(request.bound, 7);
}

/* More requests than the HTTP parser's limit on header bytes would allow in one message. */
static void a_connection_serves_thousands(void **state)
{
    (void)state;
    static const char *const forms[] = {"%d\n", "GET /randint/%d HTTP/1.1\r\nHost: server\r\n\r\n"};
    for (size_t form = 0; form < ARRAY_LEN(forms); form++) {
        struct request_reader reader;
        memset(&reader, 0, sizeof(reader));
        for (int i = 0; i < 5000; i++) {
            char text[80];
            size_t size = (size_t)snprintf(text, sizeof(text), forms[form], i), used;
            struct request request = {.bound = -1};
            assert_int_equal(feed_request(&reader, text, size, i % 20, &used, &request),
                             PARSE_DONE);
            assert_int_equal(used, size);
            assert_int_equal(request.bound, i);
        }
    }
}

/* ---- responses ---- */

#define OK_HEAD     "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define OK(n, body) OK_HEAD "Content-Length: " #n "\r\n\r\n" body
#define CHUNKED     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

struct response_row {
    const char *text;
    size_t size;
    enum parse_result result;
    int64_t value;
    bool closing, refused;
    bool ends; /* the connection does, after this */
    const char *problem;
};

/* clang-format off */
static const struct response_row line_responses[] = {
    {TEXT("0\n"), .result = PARSE_DONE},
    {TEXT("17\n"), .result = PARSE_DONE, .value = 17},
    {TEXT(INT_MAX_TEXT "\n"), .result = PARSE_DONE, .value = INT64_MAX},
    {TEXT("17 1 2 3\n"), .result = PARSE_DONE, .value = 17},
    {TEXT("17 1 2\n"), .result = PARSE_BAD, .problem = "exactly three times"},
    {TEXT("17 1 2 3 4\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("17 1  3\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("1"), .result = PARSE_MORE},
    {TEXT("error: 20 is"), .result = PARSE_MORE},
    {TEXT("\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("-1\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("17x\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(" 17\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("1\0007\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("9223372036854775808\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("errors: 5\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("error:\n"), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT("17\n18\n"), .result = PARSE_BAD, .problem = "more bytes"},
    {TEXT("17\n\n"), .result = PARSE_BAD, .problem = "more bytes"},
    {TEXT("error: busy\n"), .result = PARSE_BAD, .refused = true, .problem = "with an error"},
    {TEXT("error: \n"), .result = PARSE_BAD, .refused = true, .problem = "with an error"},
    {TEXT("error: something that takes a good deal more than 63 bytes to explain to people\n"),
     .result = PARSE_BAD, .refused = true, .problem = "with an error"},
    {TEXT("1111111111111111111111111111111111111111111111111111111111111111111111"
          "1111111111111111111111111111111111111111\n"),
     .result = PARSE_BAD, .problem = "too long"},
    {TEXT("000000000000000000000000000000000000000000000000000000000000"
          "00000000000000000000000000000000017\n"),
     .result = PARSE_DONE, .value = 17},
    {TEXT("000000000000000000000000000000000000000000000000000000000000"
          "000000000000000000000000000000000017\n"),
     .result = PARSE_BAD, .problem = "too long"},
};
/* clang-format on */

/* clang-format off */
static const struct response_row http_responses[] = {
    {TEXT(OK(2, "0\n")), .result = PARSE_DONE},
    {TEXT(OK(3, "17\n")), .result = PARSE_DONE, .value = 17},
    {TEXT(OK(2, "17")), .result = PARSE_DONE, .value = 17},
    {TEXT(OK(4, "17\r\n")), .result = PARSE_DONE, .value = 17},
    {TEXT(OK(20, INT_MAX_TEXT "\n")), .result = PARSE_DONE, .value = INT64_MAX},
    {TEXT(OK_HEAD "Connection: close\r\nContent-Length: 3\r\n\r\n17\n"), .result = PARSE_DONE,
     .value = 17, .closing = true},
    {TEXT("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n17\n"), .result = PARSE_DONE, .value = 17,
     .closing = true},
    {TEXT("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n17\n"),
     .result = PARSE_DONE, .value = 17},
    {TEXT(CHUNKED "3\r\n17\n\r\n0\r\n\r\n"), .result = PARSE_DONE, .value = 17},
    {TEXT(CHUNKED "1\r\n1\r\n1;note=x\r\n7\r\n1\r\n\n\r\n0\r\nTrailer: x\r\n\r\n"),
     .result = PARSE_DONE, .value = 17},
    {TEXT(OK(3, "17")), .result = PARSE_MORE},
    {TEXT(CHUNKED "3\r\n17\n\r\n0\r\n\r"), .result = PARSE_MORE},
    {TEXT("HTTP/1.1 200 OK\r\n"), .result = PARSE_MORE},
    /* the connection's end is the body's end where nothing else is */
    {TEXT("HTTP/1.1 200 OK\r\n\r\n17\n"), .result = PARSE_MORE},
    {TEXT("HTTP/1.1 200 OK\r\n\r\n17\n"), .ends = true, .result = PARSE_DONE, .value = 17,
     .closing = true},
    {TEXT("HTTP/1.0 200 OK\r\n\r\n17"), .ends = true, .result = PARSE_DONE, .value = 17,
     .closing = true},
    {TEXT("HTTP/1.1 200 OK\r\n\r\n"), .ends = true, .result = PARSE_BAD,
     .problem = "not an integer"},
    {TEXT("HTTP/1.1 200 OK\r\n\r\n1111111111111111111111111111111111111111111111111111111111111"
          "1111111111111111111111111111111111111111"), .result = PARSE_BAD,
     .problem = "body is too long"},
    {TEXT("HTTP/1.1 404 Not Found\r\n\r\nThere is no such page.\n"), .ends = true,
     .result = PARSE_BAD, .refused = true, .problem = "HTTP error"},
    {TEXT(OK(3, "17")), .ends = true, .result = PARSE_MORE},
    {TEXT(CHUNKED "3\r\n17\n\r\n"), .ends = true, .result = PARSE_MORE},
    {TEXT("HTTP/1.1 200 OK\r\n"), .ends = true, .result = PARSE_MORE},
    {TEXT(""), .ends = true, .result = PARSE_MORE},
    /* interim responses */
    {TEXT("HTTP/1.1 100 Continue\r\n\r\n" OK(3, "17\n")), .result = PARSE_DONE, .value = 17},
    {TEXT("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
          OK(3, "17\n")), .result = PARSE_DONE, .value = 17},
    {TEXT("HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\n" OK(3, "17\n")),
     .result = PARSE_DONE, .value = 17},
    {TEXT("HTTP/1.1 100 Continue\r\n\r\n"), .result = PARSE_MORE},
    {TEXT("HTTP/1.1 100 Continue\r\n\r\n"), .ends = true, .result = PARSE_MORE},
    {TEXT("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
     .result = PARSE_BAD, .refused = true, .problem = "HTTP error"},
    {TEXT(OK(0, "")), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(OK(1, "\n")), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(OK(6, "hello\n")), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(OK(3, "-1\n")), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(OK(3, "1\0\n")), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(OK(6, "17\n18\n")), .result = PARSE_BAD, .problem = "not an integer"},
    {TEXT(OK(110, "1111111111111111111111111111111111111111111111111111111111111111111111"
                  "1111111111111111111111111111111111111111")),
     .result = PARSE_BAD, .problem = "body is too long"},
    {TEXT(OK(3, "17\n") "x"), .result = PARSE_BAD, .problem = "more bytes"},
    {TEXT(OK(3, "17\n") OK(3, "18\n")), .result = PARSE_BAD, .problem = "more bytes"},
    {TEXT(CHUNKED "3\r\n17\n\r\n0\r\n\r\nx"), .result = PARSE_BAD, .problem = "more bytes"},
    {TEXT("17\n"), .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("\0\0\0\0"), .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("error: busy\n"), .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("SSH-2.0-OpenSSH_9.2\r\n"), .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("HTTP/1.1 2x0 OK\r\n\r\n"), .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), .result = PARSE_BAD,
     .problem = "not HTTP"},
    {TEXT(CHUNKED "zz\r\n"), .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n"),
     .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"),
     .result = PARSE_BAD, .problem = "not HTTP"},
    {TEXT("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n17\n"), .result = PARSE_BAD,
     .refused = true, .problem = "HTTP error"},
    {TEXT("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"), .result = PARSE_BAD,
     .refused = true, .problem = "HTTP error"},
    {TEXT("HTTP/1.1 204 No Content\r\n\r\n"), .result = PARSE_BAD, .refused = true,
     .problem = "HTTP error"},
    {TEXT("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), .result = PARSE_BAD,
     .refused = true, .problem = "HTTP error"},
    {TEXT("HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\n17\n"), .result = PARSE_BAD,
     .problem = "not HTTP"},
    /* an error is one before its page has come, if that ever comes */
    {TEXT("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r"), .result = PARSE_MORE},
    {TEXT("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n"), .result = PARSE_BAD,
     .refused = true, .problem = "HTTP error"},
    {TEXT("HTTP/1.1 404 Not Found\r\n\r\n"), .result = PARSE_BAD, .refused = true,
     .problem = "HTTP error"},
    {TEXT("HTTP/1.1 400 Bad Request\r\nContent-Length: 90\r\n\r\n"
          "<html><head><title>400 Bad Request</title></head>"
          "<body>The request was bad.</body></html>\n"), .result = PARSE_BAD, .refused = true,
     .problem = "HTTP error"},
};
/* clang-format on */

static void check_responses(response_function *parse, const struct response_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (ptrdiff_t cut = CUT_BYTES; cut <= (ptrdiff_t)rows[i].size; cut++) {
            const struct response_row *row = &rows[i];
            struct response_reader reader;
            enum parse_result result = feed_response(parse, &reader, row->text, row->size, cut);
            if (row->ends && result == PARSE_MORE) {
                size_t used = 4711;
                result = parse(&reader, "", 0, &used);
                assert_int_equal(used, 0);
            }
            if (result != row->result)
                fail_msg("'%s' cut at %td: result %d, not %d (%s)", row->text, cut, result,
                         row->result, result == PARSE_BAD ? reader.problem : "no problem");
            assert_int_equal(reader.refused, row->refused);
            if (result == PARSE_DONE) {
                assert_int_equal(reader.value, row->value);
                assert_int_equal(reader.closing, row->closing);
            }
            if (result == PARSE_BAD && !strstr(reader.problem, row->problem))
                fail_msg("'%s' cut at %td: '%s'", row->text, cut, reader.problem);
        }
}

static void line_responses_are_read(void **state)
{
    (void)state;
    check_responses(protocol_line_response, line_responses, ARRAY_LEN(line_responses));
}

static void http_responses_are_read(void **state)
{
    (void)state;
    check_responses(protocol_http_response, http_responses, ARRAY_LEN(http_responses));
}

static unsigned wanted_status;

static enum parse_result wanted_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used)
{
    reader->wanted = (uint16_t)wanted_status;
    return protocol_content_response(reader, data, size, used);
}

/* Of any length: the reader counts what it does not keep. */
static void content_is_counted(void **state)
{
    static const struct {
        const char *text;
        unsigned wanted, unwanted; /* status */
        uint64_t bytes;
        bool ends;
    } rows[] = {
        {.text = OK(2, "0\n"), .bytes = 2},
        {.text = OK(0, "")},
        {.text = OK(110, "1111111111111111111111111111111111111111111111111111111111111111111111"
                         "1111111111111111111111111111111111111111"),
         .bytes = 110},
        {.text = CHUNKED "1\r\n1\r\n3;note=x\r\n7\n8\r\n0\r\nTrailer: x\r\n\r\n", .bytes = 4},
        {.text = "HTTP/1.1 206 Partial Content\r\n\r\nabc", .bytes = 3, .ends = true},
        {.text = "HTTP/1.1 204 No Content\r\n\r\n"},
        {.text = "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", .wanted = 304},
        {.text = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n17\n",
         .wanted = 404,
         .bytes = 3},
        {.text = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n", .unwanted = 404},
        {.text = "HTTP/1.1 199 x\r\n\r\n" OK(1, "x"), .bytes = 1},
        {.text = "HTTP/1.1 301 Moved\r\n\r\n", .unwanted = 301},
        {.text = "HTTP/1.1 201 Created\r\n\r\n", .wanted = 200, .unwanted = 201},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        for (ptrdiff_t cut = CUT_BYTES; cut < (ptrdiff_t)strlen(rows[i].text); cut++) {
            const char *text = rows[i].text;
            struct response_reader reader;
            size_t used;
            wanted_status = rows[i].wanted;
            enum parse_result result =
                feed_response(wanted_response, &reader, text, strlen(text), cut);
            assert_int_equal(result == PARSE_MORE, rows[i].ends);
            if (rows[i].ends)
                result = wanted_response(&reader, "", 0, &used);
            if (result != (rows[i].unwanted ? PARSE_BAD : PARSE_DONE))
                fail_msg("'%s' cut at %td: result %d", text, cut, result);
            assert_int_equal(reader.unwanted_status, rows[i].unwanted);
            assert_int_equal(reader.content_bytes, rows[i].bytes);
            if (!rows[i].unwanted)
                assert_int_equal(reader.closing, rows[i].ends);
        }
}

/* Responses to pipelined requests, read one after another from pieces of `step` bytes; what came of
 * them as text. */
static void read_responses(response_function *parse, const char *data, size_t size, size_t step,
                           char log[200])
{
    struct response_reader reader = response_reader();
    log[0] = '\0';
    for (size_t taken = 0; taken < size;) {
        size_t left = size - taken < step ? size - taken : step;
        taken += left;
        while (left) {
            size_t used = 4711;
            char *piece = piece_copy(data + taken - left, left);
            enum parse_result result = parse(&reader, piece, left, &used);
            free(piece);
            assert_in_range(used, 1, left);
            left -= used;
            if (result == PARSE_MORE) {
                assert_int_equal(left, 0);
                continue;
            }
            log += result == PARSE_DONE ? sprintf(log, "%" PRId64 " ", reader.value)
                                        : sprintf(log, "bad ");
            if (result == PARSE_BAD)
                return;
            reader = response_reader();
        }
    }
}

static void pipelined_responses_come_one_by_one(void **state)
{
    (void)state;
    static const char line[] = "7\n0\n11 1 2 3\nx\n5\n";
    static const char http[] =
        OK(2, "7\n") OK(1, "0") CHUNKED "3\r\n11\n\r\n0\r\n\r\n" OK(1, "x") OK(1, "5");
    char log[200];
    for (size_t step = 1; step <= sizeof(line) - 1; step++) {
        read_responses(protocol_line_response, TEXT(line), step, log);
        assert_string_equal(log, "7 0 11 bad ");
    }
    for (size_t step = 1; step <= sizeof(http) - 1; step++) {
        read_responses(protocol_http_response, TEXT(http), step, log);
        assert_string_equal(log, "7 0 11 bad ");
    }
}

static void a_reader_that_is_done_takes_nothing_more(void **state)
{
    (void)state;
    static response_function *const parsers[] = {protocol_line_response, protocol_http_response};
    static const char *const responses[] = {"7\n8\n", OK(2, "7\n") OK(2, "8\n")};
    for (int http = 0; http < 2; http++) {
        struct response_reader reader = {0}; /* for what comes in one piece */
        size_t size = strlen(responses[http]), used;
        assert_int_equal(parsers[http](&reader, responses[http], size, &used), PARSE_DONE);
        assert_int_equal(used, size / 2);
        assert_int_equal(reader.value, 7);
        assert_int_equal(parsers[http](&reader, responses[http] + used, size - used, &used),
                         PARSE_BAD);
        assert_int_equal(used, 0);
        assert_false(reader.refused);
        assert_non_null(strstr(reader.problem, "more bytes"));
    }
}

/* ---- writing ---- */

static void integers_are_written_in_full(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {{0, "0"},
                {9, "9"},
                {10, "10"},
                {99, "99"},
                {100, "100"},
                {1000000007, "1000000007"},
                {INT64_MAX - 1, "9223372036854775806"},
                {INT64_MAX, INT_MAX_TEXT}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char buffer[24];
        memset(buffer, '#', sizeof(buffer));
        size_t size = protocol_write_integer(buffer, rows[i].value);
        assert_int_equal(size, strlen(rows[i].text));
        assert_memory_equal(buffer, rows[i].text, size);
        assert_int_equal(buffer[size], '#'); /* no terminator */
        int64_t again = -1;
        assert_null(protocol_parse_integer(buffer, size, &again));
        assert_int_equal(again, rows[i].value);
    }
}

/* Room for what is written and a guard behind it. */
struct page {
    char text[PROTOCOL_RESPONSE_BYTES + PROTOCOL_REQUEST_BYTES];
    char guard[256];
};

static void page_clear(struct page *page)
{
    memset(page, '#', sizeof(*page));
}

static void assert_page(const struct page *page, size_t size, size_t limit)
{
    assert_true(size > 0);
    if (size > limit)
        fail_msg("%zu bytes were written where %zu have room", size, limit);
    const char *bytes = (const char *)page;
    for (size_t i = limit; i < sizeof(*page); i++)
        assert_int_equal(bytes[i], '#');
}

typedef size_t request_function(char *, const struct request *);

static void assert_request(request_function *write, struct request request, const char *expected)
{
    struct page page;
    page_clear(&page);
    size_t size = write(page.text, &request);
    assert_page(&page, size, PROTOCOL_REQUEST_BYTES);
    page.text[size] = '\0';
    assert_string_equal(page.text, expected);
}

static void requests_are_written(void **state)
{
    (void)state;
    request_function *line = protocol_line_request, *http = protocol_http_request;
    assert_request(line, (struct request){.bound = 20, .delay = DEFAULT}, "20\n");
    assert_request(line, (struct request){.bound = 20, .delay = 0}, "20 0ns\n");
    assert_request(line, (struct request){.bound = 20, .delay = 5 * NSEC_PER_MSEC},
                   "20 5000000ns\n");
    assert_request(line, (struct request){.bound = INT64_MAX, .delay = INT64_MAX},
                   INT_MAX_TEXT " " INT_MAX_TEXT "ns\n");
    assert_request(http,
                   (struct request){
                       .bound = 0, .delay = DEFAULT, .keep_alive = true, .authority = "[::1]:8080"},
                   "GET /randint/0 HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
    assert_request(http, (struct request){.bound = 20, .delay = DEFAULT, .authority = "a.example"},
                   "GET /randint/20 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    assert_request(
        http,
        (struct request){.bound = 20, .delay = DEFAULT, .timing = true, .authority = "a.example"},
        "GET /randint/20?timing HTTP/1.1\r\nHost: a.example\r\n"
        "Connection: close\r\n\r\n");
}

/* The longest one has room. */
static void the_longest_request_is_written(void **state)
{
    (void)state;
    char authority[NET_AUTHORITY_BYTES], expected[2 * PROTOCOL_REQUEST_BYTES];
    memset(authority, 'a', sizeof(authority) - 1);
    authority[sizeof(authority) - 1] = '\0';
    snprintf(expected, sizeof(expected),
             "GET /randint/" INT_MAX_TEXT "?delay=" INT_MAX_TEXT "ns&timing HTTP/1.1\r\n"
             "Host: %s\r\nConnection: close\r\n\r\n",
             authority);
    assert_request(
        protocol_http_request,
        (struct request){
            .bound = INT64_MAX, .delay = INT64_MAX, .timing = true, .authority = authority},
        expected);
}

static void requests_written_are_read_again(void **state)
{
    (void)state;
    request_function *const forms[] = {protocol_line_request, protocol_http_request};
    struct rng rng;
    rng_init(&rng, 6);
    for (int i = 0; i < 4000; i++) {
        struct request request = {
            .bound = (int64_t)(rng_next(&rng) >> (1 + rng_upto(&rng, 62))),
            .delay = (nsec_t)rng_upto(&rng, (uint64_t)PROTOCOL_DELAY_MAX + 1) - 1, /* -1 too */
            .keep_alive = i & 2,
            .authority = "localhost:8080",
        };
        if (i < 8)
            request.delay = i & 4 ? PROTOCOL_DELAY_MAX : PROTOCOL_DELAY_DEFAULT;
        if (i < 4)
            request.bound = INT64_MAX;
        char text[PROTOCOL_REQUEST_BYTES];
        size_t size = forms[i & 1](text, &request), used;
        struct request_reader reader;
        memset(&reader, 0, sizeof(reader));
        struct request again = {0};
        assert_int_equal(feed_request(&reader, text, size, (int)size / 2, &used, &again),
                         PARSE_DONE);
        assert_int_equal(used, size);
        assert_int_equal(again.bound, request.bound);
        assert_int_equal(again.delay, request.delay);
        if (i & 1)
            assert_int_equal(again.keep_alive, request.keep_alive);
    }
}

/* A reader as it is after a valid request. */
static struct request_reader reader_after(const char *text)
{
    struct request_reader reader;
    memset(&reader, 0, sizeof(reader));
    struct request request;
    size_t used;
    assert_int_equal(feed_request(&reader, text, strlen(text), 0, &used, &request), PARSE_DONE);
    return reader;
}

static void assert_response(const char *request, int64_t value, bool keep_alive,
                            const char *expected)
{
    struct request_reader reader = reader_after(request);
    struct page page;
    page_clear(&page);
    size_t size = protocol_write_response(&reader, page.text, value, NULL, keep_alive);
    assert_page(&page, size, PROTOCOL_RESPONSE_BYTES);
    page.text[size] = '\0';
    assert_string_equal(page.text, expected);
}

static void responses_are_written(void **state)
{
    (void)state;
    static const char http10[] = "GET /randint/5 HTTP/1.0\r\n\r\n";
    assert_response("5\n", 0, true, "0\n");
    assert_response("5\n", INT64_MAX, false, INT_MAX_TEXT "\n");
    assert_response(GET("/randint/5"), 3, true, OK(2, "3\n"));
    assert_response(GET("/randint/5"), INT64_MAX, false,
                    OK_HEAD "Connection: close\r\nContent-Length: 20\r\n\r\n" INT_MAX_TEXT "\n");
    /* HTTP/1.0 keeps a connection only where both sides say so. */
    assert_response(http10, INT64_MAX, true,
                    OK_HEAD "Connection: keep-alive\r\nContent-Length: 20\r\n\r\n" INT_MAX_TEXT
                            "\n");
    assert_response(http10, 12345678, false,
                    OK_HEAD "Connection: close\r\nContent-Length: 9\r\n\r\n12345678\n");
}

static void responses_written_are_read_again(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 9, 10, 12345678, 123456789, INT64_MAX};
    static const char *const requests[] = {"5\n", GET("/randint/5")};
    response_function *const parsers[] = {protocol_line_response, protocol_http_response};
    for (size_t form = 0; form < 2; form++)
        for (size_t i = 0; i < ARRAY_LEN(values); i++)
            for (int keep = 0; keep < 2; keep++) {
                struct request_reader requested = reader_after(requests[form]);
                char text[PROTOCOL_RESPONSE_BYTES];
                size_t size = protocol_write_response(&requested, text, values[i], NULL, keep);
                struct response_reader reader;
                assert_int_equal(feed_response(parsers[form], &reader, text, size, 1), PARSE_DONE);
                assert_int_equal(reader.value, values[i]);
                assert_int_equal(reader.closing, form == 1 && !keep);
            }
}

/* What the server says of its times comes back as it was, in both protocols. */
static void times_written_are_read_again(void **state)
{
    (void)state;
    static response_function *const parsers[] = {protocol_line_response, protocol_http_response};
    const struct server_times times = {.received = CLOCK_MAX, .delay = 0, .overshoot = 60000000001};
    for (int http = 0; http < 2; http++) {
        struct request_reader requested = {.protocol = http ? PROTOCOL_HTTP : PROTOCOL_LINE};
        struct response_reader response;
        char text[PROTOCOL_RESPONSE_BYTES];
        size_t size = protocol_write_response(&requested, text, INT64_MAX, &times, true);
        assert_in_range(size, 1, sizeof(text));
        assert_int_equal(feed_response(parsers[http], &response, text, size, 0), PARSE_DONE);
        assert_int_equal(response.value, INT64_MAX);
        assert_memory_equal(&response.times, &times, sizeof(times));
    }
}

/* Sums of what a client is told must not overflow: a time that no clock shows is no response. */
static void times_beyond_any_clock(void **state)
{
    (void)state;
    static response_function *const parsers[] = {protocol_line_response, protocol_http_response};
    const struct server_times times[] = {
        {.received = CLOCK_MAX + 1}, {.delay = CLOCK_MAX + 1}, {.overshoot = INT64_MAX}};
    for (int http = 0; http < 2; http++)
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
            struct request_reader requested = {.protocol = http ? PROTOCOL_HTTP : PROTOCOL_LINE};
            struct response_reader response;
            char text[PROTOCOL_RESPONSE_BYTES];
            size_t size = protocol_write_response(&requested, text, 17, &times[i], true);
            assert_int_equal(feed_response(parsers[http], &response, text, size, 0), PARSE_BAD);
            assert_string_equal(response.problem, "the response has a time that no clock shows");
        }
}

/* Whatever is wrong with a request, the client learns that it was refused, and why fits. */
static void assert_problem_is_read(const struct request_row *row)
{
    struct request_reader reader;
    memset(&reader, 0, sizeof(reader));
    struct request request;
    size_t used;
    assert_int_equal(feed_request(&reader, row->text, row->size, 0, &used, &request), PARSE_BAD);
    bool http = reader.protocol == PROTOCOL_HTTP;
    struct page page;
    page_clear(&page);
    size_t size = protocol_write_problem(&reader, page.text);
    assert_page(&page, size, PROTOCOL_RESPONSE_BYTES);
    assert_non_null(memmem(page.text, size, reader.problem, strlen(reader.problem)));
    assert_int_equal(page.text[size - 1], '\n');

    response_function *parse = http ? protocol_http_response : protocol_line_response;
    struct response_reader response;
    assert_int_equal(feed_response(parse, &response, page.text, size, 0), PARSE_BAD);
    if (!response.refused)
        fail_msg("'%.*s' was read as: %s", (int)size, page.text, response.problem);
    if (http)
        assert_int_equal(atoi(page.text + strlen("HTTP/1.1 ")), row->status);
}

static void problems_are_written_and_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad_line_requests); i++)
        assert_problem_is_read(&bad_line_requests[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad_http_requests); i++)
        assert_problem_is_read(&bad_http_requests[i]);
}

static void assert_text(const char *text, size_t size, const char *expected)
{
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
}

static void problems_have_their_form(void **state)
{
    (void)state;
    char text[PROTOCOL_RESPONSE_BYTES];
    struct request_reader line = {.protocol = PROTOCOL_LINE, .problem = "why"};
    assert_text(text, protocol_write_problem(&line, text), "error: why\n");
    struct request_reader http = {.protocol = PROTOCOL_HTTP, .problem = "only GET", .status = 405};
    assert_text(text, protocol_write_problem(&http, text),
                "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"
                "Content-Type: text/plain\r\nConnection: close\r\n"
                "Content-Length: 9\r\n\r\nonly GET\n");
    http.head_only = true;
    assert_text(text, protocol_write_problem(&http, text),
                "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n"
                "Content-Type: text/plain\r\nConnection: close\r\n"
                "Content-Length: 9\r\n\r\n");
}

static void json_is_a_response(void **state)
{
    (void)state;
    char text[PROTOCOL_RESPONSE_BYTES + 3];
    struct request_reader reader = {.protocol = PROTOCOL_HTTP, .http_minor_version = 1};
    assert_text(text, protocol_write_json(&reader, text, "{}\n", 3, true),
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                "Content-Length: 3\r\n\r\n{}\n");
    assert_text(text, protocol_write_json(&reader, text, "{}\n", 3, false),
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                "Content-Length: 3\r\n\r\n{}\n");
    reader.http_minor_version = 0;
    reader.head_only = true;
    assert_text(text, protocol_write_json(&reader, text, "{}\n", 3, true),
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                "Connection: keep-alive\r\nContent-Length: 3\r\n\r\n");
}

/* ---- the shared pieces, where a caller is less careful than the readers ---- */

static void a_long_delay_time_is_no_overflow(void **state)
{
    (void)state;
    char text[1000];
    memset(text, '0', sizeof(text));
    memcpy(text, "20 ", 3);
    struct request request;
    const char *problem = protocol_parse_request(text, sizeof(text), " ", false, &request);
    assert_non_null(problem);
    assert_non_null(strstr(problem, "bad option: a delay"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_requests_are_read),
        cmocka_unit_test(bad_line_requests_are_named),
        cmocka_unit_test(http_requests_are_read),
        cmocka_unit_test(bad_http_requests_have_a_status),
        cmocka_unit_test(ten_kilobytes_without_a_newline_are_too_long),
        cmocka_unit_test(a_path_of_1000_bytes_is_414),
        cmocka_unit_test(endless_headers_are_turned_away),
        cmocka_unit_test(no_memory_for_half_a_request),
        cmocka_unit_test(nothing_read_changes_nothing),
        cmocka_unit_test(pipelined_requests_come_one_by_one),
        cmocka_unit_test(used_ends_with_the_first_request),
        cmocka_unit_test(a_connection_serves_thousands),
        cmocka_unit_test(line_responses_are_read),
        cmocka_unit_test(http_responses_are_read),
        cmocka_unit_test(content_is_counted),
        cmocka_unit_test(pipelined_responses_come_one_by_one),
        cmocka_unit_test(a_reader_that_is_done_takes_nothing_more),
        cmocka_unit_test(integers_are_written_in_full),
        cmocka_unit_test(requests_are_written),
        cmocka_unit_test(the_longest_request_is_written),
        cmocka_unit_test(requests_written_are_read_again),
        cmocka_unit_test(responses_are_written),
        cmocka_unit_test(responses_written_are_read_again),
        cmocka_unit_test(times_written_are_read_again),
        cmocka_unit_test(times_beyond_any_clock),
        cmocka_unit_test(problems_are_written_and_understood),
        cmocka_unit_test(problems_have_their_form),
        cmocka_unit_test(json_is_a_response),
        cmocka_unit_test(a_long_delay_time_is_no_overflow),
    };
    return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
