#include "sample_pack.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

#include "lib/error.h"

enum {
    VARINT_BYTES = 10,
    UNIT_LEAST_NS = 10000,
    UNITS_MOST = 20000, /* of a run's length */
};

static nsec_t between(nsec_t at, nsec_t low, nsec_t high)
{
    return at < low ? low : at > high ? high : at;
}

void sample_points(const struct sample *s, nsec_t points[SAMPLE_POINTS])
{
    bool told = s->received > 0;
    points[SAMPLE_START] = s->start;
    points[SAMPLE_CONNECTED] = s->connected;
    points[SAMPLE_SENT] = s->sent;
    points[SAMPLE_RECEIVED] = told ? s->received : -1;
    points[SAMPLE_RESPONDED] =
        told ? s->received + ((nsec_t)s->delay_100ns + s->overshoot_100ns) * 100 : -1;
    points[SAMPLE_FIRST_BYTE] = s->first_byte;
    points[SAMPLE_END] = s->end;
    /* The clocks of two cores may differ; and the server may read a request before the client
     * learns that it is connected, or has sent: those times are then the server's. */
    nsec_t low = s->start, high = s->first_byte >= 0 ? s->first_byte : INT64_MAX;
    nsec_t read = told ? between(s->received, low, high) : high;
    for (int p = SAMPLE_CONNECTED; p < SAMPLE_END; p++)
        if (points[p] >= 0)
            low = points[p] = between(points[p], low, p <= SAMPLE_RECEIVED ? read : high);
}

nsec_t sample_pack_unit(nsec_t length)
{
    static const int steps[] = {1, 2, 5};
    for (nsec_t power = UNIT_LEAST_NS;; power *= 10)
        for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
            if (length / UNITS_MOST <= power * steps[i])
                return power * steps[i];
}

size_t sample_pack_count(size_t n, size_t every)
{
    return (n + every - 1) / every;
}

static unsigned char *put_number(unsigned char *to, int64_t number)
{
    uint64_t rest = ((uint64_t)number << 1) ^ (number < 0 ? UINT64_MAX : 0);
    for (; rest >= 0x80; rest >>= 7)
        *to++ = (unsigned char)(rest | 0x80);
    *to++ = (unsigned char)rest;
    return to;
}

/* Since the point before, as the header says. */
static void differences(const nsec_t points[SAMPLE_POINTS], nsec_t unit, int64_t start_before,
                        int64_t out[SAMPLE_POINTS])
{
    int64_t before = start_before;
    for (int p = 0; p < SAMPLE_POINTS; p++) {
        int64_t at = points[p] / unit;
        out[p] = points[p] < 0 ? 0 : at - before;
        before = points[p] < 0 ? before : at;
    }
}

static int64_t reached(const nsec_t points[SAMPLE_POINTS], bool ok)
{
    int64_t bits = ok ? 1 << SAMPLE_OK : 0;
    for (int p = 0; p < SAMPLE_POINTS; p++)
        bits |= points[p] >= 0 ? 1 << p : 0;
    return bits;
}

/* One row of the columns a request: the bits, then the points. */
static void fill_row(const struct sample *sample, nsec_t unit, int64_t *start_before,
                     int64_t gaps_before[SAMPLE_POINTS], int64_t *row)
{
    nsec_t points[SAMPLE_POINTS];
    int64_t gaps[SAMPLE_POINTS];
    sample_points(sample, points);
    differences(points, unit, *start_before, gaps);
    row[0] = reached(points, sample->outcome == OUTCOME_OK);
    row[1] = gaps[SAMPLE_START];
    for (int p = SAMPLE_CONNECTED; p < SAMPLE_POINTS; p++)
        row[1 + p] = gaps[p] - gaps_before[p];
    *start_before = points[SAMPLE_START] / unit;
    memcpy(gaps_before, gaps, sizeof(gaps));
}

static unsigned char *deflated(const unsigned char *from, size_t length, size_t *size)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t most = deflateBound(&stream, (uLong)length);
    unsigned char *to = xcalloc(most, 1);
    stream.next_in = from;
    stream.avail_in = (uInt)length;
    stream.next_out = to;
    stream.avail_out = (uInt)most;
    deflate(&stream, Z_FINISH);
    *size = stream.total_out;
    deflateEnd(&stream);
    return to;
}

unsigned char *sample_pack(const struct sample *samples, size_t n, size_t every, nsec_t unit,
                           size_t *size)
{
    enum { COLUMNS = 1 + SAMPLE_POINTS };
    size_t rows = sample_pack_count(n, every);
    int64_t(*table)[COLUMNS] = xcalloc(rows, sizeof(*table));
    int64_t start_before = 0, gaps_before[SAMPLE_POINTS] = {0};
    for (size_t i = 0; i < rows; i++)
        fill_row(&samples[i * every], unit, &start_before, gaps_before, table[i]);
    unsigned char *numbers = xcalloc(rows, COLUMNS * VARINT_BYTES), *to = numbers;
    for (int column = 0; column < COLUMNS; column++)
        for (size_t i = 0; i < rows; i++)
            to = put_number(to, table[i][column]);
    unsigned char *packed = deflated(numbers, (size_t)(to - numbers), size);
    free(numbers);
    free(table);
    return packed;
}
