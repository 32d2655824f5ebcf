/* The account as JSON. Flat, integers only and with units in the names, so that json_extract(stats,
 * '$.overshoot_p99_ns') reads one. The names are an interface: add to them, change none. */
#include "account.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static int64_t timeval_ns(struct timeval t)
{
    return t.tv_sec * NSEC_PER_SEC + t.tv_usec * NSEC_PER_USEC;
}

size_t account_json(const struct account *account, const struct account_settings *settings,
                    char *buffer)
{
    const struct histogram *overshoot = &account->overshoot;
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    const struct {
        const char *name;
        int64_t value;
    } fields[] = {
        {"pid", getpid()},
        {"uptime_ns", clock_now() - account->started},
        {"delay_ns", settings->delay},
        {"idle_ns", settings->idle},
        {"backlog", settings->backlog},
        {"backlog_effective", settings->backlog_effective},
        {"seed", (int64_t)settings->seed},
        {"connection_bytes", (int64_t)settings->connection_bytes},
        {"accepted", (int64_t)account->accepted},
        {"open", (int64_t)account->open},
        {"in_flight", (int64_t)account->in_flight},
        {"in_flight_max", (int64_t)account->in_flight_max},
        {"completed", (int64_t)account->completed},
        {"aborted", (int64_t)account->aborted},
        {"refused", (int64_t)account->refused},
        {"bad_requests", (int64_t)account->bad_requests},
        {"timed_out", (int64_t)account->timed_out},
        {"overshoot_count", (int64_t)overshoot->total},
        {"overshoot_p50_ns", histogram_percentile(overshoot, 0.50)},
        {"overshoot_p99_ns", histogram_percentile(overshoot, 0.99)},
        {"overshoot_max_ns", overshoot->max},
        {"cpu_user_ns", timeval_ns(usage.ru_utime)},
        {"cpu_system_ns", timeval_ns(usage.ru_stime)},
    };
    _Static_assert(ARRAY_LEN(fields) * 48 < ACCOUNT_JSON_BYTES, "a field takes at most 48 bytes");
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        n += (size_t)sprintf(buffer + n, "%s\"%s\": %" PRId64, i ? ", " : "{", fields[i].name,
                             fields[i].value);
    n += (size_t)sprintf(buffer + n, "}\n");
    return n;
}
