#include "pictures.h"

const struct picture pictures[] = {
    {"lesson", "Evidence",
     "Each measured figure with its interval or range, relative to the threshold of the claim."},
    {"limits", "Capacity",
     "Efficiency against requests in flight, up to the limit of each driver."},
    {"talk", "Time per request",
     "The talk's chart: time per request (makespan ÷ requests) against requests in flight."},
    {"makespan", "Makespan",
     "From the start of a run to its last response, against requests in flight."},
    {"runs", "Runs", "The makespan of every run, with the medians."},
    {"waterfall", "Waterfall",
     "Every request of one run of each driver: when it connects, waits and reads."},
    {"latency", "Latency", "Latency by percentile, up to the slowest request."},
    {"completion", "Completion", "Responses completed over time."},
    {"usage", "Resource usage",
     "CPU time, system calls, context switches, memory, threads and page faults."},
    {"breakdown", "Latency breakdown", "The time of a mean request by phase."},
    {"predicted", "Prediction", "Measured makespans against those predicted before the first run."},
    {0},
};
