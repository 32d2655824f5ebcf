#include "pictures.h"

#include <stddef.h>

const struct picture pictures[] = {
    {"lesson", PICTURE_OF_LESSON, "Evidence",
     "Each measured figure with its 95% interval, relative to the threshold of the claim.", false},
    {"limits", PICTURE_OF_LIMITS, "Capacity",
     "Efficiency against requests in flight, up to the limit of each driver.", false},
    {"talk", PICTURE_OF_CAMPAIGN, "Time per request",
     "The talk's chart: time per request (makespan ÷ requests) against requests in flight.", false},
    {"makespan", PICTURE_OF_CAMPAIGN, "Makespan",
     "Time until all requests are completed, against requests in flight.", false},
    {"runs", PICTURE_OF_CAMPAIGN, "Runs", "The makespan of every run, behind the median.", false},
    {"waterfall", PICTURE_OF_CAMPAIGN, "Waterfall",
     "Every request of one run of each driver: when it connects, waits and reads.", true},
    {"latency", PICTURE_OF_CAMPAIGN, "Latency", "Latency by percentile, up to the slowest request.",
     true},
    {"completion", PICTURE_OF_CAMPAIGN, "Completion", "Responses completed over time.", true},
    {"usage", PICTURE_OF_CAMPAIGN, "Resource usage",
     "CPU time, system calls, context switches, memory and threads per request.", true},
    {"breakdown", PICTURE_OF_CAMPAIGN, "Latency breakdown", "The time of a mean request by phase.",
     true},
    {"predicted", PICTURE_OF_CAMPAIGN, "Prediction",
     "Measured makespans against those predicted before the first run.", true},
    {NULL, PICTURE_OF_CAMPAIGN, NULL, NULL, false},
};
