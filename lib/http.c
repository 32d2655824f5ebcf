#include "http.h"

/* What the callbacks need during a call. */
struct reading {
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

/* Such responses end with their headers, whatever these announce (RFC 9112, 6.3). */
static bool is_without_content(const llhttp_t *parser)
{
    return parser->type == HTTP_RESPONSE &&
           (parser->status_code / 100 == 1 || parser->status_code == HTTP_STATUS_NO_CONTENT ||
            parser->status_code == HTTP_STATUS_NOT_MODIFIED);
}

static int on_headers_complete(llhttp_t *parser)
{
    parser->upgrade = 0; /* none was agreed to: the message goes on as HTTP */
    return is_without_content(parser);
}

static int on_content(llhttp_t *parser, const char *data, size_t size)
{
    struct reading *reading = parser->data;
    reading->content_bytes += size;
    if (parser->type != HTTP_RESPONSE || parser->status_code != HTTP_STATUS_OK)
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
    .on_headers_complete = on_headers_complete,
    .on_body = on_content,
    .on_message_complete = on_message_complete,
};

static enum http_result http_read(struct http *http, llhttp_type_t type, const char *data,
                                  size_t size, size_t *used, http_piece_function *piece,
                                  void *context)
{
    struct reading reading = {.piece = piece, .context = context};
    if (!http->parser.settings)
        llhttp_init(&http->parser, type, &settings);
    http->parser.data = &reading;
    llhttp_errno_t found =
        size ? llhttp_execute(&http->parser, data, size) : llhttp_finish(&http->parser);
    *used = reading.complete && size ? (size_t)(llhttp_get_error_pos(&http->parser) - data) : size;
    if (reading.complete)
        return HTTP_COMPLETE;
    if (!size)
        return HTTP_MORE;
    http->framing_bytes += (uint32_t)(size - reading.content_bytes);
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

bool http_is_get(const struct http *request)
{
    return request->parser.method == HTTP_GET;
}

unsigned http_status(const struct http *response)
{
    return response->parser.status_code;
}

unsigned http_minor_version(const struct http *message)
{
    return message->parser.http_minor;
}

bool http_keeps_alive(const struct http *message)
{
    return llhttp_should_keep_alive(&message->parser);
}

const char *http_parser_version(void)
{
#define TEXT_OF(a, b, c) #a "." #b "." #c
#define VERSION(a, b, c) TEXT_OF(a, b, c)
    return VERSION(LLHTTP_VERSION_MAJOR, LLHTTP_VERSION_MINOR, LLHTTP_VERSION_PATCH);
}
