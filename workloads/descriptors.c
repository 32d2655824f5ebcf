/* HTTP from processes that run short of descriptors. Each connection is one, and RLIMIT_NOFILE
 * limits how many a process has (getrlimit(2)). Here it is lowered to 200, so a few hundred
 * connections show what otherwise takes 20,000 or more. A process that is created has a table of
 * its own, with the same limit. */
#include "descriptors.h"

#include <errno.h>
#include <sys/resource.h>

#include "workloads.h"

static int lower_limit(const struct load *load, struct error *error)
{
    (void)load;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return error_errno(error, errno, "getrlimit");
    if (limit.rlim_max < FEW_DESCRIPTORS)
        return error_set(error, "a process may have only %llu descriptors",
                         (unsigned long long)limit.rlim_max);
    limit.rlim_cur = FEW_DESCRIPTORS;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        return error_errno(error, errno, "cannot lower the limit on descriptors");
    return 0;
}

const struct workload workload_few_descriptors = {
    .name = "few-descriptors",
    .summary = "http from processes of 200 descriptors",
    .provokes = EMFILE,
    .request = protocol_http_request,
    .response = protocol_http_response,
    .begin = lower_limit,
};
