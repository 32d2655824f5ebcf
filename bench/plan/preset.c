#include "preset.h"

#include <stdio.h>
#include <string.h>

#define TALK_DRIVERS "null,sequential,threadpool,libev"

/* What a request is, and how many. */
#define OF_THE_SERVER .workload = "randint", .requests = "1024", .burst_from = "0"

#define AS_IN_THE_TALK                                                                             \
    OF_THE_SERVER, .concurrencies = "32,64,128,256,512,1024", .arrivals = "closed,burst",          \
                   .backlogs = "4096,100", .overflow_arrivals = "closed,burst",                    \
                   .overflow_from = "0", .delay = "100ms", .repetitions = "5",                     \
                   .whole_processes = "32,256,1024"

static const struct preset presets[] = {
    {
        .name = "talk",
        .summary = "the talk's drivers and sizes, 100 ms of thinking",
        .drivers = TALK_DRIVERS,
        AS_IN_THE_TALK,
    },
    {
        .name = "quick",
        .summary = "with 10 ms of thinking, three repetitions, backlog 100 at 1024 closed only",
        .drivers = TALK_DRIVERS,
        OF_THE_SERVER,
        .concurrencies = "32,64,128,256,512,1024",
        .arrivals = "closed,burst",
        .backlogs = "4096,100",
        .overflow_arrivals = "closed",
        .overflow_from = "1024",
        .delay = "10ms",
        .repetitions = "3",
        .whole_processes = "1024",
    },
    {
        .name = "full",
        .summary = "every driver there is, at the talk's sizes",
        .drivers = "all",
        AS_IN_THE_TALK,
    },
    {
        /* The talk's eight elements take under 1 ms here, at eight at once; 1024 of them are work
         * enough to tell. Nobody thinks and nobody listens: the rest is as above. */
        .name = "fib",
        .summary = "the talk's work for the CPU: in series, on threads, processes and a loop",
        .drivers = "sequential,threadpool,prefork,libev",
        .workload = "fib",
        .requests = "1024",
        .concurrencies = "1,2,4,8",
        .arrivals = "closed,burst",
        .burst_from = "8",
        .backlogs = "4096",
        .overflow_arrivals = "closed",
        .overflow_from = "0",
        .delay = "100ms",
        .repetitions = "9",
        .whole_processes = "none",
    },
};

enum { PRESETS = sizeof(presets) / sizeof(presets[0]) };

const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (!strcmp(presets[i].name, name))
            return &presets[i];
    return NULL;
}

const char *preset_names(void)
{
    static char text[128];
    text[0] = '\0';
    for (size_t i = 0; i < PRESETS; i++)
        sprintf(text + strlen(text), "%s%s", i ? ", " : "", presets[i].name);
    return text;
}

int preset_apply(const struct preset *preset, struct plan_options *options, struct error *error)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"driver", preset->drivers},
        {"workload", preset->workload},
        {"requests", preset->requests},
        {"burst-from", preset->burst_from},
        {"concurrency", preset->concurrencies},
        {"arrivals", preset->arrivals},
        {"backlog", preset->backlogs},
        {"delay", preset->delay},
        {"repetitions", preset->repetitions},
        {"overflow-arrivals", preset->overflow_arrivals},
        {"overflow-from", preset->overflow_from},
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        for (const struct option_row *row = plan_option_rows; row->name; row++)
            if (!strcmp(row->name, settings[i].name) &&
                row->take(options, settings[i].value, error) < 0)
                return -1;
    return 0;
}
