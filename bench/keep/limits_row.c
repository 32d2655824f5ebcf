#include "limits_row.h"

const char *const limits_end_names[] = {[LIMITS_RAMPING] = "ramping",
                                        [LIMITS_TOP] = "top",
                                        [LIMITS_SLOW] = "slow",
                                        [LIMITS_FAILED] = "failed",
                                        [LIMITS_OWN] = "own",
                                        [LIMITS_MEMORY] = "memory",
                                        [LIMITS_TIME] = "time",
                                        [LIMITS_INTERRUPTED] = "interrupted",
                                        [LIMITS_UNUSABLE] = "unusable",
                                        [LIMITS_INVALID] = "invalid",
                                        NULL};

const char *limits_end_name(enum limits_end end)
{
    return limits_end_names[end];
}
