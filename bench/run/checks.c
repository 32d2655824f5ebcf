#include "checks.h"

#include <errno.h>
#include <unistd.h>

#include "lib/units.h"
#include "rank_checks.h"
#include "server_process.h"
#include "workloads/workloads.h"

/* Thresholds; docs/methodology.md explains each. */
static const double FOREIGN_CPU_SHARE = 0.10; /* of the machine's time during the run */
static const nsec_t FOREIGN_CPU_LEAST = 30 * NSEC_PER_MSEC; /* three ticks of /proc/stat */
static const nsec_t HOST_STALL_MOST = 50 * NSEC_PER_MSEC;
static const double TOO_FAST_SHARE = 0.98; /* of the ideal makespan, the lower bound */
static const double STEAL_SHARE = 0.02;
static const double THROTTLED_SHARE = 0.01;   /* of the makespan */
static const double SERVER_BUSY_SHARE = 0.95; /* of the makespan: one event loop uses one core */
static const double SERVER_OVERSHOOT_SHARE = 0.10; /* of the delay, for 1% of the responses */
static const nsec_t SERVER_OVERSHOOT_LEAST = 5 * NSEC_PER_MSEC;
static const double IN_FLIGHT_SHARE = 0.90; /* of the requested number */
static const nsec_t LAG_LEAST = NSEC_PER_MSEC / 2;
static const double LAG_NOISY_SHARE = 0.10;   /* of the p99 of latencies, for 1% of the requests */
static const double LAG_INVALID_SHARE = 0.50; /* of the median latency, for half of them */
static const double GAPS_MOST = 0.05;         /* distance of probabilities */
static const double GAPS_CHANCE = 0.01;

const char *checks_advice(int errnum)
{
    switch (errnum) {
    case EMFILE: return "; raise the limit on descriptors (ulimit -n) or lower the concurrency";
    case ENFILE: return "; raise fs.file-max or lower the concurrency";
    case EADDRNOTAVAIL:
        return "; no local ports left: widen net.ipv4.ip_local_port_range, or make fewer requests";
    case ENOMEM:
    case ENOBUFS: return "; out of memory: lower the concurrency";
    case EAGAIN:
        return "; raise the limit on threads and processes (ulimit -u, kernel.pid_max, the "
               "container's pids.max) or lower the concurrency";
    case ECONNREFUSED: return "; check that the server runs at that address";
    default: return "";
    }
}

/* By design of the workload: a socket or its connection is what it makes short. */
static bool is_provoked(const struct run_failure *failure, const struct workload *workload)
{
    bool connecting = failure->outcome == OUTCOME_CONNECT || failure->outcome == OUTCOME_NO_SOCKET;
    return workload->provokes && connecting && failure->errnum == workload->provokes;
}

static void check_failures(struct run_record *record, const struct bench_case *c)
{
    for (size_t i = 0; i < record->failure_kinds; i++) {
        const struct run_failure *failure = &record->failures[i];
        char cause[OUTCOME_CAUSE_BYTES];
        bool status = failure->outcome == OUTCOME_STATUS;
        const char *why = outcome_cause(failure->outcome, failure->errnum, cause);
        const char *help = status ? "" : checks_advice(failure->errnum);
        if (is_provoked(failure, c->workload)) {
            run_record_add_caveat(record, QUALITY_NOISY,
                                  "%zu of %zu requests failed, as workload %s provokes: %s, %s",
                                  failure->count, record->requests, c->workload->name,
                                  outcome_explain(failure->outcome), why);
            continue;
        }
        bool ours = record->page && record->page->server_pid;
        if (failure->outcome == OUTCOME_CLOSED && c->keep_alive && !ours)
            help = case_has_url(c)
                       ? "; if it closes idle connections, lengthen that timeout, or leave out "
                         "--keep-alive"
                       : "; check that the server runs with --keep-alive";
        if (failure->outcome == OUTCOME_LOST)
            help = "; if memory ran out, the kernel's log has it (dmesg)";
        run_record_add_caveat(record, QUALITY_INVALID, "%zu of %zu requests failed: %s%s%s%s",
                              failure->count, record->requests, outcome_explain(failure->outcome),
                              *why ? ", " : "", why, help);
    }
    if (record->not_started && !c->time_box)
        run_record_add_caveat(record, QUALITY_INVALID, "%zu requests were never started",
                              record->not_started);
    if (record->completed == 0 && record->failed == 0)
        run_record_add_caveat(record, QUALITY_INVALID, "no request was made");
}

/* Then ports are free that should not be. */
static void check_time_wait(struct run_record *record, const struct bench_case *c)
{
    int64_t lost = record->usage.value[USAGE_SYSTEM][USAGE_TIME_WAIT_OVERFLOWS];
    if (c->workload->provokes == EADDRNOTAVAIL && lost > 0)
        run_record_add_caveat(record, QUALITY_INVALID,
                              "%lld connections were not kept in TIME_WAIT, as the machine has too "
                              "many: wait a minute, or raise net.ipv4.tcp_max_tw_buckets",
                              (long long)lost);
}

/* With open arrivals the schedule decides how many are in flight; a summary does not have it. */
static void check_in_flight(struct run_record *record, const struct bench_case *c)
{
    if (case_is_open(c) || record->summary)
        return;
    int64_t reached = record->usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX];
    size_t most = case_in_flight(c), wanted = c->requests < most ? c->requests : most;
    if ((double)reached < IN_FLIGHT_SHARE * (double)wanted)
        run_record_add_caveat(record, QUALITY_NOISY,
                              "at most %lld of %zu requests were in flight at once, because the "
                              "first completed before the last could start; %s",
                              (long long)reached, wanted,
                              case_has_url(c) ? "lower --concurrency" : "raise --delay");
}

static bool is_late(nsec_t lag, nsec_t latency, double share)
{
    return lag > LAG_LEAST && (double)lag > share * (double)latency;
}

/* Beyond capacity the latency is the length of the run. The driver's part in that is how long its
 * lag keeps slots which requests could use. */
static void check_lag_of_overload(struct run_record *record)
{
    const struct audit *audit = &record->audit;
    char lag[UNITS_TEXT_BYTES], slot_time[UNITS_TEXT_BYTES];
    bool most = is_late(audit->lag_p50, audit->slot_time_p50, LAG_INVALID_SHARE);
    if (most || is_late(audit->lag_p50, audit->slot_time_p50, LAG_NOISY_SHARE))
        run_record_add_caveat(
            record, most ? QUALITY_INVALID : QUALITY_NOISY,
            "the driver%s too slow for the rate: it started half of the requests %s late or more "
            "although a slot was free, of %s until their responses: lower --rate, or give it a CPU "
            "of its own",
            most ? ", not the server, was" : " was part of what was",
            units_format_time(audit->lag_p50, lag),
            units_format_time(audit->slot_time_p50, slot_time));
}

/* What the generator is late counts as latency, and is none of the server's. */
static void check_lag(struct run_record *record)
{
    const struct audit *audit = &record->audit;
    char lag[UNITS_TEXT_BYTES], latency[UNITS_TEXT_BYTES];
    bool half = is_late(audit->lag_p50, record->latency_p50, LAG_INVALID_SHARE);
    if (half || is_late(audit->lag_p99, record->latency_p99, LAG_NOISY_SHARE))
        run_record_add_caveat(
            record, half ? QUALITY_INVALID : QUALITY_NOISY,
            "the driver started %s of the requests %s late or more, beside %s of latency: lower "
            "--rate, or give it a CPU of its own",
            half ? "half" : "1%", units_format_time(half ? audit->lag_p50 : audit->lag_p99, lag),
            units_format_time(half ? record->latency_p50 : record->latency_p99, latency));
}

static void check_gaps(struct run_record *record)
{
    const struct audit *audit = &record->audit;
    if (audit->gap_distance > GAPS_MOST && audit->gap_chance < GAPS_CHANCE)
        run_record_add_caveat(
            record, QUALITY_NOISY,
            "the gaps between requests were not those of a Poisson process: their distribution is "
            "off by %.2f (Kolmogorov-Smirnov), because requests were started late; lower --rate",
            audit->gap_distance);
}

static void check_audit(struct run_record *record, const struct bench_case *c)
{
    if (record->summary && case_is_open(c))
        run_record_add_caveat(record, QUALITY_NOISY,
                              "whether %zu requests started when they were to was not audited, as "
                              "samples of so many do not come back from ranks: make fewer",
                              record->requests);
    if (record->audit.overloaded) {
        check_lag_of_overload(record);
        return;
    }
    check_lag(record);
    check_gaps(record);
}

static void check_overflow(struct run_record *record, const struct bench_case *c)
{
    const int64_t *system = record->usage.value[USAGE_SYSTEM];
    bool expected = !case_has_url(c) && c->concurrency > (unsigned)c->backlog;
    if (expected || (system[USAGE_LISTEN_OVERFLOWS] <= 0 && system[USAGE_SYN_RETRANSMITS] <= 0))
        return;
    run_record_add_caveat(record, QUALITY_NOISY,
                          "%lld accept-queue overflows and %lld SYN retransmissions%s: raise %s"
                          "net.core.somaxconn and, for bursts, net.core.netdev_max_backlog, and "
                          "check for other network traffic",
                          (long long)system[USAGE_LISTEN_OVERFLOWS],
                          (long long)system[USAGE_SYN_RETRANSMITS],
                          case_has_url(c) ? "" : ", although the backlog is large enough",
                          case_has_url(c) ? "the service's listen backlog, " : "");
}

/* As many as it has workers, which can each use one. */
static double server_cpus(const struct run_record *record)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t workers = server_stats_integer(record->server_json, "workers");
    return workers < 1 ? 1 : workers < cores ? (double)workers : (double)cores;
}

static void check_server(struct run_record *record, const struct bench_case *c)
{
    char text[UNITS_TEXT_BYTES];
    int64_t cpu = record->usage.value[USAGE_SERVER][USAGE_CPU_NS];
    /* Where the server works, or its model is what is compared, it may well be the limit. */
    double share = (double)cpu / ((double)record->makespan * server_cpus(record));
    if (share > SERVER_BUSY_SHARE && case_has_usual_server(c))
        run_record_add_caveat(record, QUALITY_NOISY,
                              "the server was busy for %.0f%% of the run, so it limited the "
                              "result, not the driver; raise --delay or reduce load",
                              100 * share);
    int64_t overshoot = server_stats_integer(record->server_json, "overshoot_p99_ns");
    if (overshoot > SERVER_OVERSHOOT_LEAST &&
        (double)overshoot > SERVER_OVERSHOOT_SHARE * (double)c->delay)
        run_record_add_caveat(
            record, QUALITY_NOISY,
            "the server's overshoot was above %s for 1%% of the responses, because no CPU was "
            "available when they were due: give it its own cores, or lower the concurrency",
            units_format_time(overshoot, text));
}

void checks_judge_machine(struct run_record *record)
{
    long cores = record->cores ? (long)record->cores : sysconf(_SC_NPROCESSORS_ONLN);
    const int64_t *system = record->usage.value[USAGE_SYSTEM];
    /* /proc/stat may be off by a tick of 10 ms on each core. */
    double machine_time = (double)(record->makespan + 10 * NSEC_PER_MSEC) * (double)cores;
    int64_t foreign = system[USAGE_FOREIGN_CPU_NS], steal = system[USAGE_STEAL_NS];
    if (foreign > FOREIGN_CPU_LEAST && (double)foreign > FOREIGN_CPU_SHARE * machine_time)
        run_record_add_caveat(record, QUALITY_NOISY,
                              "other processes used %.0f%% of the machine during the run: stop "
                              "them, or repeat when it is idle",
                              100 * (double)foreign / machine_time);
    if (steal > FOREIGN_CPU_LEAST && (double)steal > STEAL_SHARE * machine_time)
        run_record_add_caveat(
            record, QUALITY_NOISY,
            "the hypervisor took %.0f%% of the machine's time: repeat, or use a dedicated machine",
            100 * (double)steal / machine_time);
    int64_t throttled = system[USAGE_THROTTLED_NS];
    if ((double)throttled > THROTTLED_SHARE * (double)record->makespan)
        run_record_add_caveat(
            record, QUALITY_NOISY,
            "the CPU quota of the control group (a container's --cpus) throttled the run for %.1f "
            "ms in all: remove it, or restrict cores with taskset instead",
            (double)throttled / NSEC_PER_MSEC);
}

static void check_too_fast(struct run_record *record, const struct bench_case *c)
{
    /* The server delays the requests of a connection one by one, however they are pipelined. */
    size_t requested = workload_server_requests(c->workload, record->completed);
    nsec_t ideal = ideal_makespan(requested, c->concurrency, 1, c->delay);
    char makespan[UNITS_TEXT_BYTES], bound[UNITS_TEXT_BYTES];
    if ((double)record->makespan < TOO_FAST_SHARE * (double)ideal)
        run_record_add_caveat(record, QUALITY_INVALID,
                              "the makespan of %s is below the ideal of %s: the server's delay is "
                              "shorter than --delay",
                              units_format_time(record->makespan, makespan),
                              units_format_time(ideal, bound));
}

static void check_host_stall(struct run_record *record)
{
    char text[UNITS_TEXT_BYTES];
    int64_t host_stall = record->usage.value[USAGE_SYSTEM][USAGE_HOST_STALL_NS];
    if (host_stall > HOST_STALL_MOST)
        run_record_add_caveat(
            record, QUALITY_NOISY,
            "the host stalled: the harness itself was woken %s late; repeat, or use a quieter host",
            units_format_time(host_stall, text));
}

/* An external program reports its own samples: compare them with the server's counters. */
static void check_program(struct run_record *record, const struct bench_case *c)
{
    int64_t completed = server_stats_integer(record->server_json, "completed");
    int64_t reported = (int64_t)record->completed;
    if (record->page)
        reported += (int64_t)record->page->warmup_requests;
    if (c->driver->traits & DRIVER_PROGRAM && completed >= 0 && completed < reported)
        run_record_add_caveat(
            record, QUALITY_INVALID,
            "the server completed %lld requests, but the program reported %lld responses",
            (long long)completed, (long long)reported);
}

void checks_judge(struct run_record *record, const struct bench_case *c)
{
    check_failures(record, c);
    check_time_wait(record, c);
    if (record->quality == QUALITY_INVALID || c->driver->traits & DRIVER_OFFLINE)
        return;
    rank_checks_judge(record, c);
    checks_judge_machine(record);
    check_host_stall(record);
    if (c->workload->local)
        return;
    check_program(record, c);
    check_too_fast(record, c);
    check_in_flight(record, c);
    check_audit(record, c);
    check_overflow(record, c);
    check_server(record, c);
}
