#include "trace_event.h"

#include <inttypes.h>

#include "bench/keep/store.h"

static void put_microseconds(FILE *file, nsec_t time)
{
    fprintf(file, "%" PRId64 ".%03d", time / 1000, (int)(time % 1000));
}

static void begin(struct trace_out *out, char phase, const struct trace_track *track,
                  const char *name)
{
    fprintf(out->file,
            "%s\n{\"ph\":\"%c\",\"pid\":%d,\"tid\":%u,\"name\":", out->events++ ? "," : "", phase,
            (int)track->process, track->thread);
    store_json_put(name, out->file);
}

void trace_begin(struct trace_out *out, char phase, const struct trace_track *track,
                 const char *name, nsec_t at)
{
    begin(out, phase, track, name);
    trace_put_time(out, "ts", at);
}

void trace_put_time(struct trace_out *out, const char *member, nsec_t time)
{
    fprintf(out->file, ",\"%s\":", member);
    put_microseconds(out->file, time);
}

void trace_put_text(struct trace_out *out, const char *member, const char *text)
{
    fprintf(out->file, ",\"%s\":", member);
    store_json_put(text, out->file);
}

void trace_end(struct trace_out *out)
{
    fputc('}', out->file);
}

void trace_put_slice(struct trace_out *out, const struct trace_track *track, const char *name,
                     nsec_t begin_at, nsec_t end_at)
{
    trace_begin(out, 'X', track, name, begin_at);
    trace_put_time(out, "dur", end_at - begin_at);
    trace_end(out);
}

void trace_put_counter(struct trace_out *out, enum trace_process process, const char *name,
                       nsec_t at, int64_t value)
{
    const struct trace_track track = {process, 0};
    trace_begin(out, 'C', &track, name, at);
    fprintf(out->file, ",\"args\":{\"requests\":%" PRId64 "}", value);
    trace_end(out);
}

static void put_metadata(struct trace_out *out, const struct trace_track *track, const char *kind,
                         const char *name)
{
    begin(out, 'M', track, kind);
    fputs(",\"args\":{\"name\":", out->file);
    store_json_put(name, out->file);
    fputs("}}", out->file);
}

static void put_place(struct trace_out *out, const struct trace_track *track, const char *kind,
                      unsigned place)
{
    begin(out, 'M', track, kind);
    fprintf(out->file, ",\"args\":{\"sort_index\":%u}}", place);
}

void trace_name_process(struct trace_out *out, enum trace_process process, const char *name)
{
    const struct trace_track track = {process, 0};
    put_metadata(out, &track, "process_name", name);
    put_place(out, &track, "process_sort_index", process);
}

void trace_name_track(struct trace_out *out, const struct trace_track *track, const char *name,
                      unsigned place)
{
    put_metadata(out, track, "thread_name", name);
    put_place(out, track, "thread_sort_index", place);
}
