/* The requests of a run as few bytes for a page: integers of a coarse unit, differences of
 * neighbours, then raw deflate (RFC 1951). bench/show/replay_data.js unpacks them.
 *
 * Requests are in an order of the caller's, every k-th of them from the first on. Eight columns
 * follow each other, of one number a request: which points in time it reached, a bit for each, and
 * then each point. A point is the time since the last one before it that the request reached, of
 * the first since the start of the request before; all but the first are differences to what the
 * request before had there. Points that were not reached are 0. A number is a zigzag varint: the
 * sign is the lowest bit, seven bits a byte, the lowest first, with a high bit where more follow.
 */
#ifndef WAITBENCH_SAMPLE_PACK_H
#define WAITBENCH_SAMPLE_PACK_H

#include <stddef.h>

#include "engine/sample.h"

/* In the order of a request's life. The server's are limited to between those of the client. */
enum sample_point {
    SAMPLE_START,
    SAMPLE_CONNECTED,
    SAMPLE_SENT,
    SAMPLE_RECEIVED,  /* by the server */
    SAMPLE_RESPONDED, /* likewise */
    SAMPLE_FIRST_BYTE,
    SAMPLE_END,
    SAMPLE_POINTS,
    SAMPLE_OK = SAMPLE_POINTS, /* no point: the bit of a request that was completed */
};

/* The points of a request, each no earlier than that before it; -1 where it did not get there. The
 * sample is as store_each_request() has it: -1 where it did not get there, and `received` is 0
 * where the server did not say its times. */
void sample_points(const struct sample *sample, nsec_t points[SAMPLE_POINTS]);

/* The unit for a run of this length: 10 us or, of a long one, so coarse that its length is at most
 * 20000 of them; 1, 2 or 5 times a power of ten. */
nsec_t sample_pack_unit(nsec_t length);

/* How many of `n` requests there are if every `every`-th is taken. */
size_t sample_pack_count(size_t n, size_t every);

/* The bytes, to be freed, and how many they are. `n` is at least 1. */
unsigned char *sample_pack(const struct sample *samples, size_t n, size_t every, nsec_t unit,
                           size_t *size);

#endif
