#include "limits_row.h"

#include <string.h>

static const char *const names[LIMITS_ENDS] = {
    [LIMITS_RAMPING] = "ramping",   [LIMITS_TOP] = "top",
    [LIMITS_SLOW] = "slow",         [LIMITS_FAILED] = "failed",
    [LIMITS_OWN] = "own",           [LIMITS_MEMORY] = "memory",
    [LIMITS_TIME] = "time",         [LIMITS_INTERRUPTED] = "interrupted",
    [LIMITS_UNUSABLE] = "unusable", [LIMITS_INVALID] = "invalid",
};

const char *limits_end_name(enum limits_end end)
{
    return names[end];
}

enum limits_end limits_end_parse(const char *name)
{
    for (int i = 0; i < LIMITS_ENDS; i++)
        if (!strcmp(names[i], name))
            return (enum limits_end)i;
    return LIMITS_RAMPING;
}
