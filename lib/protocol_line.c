/* The talk's line protocol, and the integers of both protocols. */
#include "protocol.h"

#include <string.h>

#include "units.h"

const char *protocol_parse_integer(const char *text, size_t length, int64_t *out)
{
    if (length == 0)
        return "empty: send an integer from 0 to 9223372036854775807";
    if (text[0] == '-' && length > 1)
        return "negative: send an integer from 0 to 9223372036854775807";
    int64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return "not a number: send an integer from 0 to 9223372036854775807";
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text[i] - '0', &value))
            return "too large: send an integer from 0 to 9223372036854775807";
    }
    *out = value;
    return NULL;
}

/* The length of the piece before the next of `separators`. */
static size_t piece_length(const char *text, size_t length, const char *separators)
{
    size_t n = 0;
    while (n < length && (text[n] == '\0' || !strchr(separators, text[n])))
        n++;
    return n;
}

/* The text of a delay, after its key if it has one; NULL if the option is not a delay. */
static const char *delay_text(const char *option, bool with_key)
{
    static const char *const keys[] = {"delay=",
                                       "think="}; /* think= is the name in earlier versions */
    if (!with_key)
        return option;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (!strncmp(option, keys[i], strlen(keys[i])))
            return option + strlen(keys[i]);
    return NULL;
}

static const char *parse_option(const char *text, size_t length, bool with_key,
                                struct request *request)
{
    char option[PROTOCOL_LINE_MAX + 1] = "";
    memcpy(option, text, length < sizeof(option) ? length : 0);
    if (!strcmp(option, "timing")) {
        request->timing = true;
        return NULL;
    }
    const char *delay = delay_text(option, with_key);
    if (request->delay != PROTOCOL_DELAY_DEFAULT || strlen(option) != length || !delay ||
        units_parse_time(delay, &request->delay, NULL) < 0 || request->delay > PROTOCOL_DELAY_MAX)
        return "bad option: a delay (5ms, 1.5s; 60s at most) or the word timing";
    return NULL;
}

const char *protocol_parse_request(const char *text, size_t length, const char *separators,
                                   bool with_key, struct request *request)
{
    size_t size = piece_length(text, length, separators);
    request->delay = PROTOCOL_DELAY_DEFAULT;
    request->timing = false;
    const char *problem = protocol_parse_integer(text, size, &request->bound);
    while (!problem && size < length) {
        text += size + 1;
        length -= size + 1;
        size = piece_length(text, length, separators);
        problem = parse_option(text, size, with_key, request);
    }
    return problem;
}

const char *protocol_parse_response(const char *text, size_t length, struct response_reader *reader)
{
    int64_t *numbers[] = {&reader->value, &reader->times.received, &reader->times.delay,
                          &reader->times.overshoot};
    size_t count = 0;
    for (;;) {
        size_t size = piece_length(text, length, " ");
        if (count == 4 || protocol_parse_integer(text, size, numbers[count++]))
            return "the response is not an integer";
        if (size == length)
            break;
        text += size + 1;
        length -= size + 1;
    }
    if (reader->times.received > CLOCK_MAX || reader->times.delay > CLOCK_MAX ||
        reader->times.overshoot > CLOCK_MAX)
        return "the response has a time that no clock shows";
    return count == 1 || count == 4 ? NULL : "the response does not have exactly three times";
}

size_t protocol_write_integer(char *buffer, int64_t value)
{
    char reversed[20];
    size_t n = 0;
    uint64_t rest = (uint64_t)value;
    do
        reversed[n++] = (char)('0' + rest % 10);
    while (rest /= 10);
    for (size_t i = 0; i < n; i++)
        buffer[i] = reversed[n - 1 - i];
    return n;
}

size_t protocol_line_request(char *buffer, const struct request *request)
{
    size_t n = protocol_write_integer(buffer, request->bound);
    if (request->delay != PROTOCOL_DELAY_DEFAULT) {
        buffer[n++] = ' ';
        n += protocol_write_integer(buffer + n, request->delay);
        memcpy(buffer + n, "ns", 2);
        n += 2;
    }
    if (request->timing) {
        memcpy(buffer + n, " timing", 7);
        n += 7;
    }
    buffer[n++] = '\n';
    return n;
}

static enum parse_result response_bad(struct response_reader *reader, const char *problem)
{
    reader->problem = problem;
    return PARSE_BAD;
}

/* Add a piece to the line, as far as there is room. Returns its text; `*length` becomes that of the
 * line. */
static const char *line_so_far(struct response_reader *reader, const char *piece, size_t *length)
{
    struct partial_response *partial = reader->partial;
    if (!reader->begun)
        partial->length = 0;
    reader->begun = true;
    size_t room = PROTOCOL_RESPONSE_MAX - partial->length, before = partial->length;
    size_t kept = *length < room ? *length : room;
    memcpy(partial->text + before, piece, kept);
    partial->length = (uint8_t)(before + kept);
    *length += before;
    return partial->text;
}

/* Read a line that is complete or too long. */
static enum parse_result read_line(struct response_reader *reader, const char *text, size_t length)
{
    static const char error[] = "error: ";
    size_t error_length = sizeof(error) - 1;
    /* An error line may be longer than any integer; its beginning identifies it. */
    if (length >= error_length && !memcmp(text, error, error_length)) {
        reader->refused = true;
        return response_bad(reader, "the server responded with an error");
    }
    if (length > PROTOCOL_RESPONSE_MAX)
        return response_bad(reader, "the response line is too long");
    const char *problem = protocol_parse_response(text, length, reader);
    return problem ? response_bad(reader, problem) : PARSE_DONE;
}

enum parse_result protocol_line_response(struct response_reader *reader, const char *data,
                                         size_t size, size_t *used)
{
    *used = 0;
    if (size == 0)
        return PARSE_MORE;
    if (reader->done)
        return response_bad(reader, "more bytes arrived than were requested");
    const char *newline = memchr(data, '\n', size);
    size_t length = newline ? (size_t)(newline - data) : size;
    *used = newline ? length + 1 : length;
    if (reader->begun || !newline)
        data = line_so_far(reader, data, &length);
    if (!newline && length <= PROTOCOL_RESPONSE_MAX)
        return PARSE_MORE;
    reader->done = true;
    return read_line(reader, data, length);
}
