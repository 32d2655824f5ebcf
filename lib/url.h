/* URLs of http://, as much of them as a client needs: where to connect, and what to request there
 * (RFC 3986; RFC 9110, 4.2.1). */
#ifndef WAITBENCH_URL_H
#define WAITBENCH_URL_H

#include "net.h"

enum {
    URL_BYTES = 1024,                                         /* room for a whole one */
    URL_REQUEST_BYTES = URL_BYTES + NET_AUTHORITY_BYTES + 96, /* room for its request */
};

struct url {
    char host[NET_HOST_MAX + 1]; /* an IPv6 address is without its brackets */
    uint16_t port;
    const char
        *target; /* the path and the query, in the text that was parsed; "/" if it has none */
};

/* Parse "http://HOST[:PORT][/PATH][?QUERY]". No name is resolved. Returns 0, or -1 with what is
 * wrong and what to do. */
int url_parse(const char *text, struct url *out, struct error *error);

/* Write the request for it, whose Host header is `authority`, into `buffer` (URL_REQUEST_BYTES);
 * returns its length. */
size_t url_request(const struct url *url, const char *authority, bool keep_alive, char *buffer);

#endif
