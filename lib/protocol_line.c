/* The talk's line protocol, and the integers that both protocols carry. */
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

const char *protocol_parse_ask(const char *text, size_t length, const char *separator,
                               struct ask *ask)
{
    const char *think = memmem(text, length, separator, strlen(separator));
    size_t digits = think ? (size_t)(think - text) : length;
    const char *problem = protocol_parse_integer(text, digits, &ask->bound);
    ask->think = PROTOCOL_THINK_DEFAULT;
    if (problem || !think)
        return problem;
    char time[PROTOCOL_LINE_MAX + 1] = "";
    size_t skip = digits + strlen(separator);
    size_t size = length - skip;
    memcpy(time, text + skip, size < sizeof(time) ? size : 0);
    if (strlen(time) != size || units_parse_time(time, &ask->think, NULL) < 0 ||
        ask->think > PROTOCOL_THINK_MAX)
        return "bad thinking time: write it as 5ms or 1.5s, 60s at most";
    return NULL;
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

size_t protocol_line_ask(char *buffer, const struct ask *ask)
{
    size_t n = protocol_write_integer(buffer, ask->bound);
    if (ask->think != PROTOCOL_THINK_DEFAULT) {
        buffer[n++] = ' ';
        n += protocol_write_integer(buffer + n, ask->think);
        memcpy(buffer + n, "ns", 2);
        n += 2;
    }
    buffer[n++] = '\n';
    return n;
}

static enum parse_result answer_bad(struct answer_reader *reader, const char *problem)
{
    reader->problem = problem;
    return PARSE_BAD;
}

enum parse_result protocol_line_answer(struct answer_reader *reader, const char *data, size_t size)
{
    static const char error[] = "error: ";
    if (size == 0)
        return PARSE_MORE;
    if (reader->done)
        return answer_bad(reader, "more bytes came than were asked for");
    const char *newline = memchr(data, '\n', size);
    size_t taken = newline ? (size_t)(newline - data) : size;
    size_t room = PROTOCOL_LINE_MAX - reader->length;
    size_t kept = taken < room ? taken : room;
    memcpy(reader->text + reader->length, data, kept);
    reader->length = (uint8_t)(reader->length + kept);
    if (!newline && taken <= room)
        return PARSE_MORE;
    reader->done = true;
    /* An error may be a longer line than any integer: its beginning says enough. */
    if (!strncmp(reader->text, error, sizeof(error) - 1)) {
        reader->refused = true;
        return answer_bad(reader, "the server answered with an error");
    }
    if (taken > room)
        return answer_bad(reader, "the answer's line is too long");
    if (taken + 1 < size)
        return answer_bad(reader, "more bytes came than were asked for");
    if (protocol_parse_integer(reader->text, reader->length, &reader->value))
        return answer_bad(reader, "the answer is not an integer");
    return PARSE_DONE;
}
