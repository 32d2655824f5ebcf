#include "workloads.h"

#include <string.h>

extern const struct workload workload_randint, workload_http, workload_fib;

const struct workload *const workloads[] = {
    &workload_randint,
    &workload_http,
    &workload_fib,
    NULL,
};

const struct workload *workload_find(const char *name)
{
    for (const struct workload *const *w = workloads; *w; w++)
        if (!strcmp((*w)->name, name))
            return *w;
    return NULL;
}
