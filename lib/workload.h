/* What a request is. A workload is a const struct in a file of workloads/ and one line in its
 * table; drivers run whichever they are given through the exchange and never look inside. */
#ifndef WAITBENCH_WORKLOAD_H
#define WAITBENCH_WORKLOAD_H

#include "protocol.h"

struct workload {
    const char *name, *summary;
    const char *framing; /* how an answer ends, for programs that are told: "line" or "http" */
    /* Write an ask into PROTOCOL_ASK_BYTES of `buffer`; return its length. */
    size_t (*ask)(char *buffer, const struct ask *ask);
    /* Take bytes of the answer, in as many pieces as they come. */
    enum parse_result (*answer)(struct answer_reader *reader, const char *data, size_t size);
};

#endif
