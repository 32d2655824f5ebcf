#include "preset.h"

const struct option_word preset_words[] = {
    {"talk", NULL}, {"quick", NULL}, {"full", NULL}, {"fib", NULL}, {0}};

/* The talk's drivers and sizes. */
const struct option_value preset_talk_options[] = {
    {"driver", "null,sequential,threadpool,libev"},
    {"workload", "randint"},
    {"requests", "1024"},
    {"concurrency", "32,64,128,256,512,1024"},
    {"arrivals", "closed,burst"},
    {"backlog", "4096,100"},
    {"delay", "100ms"},
    {"repetitions", "6"},
    {"whole-process", "32,256,1024"},
    {0},
};

/* The same in 20 seconds. */
static const struct option_value quick_options[] = {
    {"delay", "10ms"},
    {"repetitions", "3"},
    {"whole-process", "1024"},
    {0},
};

/* Every driver there is. */
static const struct option_value full_options[] = {{"driver", "all"}, {0}};

/* The talk's work for the CPU: in series, on threads, processes and a loop. Its eight elements take
 * under 1 ms here, at eight at once; 1024 of them are work enough to tell. */
static const struct option_value fib_options[] = {
    {"driver", "sequential,threadpool,prefork,libev"},
    {"workload", "fib"},
    {"concurrency", "1,2,4,8"},
    {"backlog", "4096"},
    {"repetitions", "9"},
    {"whole-process", "none"},
    {0},
};

#define CLOSED_ONLY                                                                                \
    {                                                                                              \
        .items = {ARRIVALS_CLOSED}, .count = 1                                                     \
    }

const struct preset presets[] = {
    {.options = preset_talk_options},
    {.options = quick_options,
     .exclusions = {.overflow_arrivals = CLOSED_ONLY, .overflow_from = 1024}},
    {.options = full_options},
    {.options = fib_options, .exclusions = {.overflow_arrivals = CLOSED_ONLY, .burst_from = 8}},
};
