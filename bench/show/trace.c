#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/output.h"
#include "bench/base/tcp_syn.h"
#include "trace_timeline.h"

struct trace {
    struct store *store;
    const struct campaign_info *campaign;
    const struct trace_chosen *chosen;
    struct trace_out out;
    /* The server's, or "". */
    char account[sizeof(((struct run_record *)0)->server_json)];
};

/* ---- the server's workers ---- */

/* What a worker counted, from the server's account: for as long as the server ran. */
struct workers {
    struct store *store;
    int64_t accepted[TRACE_WORKERS_MAX], completed[TRACE_WORKERS_MAX];
    int64_t total; /* of workers, those that are not listed included */
    size_t listed;
    int64_t *list; /* that is being read */
};

static void take_element(void *target, const char *key, const char *value)
{
    struct workers *workers = target;
    (void)key;
    if (value && workers->listed < TRACE_WORKERS_MAX)
        workers->list[workers->listed++] = strtoll(value, NULL, 10);
}

static void take_member(void *target, const char *key, const char *value)
{
    struct workers *workers = target;
    const struct {
        const char *one, *list;
        int64_t *values;
    } rows[] = {{"accepted", "accepted_by_worker", workers->accepted},
                {"completed", "completed_by_worker", workers->completed}};
    if (!strcmp(key, "workers") && value)
        workers->total = strtoll(value, NULL, 10);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!strcmp(key, rows[i].one) && value && !workers->listed)
            rows[i].values[0] = strtoll(value, NULL, 10);
        if (strcmp(key, rows[i].list) != 0 || !value)
            continue;
        workers->list = rows[i].values;
        workers->listed = 0;
        store_json_each(workers->store, value, take_element, workers, NULL);
    }
}

static void put_worker(struct trace *trace, const struct workers *workers, unsigned i,
                       struct trace_tracks *tracks)
{
    char name[96];
    struct trace_track track = trace_tracks_worker(tracks, i);
    snprintf(name, sizeof(name), "accepted %" PRId64 ", completed %" PRId64, workers->accepted[i],
             workers->completed[i]);
    trace_begin(&trace->out, 'X', &track, name, 0);
    trace_put_time(&trace->out, "dur", trace->chosen->run.makespan);
    fprintf(trace->out.file,
            ",\"args\":{\"accepted\":%" PRId64 ",\"completed\":%" PRId64
            ",\"since\":\"the server's start, warm-up included\"}",
            workers->accepted[i], workers->completed[i]);
    trace_end(&trace->out);
}

static void put_workers(struct trace *trace, struct trace_tracks *tracks)
{
    struct workers *workers = xcalloc(1, sizeof(*workers));
    workers->store = trace->store;
    if (*trace->account &&
        store_json_each(trace->store, trace->account, take_member, workers, NULL) == 0) {
        tracks->one_worker = workers->total == 1;
        size_t shown = workers->listed ? workers->listed : workers->total == 1;
        for (unsigned i = 0; i < shown; i++)
            put_worker(trace, workers, i, tracks);
    }
    free(workers);
}

/* ---- what the run was ---- */

static void begin_member(FILE *file, const char *name)
{
    fputs(",\n", file);
    store_json_put(name, file);
    fputc(':', file);
}

static void put_member(FILE *file, const char *name, const char *text)
{
    begin_member(file, name);
    store_json_put(text, file);
}

static void put_number(FILE *file, const char *name, int64_t number)
{
    begin_member(file, name);
    if (number == USAGE_NOT_AVAILABLE)
        fputs("null", file);
    else
        fprintf(file, "%" PRId64, number);
}

static void put_case(const struct bench_case *c, FILE *file)
{
    const char *separator = "{";
    begin_member(file, "case");
    for (const struct case_field *field = case_fields; field->name; field++) {
        struct case_value value = case_get(c, field);
        fputs(separator, file);
        store_json_put(field->name, file);
        fputc(':', file);
        if (value.word)
            store_json_put(value.word, file);
        else
            fprintf(file, "%" PRId64, value.number);
        separator = ",";
    }
    fputc('}', file);
}

static void put_meaning(FILE *file, const char **separator, const char *name, const char *meaning)
{
    fputs(*separator, file);
    store_json_put(name, file);
    fputc(':', file);
    store_json_put(meaning, file);
    *separator = ",";
}

static void put_meanings(FILE *file)
{
    const char *separator = "{";
    begin_member(file, "meaning");
    for (enum breakdown_phase p = BREAKDOWN_CONNECT; p < BREAKDOWN_PHASES; p++)
        put_meaning(file, &separator, breakdown_rows[p].name, breakdown_rows[p].explain);
    for (const struct breakdown_row *row = trace_own_phases; row->name; row++)
        put_meaning(file, &separator, row->name, row->explain);
    for (enum trace_counter i = 0; i < TRACE_COUNTERS; i++)
        put_meaning(file, &separator, trace_counter_rows[i].name, trace_counter_rows[i].explain);
    fputc('}', file);
}

/* The kernel's counts are of the whole machine, and without times. */
static void put_inferred(const struct trace *trace, const struct trace_timeline *timeline)
{
    FILE *file = trace->out.file;
    put_number(file, "syn_retransmissions_counted_by_kernel", trace->chosen->run.syn_retransmits);
    put_number(file, "syn_retransmissions_inferred", (int64_t)timeline->retransmissions);
    put_number(file, "accept_queue_overflows_counted_by_kernel",
               trace->chosen->run.listen_overflows);
    put_number(file, "accept_queue_overflows_inferred", (int64_t)timeline->overflows);
    put_member(
        file, "inferred",
        "the kernel counts SYN retransmissions and accept-queue overflows of the whole machine "
        "and does not say when: their times here follow from connections that took as long as a "
        "retransmission of the SYN takes");
    put_number(file, "tcp_syn_linear_timeouts", timeline->run.linear_timeouts);
}

static void put_switches(FILE *file, const struct trace_switches *switches)
{
    bool recorded = switches->lost >= 0;
    put_number(file, "scheduler_switches",
               recorded ? (int64_t)switches->switches : USAGE_NOT_AVAILABLE);
    put_number(file, "scheduler_switches_lost", recorded ? switches->lost : USAGE_NOT_AVAILABLE);
    if (!recorded)
        put_member(file, "why_no_scheduler_switches",
                   *switches->why ? switches->why : "not recorded: add --switches to the campaign");
}

static void put_environment(const struct trace *trace)
{
    static const char *const keys[] = {"revision", "kernel", "cpu", "cores"};
    char value[256];
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (store_environment(trace->store, trace->campaign->id, keys[i], value, sizeof(value)))
            put_member(trace->out.file, keys[i], value);
}

static void put_other_data(const struct trace *trace, const struct trace_timeline *timeline)
{
    char label[CASE_LABEL_BYTES];
    FILE *file = trace->out.file;
    const struct stored_run *run = &trace->chosen->run;
    const struct bench_case *c = &trace->chosen->c;
    fputs("\"otherData\":{\"program\":\"waitbench\"", file);
    put_member(file, "campaign", trace->campaign->id);
    put_member(file, "label", case_label(c, case_unusual(c), label));
    put_case(c, file);
    put_number(file, "seed", (int64_t)trace->campaign->seed);
    put_number(file, "run", run->id);
    put_number(file, "block", run->block);
    put_member(file, "quality", quality_names[run->quality]);
    put_member(file, "caveats", run->reasons);
    put_number(file, "requests", (int64_t)timeline->requests);
    put_number(file, "completed", (int64_t)run->completed);
    put_number(file, "failed", (int64_t)run->failed);
    put_number(file, "requests_with_server_times", (int64_t)timeline->told);
    put_number(file, "makespan_ns", run->makespan);
    put_inferred(trace, timeline);
    put_switches(file, &timeline->switches);
    put_environment(trace);
    put_meanings(file);
    begin_member(file, "server");
    fputs(*trace->account ? trace->account : "null", file);
    fputc('}', file);
}

/* ---- the whole ---- */

static void name_processes(struct trace *trace)
{
    char name[URL_BYTES + 128];
    const struct bench_case *c = &trace->chosen->c;
    snprintf(name, sizeof(name), "client: driver %s, a track per slot", c->driver->name);
    trace_name_process(&trace->out, TRACE_CLIENT, name);
    if (case_is_local(c))
        return;
    snprintf(name, sizeof(name), "server: %s", case_model(c));
    trace_name_process(&trace->out, TRACE_SERVER, name);
}

/* Requests without an end were under way until the run was stopped, whose time is not recorded: it
 * was when the process ended, which has also started, set up and warmed up. */
static nsec_t end_of(const struct stored_run *run)
{
    nsec_t stopped = run->process - run->setup - run->warmup - run->teardown;
    return stopped > run->makespan ? stopped : run->makespan;
}

static struct trace_run run_of(const struct trace *trace)
{
    char setting[64] = "", kernel[256] = "";
    const struct stored_run *run = &trace->chosen->run;
    const struct bench_case *c = &trace->chosen->c;
    const char *id = trace->campaign->id;
    store_environment(trace->store, id, "net.ipv4.tcp_syn_linear_timeouts", setting,
                      sizeof(setting));
    store_environment(trace->store, id, "kernel", kernel, sizeof(kernel));
    return (struct trace_run){
        .end = end_of(run),
        .has_network = !case_is_local(c),
        .has_jobs = c->workload && c->workload->work,
        .infers_retransmissions = run->syn_retransmits != 0,
        .infers_overflows = run->listen_overflows != 0,
        .linear_timeouts = tcp_syn_linear_timeouts(setting, kernel),
    };
}

static int write_all(struct trace *trace, struct trace_timeline *timeline, struct error *error)
{
    FILE *file = trace->out.file;
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", file);
    name_processes(trace);
    put_workers(trace, &timeline->tracks);
    if (trace_timeline_write(timeline, trace->store, trace->chosen->run.id, error) < 0)
        return -1;
    fputs("\n],\n", file);
    put_other_data(trace, timeline);
    fputs("}\n", file);
    return output_flush(file, "the trace", error);
}

int trace_write(struct store *store, const struct campaign_info *campaign,
                const struct trace_chosen *chosen, FILE *out, struct error *error)
{
    struct trace trace = {
        .store = store, .campaign = campaign, .chosen = chosen, .out = {.file = out}};
    struct trace_timeline timeline = {.out = &trace.out,
                                      .tracks = {.out = &trace.out},
                                      .switches = {.out = &trace.out, .end = chosen->run.makespan}};
    store_run_account(store, chosen->run.id, trace.account, sizeof(trace.account));
    timeline.run = run_of(&trace);
    int result = write_all(&trace, &timeline, error);
    trace_timeline_release(&timeline);
    return result;
}
