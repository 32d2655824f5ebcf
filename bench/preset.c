#include "preset.h"

#include <stdio.h>
#include <string.h>

#define TALK_DRIVERS "null,sequential,threadpool,libev"

#define AS_IN_THE_TALK                                                                             \
    .concurrencies = "32,64,128,256,512,1024", .shapes = "fixed,gather", .backlogs = "4096,100",   \
    .overflow_shapes = "fixed,gather", .overflow_from = "0", .think = "100ms", .repetitions = "5", \
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
        .summary = "with 10 ms of thinking, three repetitions, backlog 100 at 1024 fixed only",
        .drivers = TALK_DRIVERS,
        .concurrencies = "32,64,128,256,512,1024",
        .shapes = "fixed,gather",
        .backlogs = "4096,100",
        .overflow_shapes = "fixed",
        .overflow_from = "1024",
        .think = "10ms",
        .repetitions = "3",
        .whole_processes = "1024",
    },
    {
        .name = "full",
        .summary = "every driver there is, at the talk's sizes",
        .drivers = "all",
        AS_IN_THE_TALK,
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
        {"concurrency", preset->concurrencies},
        {"shape", preset->shapes},
        {"backlog", preset->backlogs},
        {"think", preset->think},
        {"repetitions", preset->repetitions},
        {"overflow-shape", preset->overflow_shapes},
        {"overflow-from", preset->overflow_from},
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        for (const struct option_row *row = plan_option_rows; row->name; row++)
            if (!strcmp(row->name, settings[i].name) &&
                row->take(options, settings[i].value, error) < 0)
                return -1;
    return 0;
}
