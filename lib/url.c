#include "url.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "units.h"

static const char SCHEME[] = "http://", SECURE_SCHEME[] = "https://";

static bool begins_with(const char *text, const char *scheme)
{
    return strncasecmp(text, scheme, strlen(scheme)) == 0;
}

/* What cannot be sent as it is, or would be sent as something else. */
static int check_text(const char *text, struct error *error)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~')
            return error_set(error,
                             "'%.80s' has a blank, a control character or one beyond ASCII: write "
                             "it as %%%02X",
                             text, (unsigned char)*c);
    if (strlen(text) >= URL_BYTES)
        return error_set(error, "the URL is too long: %d bytes at most", URL_BYTES - 1);
    if (begins_with(text, SECURE_SCHEME))
        return error_set(error, "waitbench speaks no TLS: give the service an http:// address, or "
                                "measure what is behind its TLS proxy");
    if (!begins_with(text, SCHEME))
        return error_set(error, "'%.80s' is not a URL: write http://HOST:PORT/PATH", text);
    if (strchr(text, '#'))
        return error_set(error, "a fragment ('#…') is not sent to a server: leave it out");
    return 0;
}

/* A name, an IPv4 address, or an IPv6 address in brackets. Returns how many bytes it has, or 0. */
static size_t host_length(const char *text)
{
    size_t length = *text == '[' ? strcspn(text, "]/?") : strcspn(text, ":/?");
    bool v6 = text[0] == '[' && text[length] == ']';
    for (size_t i = v6 ? 1 : 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr(v6 ? ":." : "-._", text[i]))
            return 0;
    return v6 ? length + 1 : length;
}

static int parse_port(const char *text, size_t length, uint16_t *port, struct error *error)
{
    char digits[8];
    int64_t value;
    snprintf(digits, sizeof(digits), "%.*s", (int)length, text);
    bool plain = length < sizeof(digits) && strspn(digits, "0123456789") == length;
    if (!plain || units_parse_count(digits, 1, UINT16_MAX, &value, NULL) < 0)
        return error_set(error, "'%.*s' is not a port: it is from 1 to %d",
                         length < 40 ? (int)length : 40, text, UINT16_MAX);
    *port = (uint16_t)value;
    return 0;
}

int url_parse(const char *text, struct url *out, struct error *error)
{
    if (check_text(text, error) < 0)
        return -1;
    const char *host = text + strlen(SCHEME), *end = host + strcspn(host, "/?");
    if (memchr(host, '@', (size_t)(end - host)))
        return error_set(error, "a URL with a user's name or password is not supported");
    size_t length = host_length(host), brackets = *host == '[';
    const char *rest = host + length;
    if (length <= 2 * brackets || length > NET_HOST_MAX || (rest < end && *rest != ':'))
        return error_set(error, "'%.80s' has no host: write http://HOST:PORT/PATH", text);
    *out = (struct url){.port = NET_HTTP_PORT, .target = *end ? end : "/"};
    memcpy(out->host, host + brackets, length - 2 * brackets);
    return rest == end ? 0 : parse_port(rest + 1, (size_t)(end - rest - 1), &out->port, error);
}

size_t url_request(const struct url *url, const char *authority, bool keep_alive, char *buffer)
{
    return (size_t)sprintf(buffer,
                           "GET %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: waitbench\r\n%s\r\n",
                           url->target[0] == '/' ? "" : "/", url->target, authority,
                           keep_alive ? "" : "Connection: close\r\n");
}
