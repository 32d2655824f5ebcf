#include "workloads.h"

#include <string.h>

extern const struct workload workload_randint, workload_http;

const struct workload *const workloads[] = {
    &workload_randint,
    &workload_http,
    NULL,
};

const struct workload *workload_find(const char *name)
{
    for (const struct workload *const *w = workloads; *w; w++)
        if (!strcmp((*w)->name, name))
            return *w;
    return NULL;
}
