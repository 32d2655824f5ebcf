#include "pipeline.h"

#include <stdlib.h>

#include "lib/error.h"

void pipeline_open(struct load *load)
{
    load->pipelines = NULL;
    if (load->pipeline > 1)
        load->pipelines = xcalloc(load->concurrency, pipeline_bytes(load->pipeline));
}

void pipeline_close(struct load *load)
{
    free(load->pipelines);
    load->pipelines = NULL;
}

size_t pipeline_begin(struct pipeline *pipeline, struct batch *batch, size_t index)
{
    const struct load *load = batch->load;
    const struct sample *first = &batch->samples[index];
    char *requests = pipeline_requests(pipeline, load->pipeline);
    size_t size = 0;
    pipeline->count = pipeline->current = 0;
    pipeline->wrong = false;
    for (;;) {
        struct requested *requested = &pipeline->requested[pipeline->count++];
        requested->sample = &batch->samples[index];
        size += load_request(load, batch, index, requests + size, &requested->bound);
        ptrdiff_t next = pipeline->count < load->pipeline ? batch_next(batch) : BATCH_OVER;
        if (next == BATCH_OVER)
            return size;
        index = (size_t)next;
        batch->samples[index] = (struct sample){
            .start = first->start, .slot = first->slot, .outcome = OUTCOME_UNFINISHED};
    }
}

/* They share the connection and the sending. */
static void inherit(struct sample *sample, const struct sample *before)
{
    sample->connected = before->connected;
    sample->sent = before->sent;
    sample->flags = before->flags;
}

const struct requested *pipeline_next(struct pipeline *pipeline)
{
    const struct sample *before = pipeline->requested[pipeline->current].sample;
    const struct requested *next = &pipeline->requested[++pipeline->current];
    inherit(next->sample, before);
    return next;
}

void pipeline_fail(struct pipeline *pipeline)
{
    const struct sample *failed = pipeline->requested[pipeline->current].sample;
    while (++pipeline->current < pipeline->count) {
        struct sample *sample = pipeline->requested[pipeline->current].sample;
        inherit(sample, failed);
        sample->errnum = failed->errnum;
        sample->end = failed->end;
        sample->outcome = failed->outcome;
    }
}
