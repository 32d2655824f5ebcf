/* One run as a trace: a file in the trace-event format (JSON) that Perfetto and chrome://tracing
 * show. A process for the driver, with a track per slot, and one for the server; counters and
 * instants. */
#ifndef WAITBENCH_TRACE_H
#define WAITBENCH_TRACE_H

#include "trace_choice.h"

/* Returns 0 or -1. */
int trace_write(struct store *store, const struct campaign_info *campaign,
                const struct trace_chosen *chosen, FILE *out, struct error *error);

#endif
