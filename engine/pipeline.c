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
    const struct sample *first = batch_sample(batch, index);
    char *text = pipeline_text(pipeline, load->pipeline);
    size_t size = 0;
    pipeline->count = pipeline->current = 0;
    pipeline->wrong = false;
    for (;;) {
        struct pipelined *pipelined = &pipeline->requests[pipeline->count++];
        pipelined->sample = batch_sample(batch, index);
        pipelined->bound = load_bound(load, index);
        size += load->text ? load->text_bytes
                           : load_request(load, batch, index, pipelined->bound, text + size);
        ptrdiff_t next = pipeline->count < load->pipeline ? batch_next(batch) : BATCH_OVER;
        if (next == BATCH_OVER)
            return size;
        index = (size_t)next;
        *batch_sample(batch, index) = (struct sample){
            .start = first->start, .slot = first->slot, .outcome = OUTCOME_UNFINISHED};
    }
}

/* Requests of a group share the connection and the send. */
static void inherit(struct sample *sample, const struct sample *before)
{
    sample->connected = before->connected;
    sample->sent = before->sent;
    sample->flags = before->flags;
}

const struct pipelined *pipeline_next(struct pipeline *pipeline)
{
    const struct sample *before = pipeline->requests[pipeline->current].sample;
    const struct pipelined *next = &pipeline->requests[++pipeline->current];
    inherit(next->sample, before);
    return next;
}

void pipeline_fail(struct pipeline *pipeline)
{
    const struct sample *failed = pipeline->requests[pipeline->current].sample;
    while (++pipeline->current < pipeline->count) {
        struct sample *sample = pipeline->requests[pipeline->current].sample;
        inherit(sample, failed);
        sample->errnum = failed->errnum;
        sample->end = failed->end;
        sample->outcome = failed->outcome;
    }
}
