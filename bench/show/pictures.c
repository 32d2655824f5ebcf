#include "pictures.h"

#include <stddef.h>

const struct picture pictures[] = {
    {"lesson", "Evidence",
     "Each measured figure with its interval or range, relative to the threshold of the claim.",
     PICTURE_OF_LESSON, false},
    {"limits", "Capacity", "Efficiency against requests in flight, up to the limit of each driver.",
     PICTURE_OF_LIMITS, false},
    {"talk", "Time per request",
     "The talk's chart: time per request (makespan ÷ requests) against requests in flight.",
     PICTURE_OF_CAMPAIGN, false},
    {"makespan", "Makespan",
     "From the start of a run to its last response, against requests in flight.",
     PICTURE_OF_CAMPAIGN, false},
    {"runs", "Runs", "The makespan of every run, with the medians.", PICTURE_OF_CAMPAIGN, false},
    {"waterfall", "Waterfall",
     "Every request of one run of each driver: when it connects, waits and reads.",
     PICTURE_OF_CAMPAIGN, true},
    {"latency", "Latency", "Latency by percentile, up to the slowest request.", PICTURE_OF_CAMPAIGN,
     true},
    {"completion", "Completion", "Responses completed over time.", PICTURE_OF_CAMPAIGN, true},
    {"usage", "Resource usage",
     "CPU time, system calls, context switches, memory, threads and page faults.",
     PICTURE_OF_CAMPAIGN, true},
    {"breakdown", "Latency breakdown", "The time of a mean request by phase.", PICTURE_OF_CAMPAIGN,
     true},
    {"predicted", "Prediction", "Measured makespans against those predicted before the first run.",
     PICTURE_OF_CAMPAIGN, true},
    {NULL, NULL, NULL, PICTURE_OF_CAMPAIGN, false},
};
