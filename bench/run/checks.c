#include "checks.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/units.h"
#include "server_process.h"
#include "workloads/workloads.h"

/* Thresholds, in one place; docs/methodology.md says why each is what it is. */
static const double FOREIGN_CPU_SHARE = 0.10; /* of the machine's time during the run */
static const nsec_t FOREIGN_CPU_LEAST = 30 * NSEC_PER_MSEC; /* three granules of /proc/stat */
static const nsec_t HOST_STALL_MOST = 50 * NSEC_PER_MSEC;
static const double TOO_FAST_SHARE = 0.98; /* of the ideal, which nothing can beat */
static const double STEAL_SHARE = 0.02;
static const double THROTTLED_SHARE = 0.01;        /* of the makespan */
static const double SERVER_BUSY_SHARE = 0.95;      /* of the makespan: one loop has one core */
static const double SERVER_OVERSHOOT_SHARE = 0.10; /* of the thinking, for 1% of the responses */
static const nsec_t SERVER_OVERSHOOT_LEAST = 5 * NSEC_PER_MSEC;
static const double IN_FLIGHT_SHARE = 0.90; /* of what was asked for */

const char *checks_advice(int errnum)
{
    switch (errnum) {
    case EMFILE: return "; raise the limit on descriptors (ulimit -n) or lower the concurrency";
    case ENFILE: return "; raise fs.file-max or lower the concurrency";
    case EADDRNOTAVAIL:
        return "; ports ran out: widen net.ipv4.ip_local_port_range, or make fewer requests";
    case ENOMEM:
    case ENOBUFS: return "; memory ran out: lower the concurrency";
    case EAGAIN:
        return "; raise the limit on threads and processes (ulimit -u, kernel.pid_max, the "
               "container's pids.max) or lower the concurrency";
    case ECONNREFUSED: return "; is the server running, at that address?";
    default: return "";
    }
}

static void check_failures(struct run_record *record, const struct bench_case *c)
{
    for (size_t i = 0; i < record->failure_kinds; i++) {
        const struct run_failure *failure = &record->failures[i];
        const char *help = checks_advice(failure->errnum);
        if (failure->outcome == OUTCOME_CLOSED && c->keep_alive)
            help = "; was the server started with --keep-alive?";
        if (failure->outcome == OUTCOME_LOST)
            help = "; who killed it? Where memory ran out, the kernel's log says so (dmesg)";
        run_record_object(record, QUALITY_INVALID, "%zu of %zu requests failed: %s%s%s%s",
                          failure->count, record->requests, outcome_explain(failure->outcome),
                          failure->errnum ? ", " : "",
                          failure->errnum ? strerror(failure->errnum) : "", help);
    }
    if (record->not_started && !c->time_box)
        run_record_object(record, QUALITY_INVALID, "%zu requests were never started",
                          record->not_started);
    if (record->completed == 0 && record->failed == 0)
        run_record_object(record, QUALITY_INVALID, "not one request was made");
}

static void check_in_flight(struct run_record *record, const struct bench_case *c)
{
    int64_t reached = record->usage.value[USAGE_CLIENT][USAGE_IN_FLIGHT_MAX];
    size_t most = case_in_flight(c), wanted = c->requests < most ? c->requests : most;
    if ((double)reached < IN_FLIGHT_SHARE * (double)wanted)
        run_record_object(record, QUALITY_NOISY,
                          "at most %lld of %zu requests were in flight at once: the first were "
                          "answered before the last could be started; think longer (--think)",
                          (long long)reached, wanted);
}

static void check_overflow(struct run_record *record, const struct bench_case *c)
{
    const int64_t *system = record->usage.value[USAGE_SYSTEM];
    bool expected = c->concurrency > (unsigned)c->backlog;
    if (expected || (system[USAGE_LISTEN_OVERFLOWS] <= 0 && system[USAGE_SYN_RETRANSMITS] <= 0))
        return;
    run_record_object(record, QUALITY_NOISY,
                      "%lld accept-queue overflows and %lld SYNs resent, where the backlog should "
                      "have been enough: raise net.core.somaxconn and, for bursts, "
                      "net.core.netdev_max_backlog, and see who else uses the "
                      "network",
                      (long long)system[USAGE_LISTEN_OVERFLOWS],
                      (long long)system[USAGE_SYN_RETRANSMITS]);
}

static void check_server(struct run_record *record, const struct bench_case *c)
{
    char late[UNITS_TEXT_BYTES];
    int64_t cpu = record->usage.value[USAGE_SERVER][USAGE_CPU_NS];
    if ((double)cpu > SERVER_BUSY_SHARE * (double)record->makespan)
        run_record_object(record, QUALITY_NOISY,
                          "the server was busy for %.0f%% of the run: it set the pace, not the "
                          "driver; think longer or ask less",
                          100 * (double)cpu / (double)record->makespan);
    int64_t overshoot = server_stats_integer(record->server_json, "overshoot_p99_ns");
    if (overshoot > SERVER_OVERSHOOT_LEAST &&
        (double)overshoot > SERVER_OVERSHOOT_SHARE * (double)c->delay)
        run_record_object(
            record, QUALITY_NOISY,
            "the server answered 1%% of the requests more than %s late, for want of a CPU "
            "when they were due: give it cores of its own, or lower the concurrency",
            units_format_time(overshoot, late));
}

void checks_judge_machine(struct run_record *record)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const int64_t *system = record->usage.value[USAGE_SYSTEM];
    /* A tick of /proc/stat's 10 ms on each core may be too much. */
    double machine_time = (double)(record->makespan + 10 * NSEC_PER_MSEC) * (double)cores;
    int64_t foreign = system[USAGE_FOREIGN_CPU_NS], steal = system[USAGE_STEAL_NS];
    if (foreign > FOREIGN_CPU_LEAST && (double)foreign > FOREIGN_CPU_SHARE * machine_time)
        run_record_object(record, QUALITY_NOISY,
                          "others used %.0f%% of the machine during the run: stop them, or repeat "
                          "when it is quiet",
                          100 * (double)foreign / machine_time);
    if (steal > FOREIGN_CPU_LEAST && (double)steal > STEAL_SHARE * machine_time)
        run_record_object(record, QUALITY_NOISY,
                          "the hypervisor took %.0f%% of the machine's time: repeat, or use a "
                          "machine of your own",
                          100 * (double)steal / machine_time);
    int64_t throttled = system[USAGE_THROTTLED_NS];
    if ((double)throttled > THROTTLED_SHARE * (double)record->makespan)
        run_record_object(record, QUALITY_NOISY,
                          "the CPU quota of the control group (a container's --cpus) stopped the "
                          "run for %.1f ms in all: lift it, or hold cores back with taskset",
                          (double)throttled / NSEC_PER_MSEC);
}

static void check_too_fast(struct run_record *record, const struct bench_case *c)
{
    /* However groups of pipelined requests fall: a connection's are thought about one by one. */
    size_t requested = workload_server_requests(c->workload, record->completed);
    nsec_t ideal = ideal_makespan(requested, c->concurrency, 1, c->delay);
    if ((double)record->makespan < TOO_FAST_SHARE * (double)ideal)
        run_record_object(record, QUALITY_INVALID,
                          "faster than waiting allows: the server does not think as long as "
                          "--think says");
}

static void check_host_stall(struct run_record *record)
{
    char text[UNITS_TEXT_BYTES];
    int64_t host_stall = record->usage.value[USAGE_SYSTEM][USAGE_HOST_STALL_NS];
    if (host_stall > HOST_STALL_MOST)
        run_record_object(record, QUALITY_NOISY,
                          "the harness itself was once woken %s late: the machine stood still; "
                          "repeat, or use a quieter one",
                          units_format_time(host_stall, text));
}

/* Another program's samples are what it says; but a server has its own account. */
static void check_program(struct run_record *record, const struct bench_case *c)
{
    int64_t completed = server_stats_integer(record->server_json, "completed");
    int64_t told = (int64_t)record->completed;
    if (record->page)
        told += (int64_t)record->page->warmup_requests;
    if (c->driver->traits & DRIVER_PROGRAM && completed >= 0 && completed < told)
        run_record_object(record, QUALITY_INVALID,
                          "the server answered %lld requests, and the program says that it had "
                          "%lld responses",
                          (long long)completed, (long long)told);
}

void checks_judge(struct run_record *record, const struct bench_case *c)
{
    check_failures(record, c);
    if (record->quality == QUALITY_INVALID || c->driver->traits & DRIVER_OFFLINE)
        return;
    checks_judge_machine(record);
    check_host_stall(record);
    if (c->workload->local)
        return;
    check_program(record, c);
    check_too_fast(record, c);
    check_in_flight(record, c);
    check_overflow(record, c);
    check_server(record, c);
}
