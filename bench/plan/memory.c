#include "memory.h"

#include <inttypes.h>

#include "lib/units.h"

enum { PROCESS_BYTES = 192 * 1024 }; /* a forked process, page tables and kernel stack included */

size_t memory_of_samples(size_t requests, enum arrivals arrivals)
{
    return requests * (sizeof(struct sample) + (arrivals_are_open(arrivals) ? sizeof(nsec_t) : 0));
}

/* Samples are kept of all requests, or of each slot's latest. */
static size_t samples_of(const struct bench_case *c)
{
    return case_is_summed_up(c) ? c->concurrency : c->requests;
}

static int64_t bytes_of_request(const struct bench_case *c)
{
    return (int64_t)memory_of_samples(1, c->arrivals) + MEMORY_DIGEST_BYTES;
}

int64_t memory_of_requests(const struct bench_case *c)
{
    return (int64_t)samples_of(c) * bytes_of_request(c);
}

static int64_t memory_of_processes(const struct bench_case *c)
{
    int64_t of_driver = c->driver->traits & DRIVER_PROCESSES ? c->concurrency : 0;
    int64_t of_parts = c->parts > 1 ? c->parts : 0;
    return (of_driver + of_parts) * PROCESS_BYTES;
}

int64_t memory_of_case(const struct bench_case *c)
{
    return memory_of_requests(c) + memory_of_processes(c);
}

static const char *advice(const struct bench_case *c)
{
    if (case_is_open(c))
        return "lower --rate, --duration or --requests";
    return c->arrivals == ARRIVALS_BURST ? "lower the concurrency" : "lower --requests";
}

int memory_check(const struct bench_case *c, int64_t available, struct error *error)
{
    char wanted[UNITS_TEXT_BYTES], there[UNITS_TEXT_BYTES];
    int64_t left = available - memory_of_processes(c);
    if (available < 0 || memory_of_case(c) <= available)
        return 0;
    if (left < 0)
        return error_set(error,
                         "the processes may need %s of memory and %s are available: lower the "
                         "concurrency",
                         units_format_bytes(memory_of_processes(c), wanted),
                         units_format_bytes(available, there));
    return error_set(error,
                     "the %zu requests of a run need %s of memory and %s are available, enough for "
                     "%" PRId64 ": %s",
                     c->requests, units_format_bytes(memory_of_requests(c), wanted),
                     units_format_bytes(left, there), left / bytes_of_request(c), advice(c));
}
