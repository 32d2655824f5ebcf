#include "limits_judge.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/tcp_syn.h"
#include "bench/run/checks.h"
#include "lib/units.h"
#include "bench/run/server_process.h"

static double per(int64_t value, size_t n)
{
    return value < 0 || n == 0 ? NAN : (double)value / (double)n;
}

static int64_t or_missing(int64_t value)
{
    return value < 0 ? -1 : value;
}

static void take_costs(const struct run_record *record, const struct bench_case *c,
                       int64_t memory_before, struct limits_costs *out)
{
    const int64_t *client = record->usage.value[USAGE_CLIENT];
    const int64_t *server = record->usage.value[USAGE_SERVER];
    const int64_t *machine = record->usage.value[USAGE_SYSTEM];
    int64_t left = record->watch.memory_available_bytes;
    int64_t taken = memory_before >= 0 && left >= 0 ? memory_before - left
                                                    : -1; /* negative: memory was freed */
    *out = (struct limits_costs){
        .in_flight = or_missing(client[USAGE_IN_FLIGHT_MAX]),
        .server_in_flight = or_missing(server[USAGE_IN_FLIGHT_MAX]),
        .client_bytes = per(client[USAGE_RSS_GROWTH_BYTES], c->concurrency),
        .peak_bytes = per(client[USAGE_PEAK_RSS_BYTES], c->concurrency),
        .server_bytes = per(server[USAGE_RSS_GROWTH_BYTES], c->concurrency),
        .socket_bytes = per(machine[USAGE_SOCKET_MEMORY_BYTES], c->concurrency),
        .machine_bytes = per(taken, c->concurrency),
        .slab_bytes = per(machine[USAGE_SLAB_BYTES], c->concurrency),
        .page_table_bytes = per(machine[USAGE_PAGE_TABLE_BYTES], c->concurrency),
        .client_cpu_ns = per(client[USAGE_CPU_NS], record->completed),
        .server_cpu_ns = per(server[USAGE_CPU_NS], record->completed),
    };
}

/* Caveats about other load on the machine. Overshoot of the server and queue overflows are expected
 * at a breaking point. */
static void take_noise(const struct run_record *record, char noise[LIMITS_REASON_BYTES])
{
    struct run_record alone = {.makespan = record->makespan, .usage = record->usage};
    checks_judge_machine(&alone);
    /* Only what happened; what to do about it is in the manual. */
    snprintf(noise, LIMITS_REASON_BYTES, "%.*s", (int)strcspn(alone.reasons, ":"), alone.reasons);
}

/* The first request that failed, by its end; NULL if none did. */
static const struct sample *first_failure(const struct run_record *record)
{
    const struct sample *first = NULL;
    for (size_t i = 0; i < record->requests && record->samples; i++) {
        const struct sample *sample = &record->samples[i];
        bool failed = sample->outcome != OUTCOME_OK && sample->outcome != OUTCOME_NOT_STARTED &&
                      sample->outcome != OUTCOME_UNFINISHED;
        if (failed && (!first || sample->end < first->end))
            first = sample;
    }
    return first;
}

enum { WHY_BYTES = 256 };

static void explain_slow(const struct limit_event *event, const struct limit_named *limit,
                         char why[WHY_BYTES])
{
    why[0] = '\0';
    if (event->syns_retransmitted > 0)
        snprintf(
            why, WHY_BYTES,
            "%lld of the connections found the accept queue full: their SYNs were retransmitted "
            "after a second or more",
            (long long)event->syns_retransmitted);
    else if (!strcmp(limit->name, "net.ipv4.ip_local_port_range"))
        snprintf(why, WHY_BYTES,
                 "connect() tries local ports of one parity first: once these are in use, each "
                 "further connection searches all of them in vain");
}

/* The kernel counts SYN retransmissions of the whole machine. Ours are connections that took as
 * long as the first one takes. */
static int64_t count_retransmitted(const struct run_record *record)
{
    int64_t counted = record->usage.value[USAGE_SYSTEM][USAGE_SYN_RETRANSMITS], ours = 0;
    for (size_t i = 0; i < record->requests && record->samples; i++) {
        const struct sample *sample = &record->samples[i];
        ours +=
            sample->connected && sample->connected - sample->start >= TCP_SYN_RETRANSMISSION_LEAST;
    }
    return ours < counted ? ours : counted;
}

/* The step was below the required efficiency, or did not end in time. */
static void judge_slow(const struct run_record *record, struct limit_event *event,
                       const struct machine_limits *machine, struct limits_result *out)
{
    char text[UNITS_TEXT_BYTES], why[WHY_BYTES];
    const struct measure_page *page = record->page;
    enum measure_stage stage = page->stage == MEASURE_FAILED ? page->failed_in : page->stage;
    event->slow = true;
    event->syns_retransmitted = count_retransmitted(record);
    event->overhead = record->makespan - event->c->delay;
    event->client_cpu = record->usage.value[USAGE_CLIENT][USAGE_CPU_NS];
    event->server_cpu = record->usage.value[USAGE_SERVER][USAGE_CPU_NS];
    out->end = LIMITS_SLOW;
    limit_name(event, machine, &out->limit);
    explain_slow(event, &out->limit, why);
    if (record->stopped == RUN_STOPPED_TIMEOUT)
        snprintf(out->reason, sizeof(out->reason), "%s did not end within %s%s%s",
                 measure_stage_name(stage), units_format_time(record->process, text),
                 *why ? "; " : "", why);
    else
        snprintf(out->reason, sizeof(out->reason), "%s",
                 *why || out->limit.name[0] ? why : out->noise);
}

/* The driver failed. A run that the harness refuses because of too few descriptors would have
 * failed with EMFILE, and counts as such. */
static void judge_driver(const struct run_record *record, struct limit_event *event,
                         const struct machine_limits *machine, struct limits_result *out)
{
    const struct measure_page *page = record->page;
    out->errnum = event->errnum = page->error.errnum;
    event->driver_failed = true;
    limit_name(event, machine, &out->limit);
    unsigned needed = event->c->concurrency + LOAD_SPARE_DESCRIPTORS;
    if (!out->errnum && needed > machine->value[MACHINE_DESCRIPTORS]) {
        out->errnum = EMFILE;
        snprintf(out->reason, sizeof(out->reason), "%u descriptors are needed", needed);
    } else {
        snprintf(out->reason, sizeof(out->reason), "%s failed: %s",
                 measure_stage_name(page->failed_in), page->error.text);
    }
}

static void judge_requests(const struct run_record *record, const struct sample *first,
                           struct limit_event *event, const struct machine_limits *machine,
                           struct limits_result *out)
{
    char cause[OUTCOME_CAUSE_BYTES];
    enum outcome outcome = (enum outcome)first->outcome;
    const char *why = outcome_cause(outcome, first->errnum, cause);
    bool wrong = outcome == OUTCOME_WRONG || outcome == OUTCOME_GARBLED;
    out->end = wrong ? LIMITS_INVALID : LIMITS_FAILED;
    out->errnum = event->errnum = outcome == OUTCOME_STATUS ? 0 : first->errnum;
    event->no_worker = outcome == OUTCOME_NO_WORKER;
    event->server_refused = server_stats_integer(record->server_json, "refused") > 0;
    if (!wrong)
        limit_name(event, machine, &out->limit);
    snprintf(out->reason, sizeof(out->reason), "%zu of %zu requests failed, the first: %s%s%s",
             record->failed, record->requests, outcome_explain(outcome), *why ? ": " : "", why);
}

/* A process died, or the figures are wrong: the reason is in the record. */
static void judge_rest(const struct run_record *record, struct limit_event *event,
                       const struct machine_limits *machine, struct limits_result *out)
{
    bool died = record->page->stage != MEASURE_COMPLETE;
    out->end = died ? LIMITS_FAILED : LIMITS_INVALID;
    event->killed = died;
    if (died)
        limit_name(event, machine, &out->limit);
    snprintf(out->reason, sizeof(out->reason), "%s", record->reasons);
}

void limits_judge(const struct run_record *record, const struct bench_case *c, double share,
                  int64_t memory_before, struct limits_result *out)
{
    struct machine_limits machine = {.value = {0}};
    struct limit_event event = {.c = c, .client_cpu = -1, .server_cpu = -1};
    const struct sample *first = first_failure(record);
    char bytes[UNITS_TEXT_BYTES];
    bool server_gone = !record->server_json[0] && c->delay > 0;
    *out = (struct limits_result){.end = LIMITS_FAILED, .efficiency = NAN, .limit.value = -1};
    take_costs(record, c, memory_before, &out->costs);
    if (record->quality != QUALITY_INVALID) {
        out->worked = true;
        if (c->delay)
            out->efficiency = (double)c->delay / (double)record->makespan;
        take_noise(record, out->noise);
        if (!c->delay || out->efficiency >= share) {
            out->end = LIMITS_RAMPING;
            return;
        }
    }
    machine_limits_read(&machine);
    if (out->worked || record->stopped == RUN_STOPPED_TIMEOUT) {
        judge_slow(record, &event, &machine, out);
    } else if (record->stopped == RUN_STOPPED_MEMORY) {
        out->end = LIMITS_MEMORY;
        snprintf(out->reason, sizeof(out->reason), "during the run the available memory fell to %s",
                 units_format_bytes(record->watch.memory_available_bytes, bytes));
    } else if (record->page->stage == MEASURE_FAILED) {
        judge_driver(record, &event, &machine, out);
    } else if (first && !server_gone) {
        judge_requests(record, first, &event, &machine, out);
    } else {
        judge_rest(record, &event, &machine, out);
    }
}
