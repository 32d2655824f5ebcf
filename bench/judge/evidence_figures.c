/* The common figures of a run, for lessons. */
#include "evidence.h"

#include <math.h>

#include "bench/plan/case_fields.h"

static double time_or_nan(nsec_t time)
{
    return time < 0 ? NAN : clock_seconds(time);
}

static double count_or_nan(int64_t count)
{
    return count == USAGE_NOT_AVAILABLE ? NAN : (double)count;
}

static double client(const struct run_view *view, enum usage_metric metric)
{
    return count_or_nan(view->usage[USAGE_CLIENT][metric]);
}

static double per_request(const struct run_view *view, double value)
{
    return value / (double)view->run->completed;
}

double figure_makespan(const struct run_view *view)
{
    return clock_seconds(view->run->makespan);
}

double figure_efficiency(const struct run_view *view)
{
    nsec_t ideal = case_ideal(view->c, view->run->completed);
    return ideal ? (double)ideal / (double)view->run->makespan : NAN;
}

double figure_throughput(const struct run_view *view)
{
    return (double)view->run->completed / clock_seconds(view->run->makespan);
}

double figure_latency_p50(const struct run_view *view)
{
    return time_or_nan(view->run->latency_p50);
}

double figure_latency_p99(const struct run_view *view)
{
    return time_or_nan(view->run->latency_p99);
}

double figure_latency_max(const struct run_view *view)
{
    return time_or_nan(view->run->latency_max);
}

double figure_first_response(const struct run_view *view)
{
    return time_or_nan(view->run->completions.first);
}

double figure_half_completed(const struct run_view *view)
{
    return time_or_nan(view->run->completions.half);
}

double figure_most_completed(const struct run_view *view)
{
    return time_or_nan(view->run->completions.most);
}

double figure_last_response(const struct run_view *view)
{
    return time_or_nan(view->run->completions.last);
}

double figure_first_over_last(const struct run_view *view)
{
    return figure_first_response(view) / figure_last_response(view);
}

double figure_client_cpu_per_request(const struct run_view *view)
{
    return per_request(view, client(view, USAGE_CPU_NS) / NSEC_PER_SEC);
}

double figure_client_syscalls_per_request(const struct run_view *view)
{
    return per_request(view, client(view, USAGE_SYSCALLS));
}

/* Of all threads of the server together, in the whole run. */
double figure_server_runnable_wait(const struct run_view *view)
{
    return count_or_nan(view->usage[USAGE_SERVER][USAGE_RUNNABLE_WAIT_NS]) / NSEC_PER_SEC;
}

double figure_switches_per_request(const struct run_view *view)
{
    return per_request(view, client(view, USAGE_VOLUNTARY_SWITCHES) +
                                 client(view, USAGE_INVOLUNTARY_SWITCHES));
}

double figure_waits_per_request(const struct run_view *view)
{
    return per_request(view, client(view, USAGE_VOLUNTARY_SWITCHES));
}

double figure_faults_per_request(const struct run_view *view)
{
    return per_request(view, client(view, USAGE_MINOR_FAULTS));
}

double figure_resident_growth(const struct run_view *view)
{
    return client(view, USAGE_RSS_GROWTH_BYTES);
}

double figure_virtual_growth(const struct run_view *view)
{
    return client(view, USAGE_VM_GROWTH_BYTES);
}

double figure_kernel_stacks(const struct run_view *view)
{
    return count_or_nan(view->usage[USAGE_SYSTEM][USAGE_KERNEL_STACK_BYTES]);
}

double figure_resident_per_connection(const struct run_view *view)
{
    return figure_resident_growth(view) / view->c->concurrency;
}

double figure_virtual_per_connection(const struct run_view *view)
{
    return figure_virtual_growth(view) / view->c->concurrency;
}

double figure_in_flight(const struct run_view *view)
{
    return client(view, USAGE_IN_FLIGHT_MAX);
}

double figure_syn_retransmits(const struct run_view *view)
{
    return count_or_nan(view->run->syn_retransmits);
}

double figure_listen_overflows(const struct run_view *view)
{
    return count_or_nan(view->run->listen_overflows);
}
