/* Campaigns with a name: what ./run.sh does. */
#ifndef WAITBENCH_PRESET_H
#define WAITBENCH_PRESET_H

#include "plan.h"

struct preset {
    const struct option_value *options; /* of 'waitbench campaign', where they differ from talk's */
    struct plan_exclusions exclusions;
};

/* By the index of their words: talk, quick, full, fib. */
extern const struct option_word preset_words[];
extern const struct preset presets[];

/* The talk's, which a campaign without a preset has too. */
extern const struct option_value preset_talk_options[];

#endif
