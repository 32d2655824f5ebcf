#include "trace_life.h"

#include "bench/base/tcp_syn.h"

enum own_phase { WAIT, WORK };

const struct breakdown_row trace_own_phases[] = {
    [WAIT] = {"wait", "sent, no response yet: the server's times are not known"},
    [WORK] = {"work", "the workload's own work, in the client"},
    {0},
};

static void add_step(struct trace_life *life, enum trace_step_kind kind, nsec_t at)
{
    life->steps[life->count++] = (struct trace_step){.at = at, .kind = kind};
}

/* Returns its end, which is within the request. An empty phase takes no step. */
static nsec_t add_phase(struct trace_life *life, const char *name, nsec_t begin, nsec_t end)
{
    if (end > life->end)
        end = life->end;
    if (end <= begin)
        return begin;
    add_step(life, TRACE_PHASE, begin);
    life->steps[life->count - 1].name = name;
    life->steps[life->count - 1].end = end;
    return end;
}

static void add_retransmissions(struct trace_life *life, const struct trace_run *run, nsec_t end)
{
    unsigned n = tcp_syn_retransmissions(end - life->start, run->linear_timeouts);
    if (!run->infers_retransmissions)
        return;
    for (unsigned i = 0; i < n && i < TRACE_RETRANSMISSIONS_MAX; i++) {
        nsec_t at = life->start + tcp_syn_retransmission(i, run->linear_timeouts);
        nsec_t next = life->start + tcp_syn_retransmission(i + 1, run->linear_timeouts);
        if (run->infers_overflows)
            add_step(life, TRACE_OVERFLOW, at);
        add_step(life, TRACE_RETRANSMISSION, next < end ? next : end);
    }
}

static nsec_t add_connect(struct trace_life *life, const struct trace_run *run, nsec_t end)
{
    end = add_phase(life, breakdown_rows[BREAKDOWN_CONNECT].name, life->start, end);
    if (life->connects)
        add_retransmissions(life, run, end);
    add_step(life, TRACE_CONNECTED, end);
    return end;
}

/* With the server's times: the phases of the latency breakdown. */
static void add_breakdown(struct trace_life *life, const struct trace_run *run,
                          const nsec_t phases[BREAKDOWN_PHASES])
{
    nsec_t at = add_connect(life, run, life->start + phases[BREAKDOWN_CONNECT]);
    for (enum breakdown_phase p = BREAKDOWN_SEND; p < BREAKDOWN_PHASES; p++) {
        nsec_t delayed = phases[BREAKDOWN_DELAY] + phases[BREAKDOWN_OVERSHOOT];
        if (p == BREAKDOWN_DELAY) {
            nsec_t issued = at + delayed < life->end ? at + delayed : life->end;
            add_step(life, TRACE_RECEIVED, at);
            life->steps[life->count - 1].end = issued;
        }
        if (p == BREAKDOWN_BACK)
            add_step(life, TRACE_ISSUED, at);
        nsec_t end = p == BREAKDOWN_READ ? life->end : at + phases[p];
        at = add_phase(life, breakdown_rows[p].name, at, end);
    }
}

/* Without them: what the client saw, up to where it came. */
static void add_client_phases(struct trace_life *life, const struct trace_run *run,
                              const struct sample *sample)
{
    const struct {
        nsec_t end;
        const char *name;
    } phases[] = {
        {sample->sent, breakdown_rows[BREAKDOWN_SEND].name},
        {sample->first_byte, trace_own_phases[WAIT].name},
        {-1, breakdown_rows[BREAKDOWN_READ].name},
    };
    nsec_t at = add_connect(life, run, sample->connected < 0 ? life->end : sample->connected);
    bool reached = sample->connected >= 0;
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]) && reached; i++) {
        reached = phases[i].end >= 0;
        at = add_phase(life, phases[i].name, at, reached ? phases[i].end : life->end);
    }
}

void trace_life_make(const struct stored_request *request, const struct trace_run *run,
                     struct trace_life *out)
{
    const struct sample *sample = &request->sample;
    nsec_t phases[BREAKDOWN_PHASES];
    nsec_t end = sample->end < 0 ? run->end : sample->end;
    *out = (struct trace_life){.start = sample->start,
                               .end = end > sample->start ? end : sample->start};
    if (request->due < out->start)
        add_step(out, TRACE_DUE, request->due);
    add_step(out, TRACE_START, out->start);
    if (run->has_jobs && sample->first_byte == sample->start) { /* so is a job recorded */
        add_phase(out, trace_own_phases[WORK].name, out->start, out->end);
    } else if (run->has_network) {
        out->connects = !(sample->flags & SAMPLE_REUSED);
        out->told = breakdown_request(sample, request->due, phases);
        if (out->told)
            add_breakdown(out, run, phases);
        else
            add_client_phases(out, run, sample);
    }
    add_step(out, TRACE_END, out->end);
}
