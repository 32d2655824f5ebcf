#include "http.h"

#include <ctype.h>
#include <string.h>

/* The headers of a request that matter here: how many of each there are. */
enum { HOST, EXPECT };
static const char *const header_names[] = {[HOST] = "host", [EXPECT] = "expect"};
enum { HEADER_COUNT = sizeof(header_names) / sizeof(header_names[0]) };

_Static_assert(sizeof(((struct http *)0)->seen) == HEADER_COUNT, "one for each");

/* What the callbacks need during a call. */
struct reading {
    struct http *http;
    http_piece_function *piece;
    void *context;
    size_t content_bytes;
    bool complete;
};

static int on_path(llhttp_t *parser, const char *data, size_t size)
{
    struct reading *reading = parser->data;
    return reading->piece(reading->context, data, size);
}

static bool is_interim(const llhttp_t *parser)
{
    return parser->type == HTTP_RESPONSE && parser->status_code / 100 == 1 &&
           parser->status_code != HTTP_STATUS_SWITCHING_PROTOCOLS;
}

/* Some responses end with their headers, whatever these announce (RFC 9112, 6.3). Of the others
 * only the wanted ones have content that is of interest. */
static bool is_over_with_headers(const struct http *http)
{
    unsigned status = http->parser.status_code;
    return http->parser.type == HTTP_RESPONSE &&
           (status / 100 == 1 || status == HTTP_STATUS_NO_CONTENT ||
            status == HTTP_STATUS_NOT_MODIFIED || !http_is_wanted(http));
}

/* A header's name may come in pieces. */
static int on_name(llhttp_t *parser, const char *data, size_t size)
{
    struct http *http = ((struct reading *)parser->data)->http;
    for (size_t i = 0; i < size && http->name_bytes < UINT8_MAX; i++, http->name_bytes++) {
        if (http->name_bytes == 0)
            http->may_be = (1 << HEADER_COUNT) - 1;
        for (int h = 0; http->may_be && h < HEADER_COUNT; h++)
            if (http->name_bytes > strlen(header_names[h]) ||
                tolower((unsigned char)data[i]) != header_names[h][http->name_bytes])
                http->may_be &= (uint8_t) ~(1 << h);
    }
    return 0;
}

static int on_name_complete(llhttp_t *parser)
{
    struct http *http = ((struct reading *)parser->data)->http;
    for (int h = 0; h < HEADER_COUNT; h++)
        if (http->may_be & 1 << h && http->name_bytes == strlen(header_names[h]) &&
            http->seen[h] < UINT8_MAX)
            http->seen[h]++;
    http->name_bytes = 0;
    return 0;
}

/* A request's content is not read to its end just to refuse it, nor waited for while its sender
 * waits for our word (RFC 9110, 10.1.1): the final status comes at once. */
static bool is_answered_early(const struct http *http)
{
    uint8_t method = http->parser.method;
    return http->parser.type == HTTP_REQUEST &&
           ((method != HTTP_GET && method != HTTP_HEAD) || http->seen[EXPECT]);
}

static int on_headers_complete(llhttp_t *parser)
{
    const struct reading *reading = parser->data;
    parser->upgrade = 0; /* none was agreed to: the message goes on as HTTP */
    if (parser->type == HTTP_RESPONSE && parser->http_major != 1)
        return -1;
    return is_over_with_headers(reading->http) || is_answered_early(reading->http);
}

static int on_content(llhttp_t *parser, const char *data, size_t size)
{
    struct reading *reading = parser->data;
    reading->content_bytes += size;
    if (parser->type == HTTP_REQUEST)
        return 0;
    return reading->piece(reading->context, data, size);
}

static int on_message_complete(llhttp_t *parser)
{
    struct reading *reading = parser->data;
    if (is_interim(parser))
        return 0;
    reading->complete = true;
    return HPE_PAUSED; /* what follows is another message */
}

static const llhttp_settings_t settings = {
    .on_url = on_path,
    .on_header_field = on_name,
    .on_header_field_complete = on_name_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_content,
    .on_message_complete = on_message_complete,
};

/* The byte at which the parser saw that the method is none it knows could go on a method, or end
 * one (RFC 9110, 5.6.2). */
static bool is_method(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("!#$%&'*+-.^_`|~ ", byte));
}

static enum http_result http_read(struct http *http, llhttp_type_t type, const char *data,
                                  size_t size, size_t *used, http_piece_function *piece,
                                  void *context)
{
    struct reading reading = {.http = http, .piece = piece, .context = context};
    if (!http->parser.settings) {
        llhttp_init(&http->parser, type, &settings);
#if LLHTTP_VERSION_MAJOR >= 9
        /* A folded header of a response has to be read (RFC 9112, 5.2). */
        llhttp_set_lenient_headers(&http->parser, type == HTTP_RESPONSE);
#endif
    }
    http->parser.data = &reading;
    llhttp_errno_t found =
        size ? llhttp_execute(&http->parser, data, size) : llhttp_finish(&http->parser);
    *used = reading.complete && size ? (size_t)(llhttp_get_error_pos(&http->parser) - data) : size;
    if (reading.complete)
        return HTTP_COMPLETE;
    if (!size)
        return HTTP_MORE;
    http->framing_bytes += (uint32_t)(size - reading.content_bytes);
    http->unknown_method =
        found == HPE_INVALID_METHOD && is_method(*llhttp_get_error_pos(&http->parser));
    return found == HPE_OK && http->framing_bytes <= HTTP_FRAMING_MAX ? HTTP_MORE : HTTP_MALFORMED;
}

enum http_result http_read_request(struct http *http, const char *data, size_t size, size_t *used,
                                   http_piece_function *piece, void *context)
{
    return http_read(http, HTTP_REQUEST, data, size, used, piece, context);
}

enum http_result http_read_response(struct http *http, const char *data, size_t size, size_t *used,
                                    http_piece_function *piece, void *context)
{
    return http_read(http, HTTP_RESPONSE, data, size, used, piece, context);
}

unsigned http_status_for(const struct http *request)
{
    const llhttp_t *parser = &request->parser;
    if (request->unknown_method)
        return HTTP_STATUS_NOT_IMPLEMENTED;
    if (llhttp_get_errno(parser) == HPE_INVALID_VERSION || parser->http_major > 1)
        return HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED;
    if (llhttp_get_errno(parser) != HPE_OK && llhttp_get_errno(parser) != HPE_PAUSED)
        return HTTP_STATUS_BAD_REQUEST;
    if (request->seen[HOST] > 1 || (parser->http_minor == 1 && request->seen[HOST] == 0))
        return HTTP_STATUS_BAD_REQUEST;
    bool served = parser->method == HTTP_GET || parser->method == HTTP_HEAD;
    return served ? 0 : HTTP_STATUS_METHOD_NOT_ALLOWED;
}

bool http_is_head(const struct http *request)
{
    return request->parser.method == HTTP_HEAD;
}

unsigned http_status(const struct http *response)
{
    return response->parser.status_code;
}

bool http_is_wanted(const struct http *response)
{
    unsigned status = http_status(response);
    return response->wanted ? status == response->wanted : status / 100 == 2;
}

unsigned http_minor_version(const struct http *message)
{
    return message->parser.http_minor;
}

bool http_keeps_alive(const struct http *message)
{
    return llhttp_should_keep_alive(&message->parser) && !is_answered_early(message);
}

const char *http_parser_version(void)
{
#define TEXT_OF(a, b, c) #a "." #b "." #c
#define VERSION(a, b, c) TEXT_OF(a, b, c)
    return VERSION(LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
}
