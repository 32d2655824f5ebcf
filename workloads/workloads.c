#include "workloads.h"

#include <string.h>

#define ROW(id) &workload_##id,
const struct workload *const workloads[] = {WORKLOADS(ROW) NULL};

const struct workload *workload_find(const char *name)
{
    for (const struct workload *const *w = workloads; *w; w++)
        if (!strcmp((*w)->name, name))
            return *w;
    return NULL;
}

size_t workload_server_requests(const struct workload *workload, size_t requests)
{
    size_t sent = workload->work && !workload->is_job ? 0 : requests;
    for (size_t i = 0; workload->is_job && i < requests; i++)
        sent -= workload->is_job(&(struct job){.index = i, .requests = requests});
    return sent;
}
