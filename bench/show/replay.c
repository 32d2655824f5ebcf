/* A page carries the requests of as many runs as its budget allows, and says how many are left out:
 * complete ones for the player first, then a few requests of each for the view of one run. */
#include "replay.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/tcp_syn.h"
#include "bench/keep/folder.h"
#include "html.h"
#include "lib/embed.h"
#include "replay_runs.h"
#include "sample_pack.h"
#include "lib/place.h"

EMBED(replay_data_js, "bench/show/replay_data.js");
EMBED(replay_stage_js, "bench/show/replay_stage.js");
EMBED(replay_js, "bench/show/replay.js");
EMBED(run_view_js, "bench/show/run_view.js");

enum {
    DATA_BYTES = 240000,       /* with the player's 42 kB this is less than 300 kB */
    COMPLETE_BYTES = 170000,   /* of these, for complete runs */
    COMPLETE_REQUESTS = 20000, /* a run of more is too large to be played */
    THINNED_REQUESTS = 64,     /* of any other run */
};

struct replay {
    struct store *store;
    const struct judgement *judgement;
    const char *results;
    struct replay_run *candidates;
    size_t n;
    const struct case_summary **cases; /* that the page has so far */
    size_t case_count;
    FILE *case_data, *run_data;
    char *case_text, *run_text;
    size_t case_bytes, run_bytes;
    size_t complete, thinned;
};

/* ---- data ---- */

static size_t bytes_so_far(struct replay *replay)
{
    fflush(replay->case_data);
    fflush(replay->run_data);
    return replay->case_bytes + replay->run_bytes;
}

/* ["libev", "libev", 1024, 100, "closed", "libev closed 1024, backlog 100"]: what a track is
 * called, the driver, C, backlog, what else is to be chosen, and all of it in words. The cases of a
 * lesson are known by their variants and shown together. */
static void put_case(const struct case_summary *s, FILE *out)
{
    const struct bench_case *c = &s->c;
    char label[CASE_LABEL_BYTES], setting[CASE_LABEL_BYTES] = "the lesson's cases";
    unsigned chosen = CASE_BIT(driver) | CASE_BIT(concurrency) | CASE_BIT(backlog);
    case_label(c, case_unusual(c), label);
    if (!c->variant)
        case_label(c, (case_unusual(c) | CASE_BIT(arrivals)) & ~chosen, setting);
    fputc('[', out);
    store_json_put(c->variant ? c->variant : c->driver->name, out);
    fputc(',', out);
    store_json_put(c->driver->name, out);
    fprintf(out, ",%u,%d,", c->variant ? 0 : c->concurrency, c->variant ? 0 : c->backlog);
    store_json_put(setting, out);
    fputc(',', out);
    store_json_put(label, out);
    fputc(']', out);
}

static size_t case_index(struct replay *replay, const struct case_summary *s)
{
    for (size_t i = 0; i < replay->case_count; i++)
        if (replay->cases[i] == s)
            return i;
    if (replay->case_count)
        fputs(",\n", replay->case_data);
    put_case(s, replay->case_data);
    replay->cases[replay->case_count] = s;
    return replay->case_count++;
}

static void put_count_or_null(int64_t count, FILE *out)
{
    if (count == USAGE_NOT_AVAILABLE)
        fputs("null,", out);
    else
        fprintf(out, "%" PRId64 ",", count);
}

/* Microseconds by phase; null where the server did not say. */
static void put_breakdown(struct replay *replay, int64_t run_id, FILE *out)
{
    double mean_s[BREAKDOWN_PHASES];
    struct error error;
    if (store_run_breakdown(replay->store, run_id, mean_s, &error) < 0 || isnan(mean_s[0])) {
        fputs("null,", out);
        return;
    }
    for (int p = 0; p < BREAKDOWN_PHASES; p++)
        fprintf(out, "%s%.0f", p ? "," : "[", isnan(mean_s[p]) ? 0 : mean_s[p] * 1e6);
    fputs("],", out);
}

/* The requests of a run, in the order in which they were due. */
struct requests {
    struct sample *samples;
    size_t n, room;
};

static int take_request(void *target, const struct stored_request *request, struct error *error)
{
    struct requests *requests = target;
    (void)error;
    if (requests->n == requests->room) {
        requests->room = requests->room ? 2 * requests->room : 1024;
        requests->samples = xrealloc(requests->samples, requests->room, sizeof(*requests->samples));
    }
    requests->samples[requests->n++] = request->sample;
    return 0;
}

struct packed {
    size_t requests, every, size;
    nsec_t unit;
    unsigned char *bytes;
};

/* In the order of `columns` in put_data(). */
static void put_run(struct replay *replay, const struct replay_run *candidate,
                    const struct packed *packed)
{
    const struct stored_run *run = candidate->run;
    FILE *out = replay->run_data;
    if (replay->complete + replay->thinned)
        fputs(",\n", out);
    fprintf(out, "[%" PRId64 ",%zu,%u,\"%s\",", run->id, case_index(replay, candidate->summary),
            run->block, quality_names[run->quality]);
    store_json_put(run->started_at, out);
    fprintf(out, ",%" PRId64 ",", (int64_t)run->makespan);
    put_count_or_null(run->syn_retransmits, out);
    put_count_or_null(run->listen_overflows, out);
    put_breakdown(replay, run->id, out);
    fprintf(out, "%zu,%zu,%" PRId64 ",\"", packed->requests, packed->every, (int64_t)packed->unit);
    html_base64(packed->bytes, packed->size, out);
    fputs("\"]", out);
    replay->complete += packed->every == 1;
    replay->thinned += packed->every > 1;
}

static bool fits(struct replay *replay, const struct packed *packed, size_t budget)
{
    enum { BESIDE_BYTES = 400 }; /* what else is written of a run, and of its case */
    return bytes_so_far(replay) + (packed->size + 2) / 3 * 4 + BESIDE_BYTES <= budget;
}

/* Carry the run, at most `most` of its requests and all where that is 0, unless the data would then
 * exceed `budget`. Returns whether there is room for more. */
static bool carry(struct replay *replay, struct replay_run *candidate, size_t most, size_t budget)
{
    struct requests requests = {0};
    struct error error;
    bool room = true;
    if (store_each_request(replay->store, candidate->run->id, take_request, &requests, &error) ==
            0 &&
        requests.n) {
        size_t n = requests.n;
        struct packed packed = {.requests = n,
                                .every = most && n > most ? (n + most - 1) / most : 1,
                                .unit = sample_pack_unit(candidate->run->makespan)};
        packed.bytes = sample_pack(requests.samples, n, packed.every, packed.unit, &packed.size);
        room = packed.bytes && fits(replay, &packed, budget);
        candidate->carried = room;
        if (room)
            put_run(replay, candidate, &packed);
        free(packed.bytes);
    }
    free(requests.samples);
    return room;
}

static void carry_all(struct replay *replay)
{
    bool room = true;
    for (size_t i = 0; i < replay->n && room; i++)
        if (replay->candidates[i].is_median &&
            replay->candidates[i].summary->c.requests <= COMPLETE_REQUESTS)
            room = carry(replay, &replay->candidates[i], 0, COMPLETE_BYTES);
    room = true;
    for (size_t i = 0; i < replay->n && room; i++)
        if (!replay->candidates[i].carried)
            room = carry(replay, &replay->candidates[i], THINNED_REQUESTS, DATA_BYTES);
}

/* ---- the section ---- */

/* "build/waitbench export ID --what WHAT …", to be freed. */
static char *export_command(const struct replay *replay, const char *what)
{
    char *command = NULL, *folder = folder_option(replay->results);
    if (asprintf(&command, "%swaitbench export %s --what %s%s", place_of_commands(),
                 replay->judgement->campaign.id, what, folder) < 0)
        command = NULL;
    free(folder);
    return command;
}

static void put_command(const struct replay *replay, const char *what, FILE *out)
{
    char *command = export_command(replay, what);
    store_json_put(command ? command : "", out);
    free(command);
}

/* When the kernel of the campaign retransmits a SYN: how long after it, in seconds. */
static void put_retransmissions(const struct replay *replay, FILE *out)
{
    enum { SHOWN = 8 }; /* of one connection: more than two minutes */
    char setting[64] = "", kernel[256] = "";
    const char *id = replay->judgement->campaign.id;
    store_environment(replay->store, id, "net.ipv4.tcp_syn_linear_timeouts", setting,
                      sizeof(setting));
    store_environment(replay->store, id, "kernel", kernel, sizeof(kernel));
    unsigned linear = tcp_syn_linear_timeouts(setting, kernel);
    fprintf(out, ",\n\"early\":%g,\"retransmissions\":",
            (double)(tcp_syn_retransmission(1, linear) - TCP_SYN_RETRANSMISSION_LEAST) /
                NSEC_PER_SEC);
    for (unsigned nth = 1; nth <= SHOWN; nth++)
        fprintf(out, "%s%g", nth == 1 ? "[" : ",",
                (double)tcp_syn_retransmission(nth, linear) / NSEC_PER_SEC);
    fputc(']', out);
}

static void put_data(const struct replay *replay, FILE *out)
{
    fputs("<script type=\"application/json\" id=\"replay-data\">{\"trace\":", out);
    put_command(replay, "trace", out);
    fputs(",\n\"phases\":[", out);
    for (int p = 0; p < BREAKDOWN_PHASES; p++) {
        fputs(p ? ",[" : "[", out);
        store_json_put(breakdown_rows[p].name, out);
        fputc(',', out);
        store_json_put(breakdown_rows[p].explain, out);
        fputc(']', out);
    }
    fputc(']', out);
    put_retransmissions(replay, out);
    fputs(",\n\"cases\":[", out);
    fputs(replay->case_text, out);
    fputs("],\n\"columns\":[\"id\",\"case\",\"block\",\"quality\",\"started\",\"makespan\","
          "\"retransmissions\",\"overflows\",\"breakdown\",\"requests\",\"every\",\"unit\","
          "\"data\"],\n\"runs\":[",
          out);
    fputs(replay->run_text, out);
    fputs("]}</script>\n", out);
}

/* Which runs the page has, and where the others are. */
static void put_rule(const struct replay *replay, const char *command, FILE *out)
{
    char complete[32], runs[32], thinned[32], least[32];
    snprintf(complete, sizeof(complete), "%zu", replay->complete);
    snprintf(runs, sizeof(runs), "%zu", replay->judgement->run_count);
    snprintf(thinned, sizeof(thinned), "%zu", replay->thinned);
    snprintf(least, sizeof(least), "%d", THINNED_REQUESTS);
    html_format(
        out,
        "<p class=\"soft\">Of the campaign's %s runs this page has %s complete and %s more with "
        "at most %s of their requests each, every k-th, for the view of one run. Complete are runs "
        "of median makespan, as many as fit, in this order: the most requests in flight with the "
        "smallest backlog; the talk's drivers; the rest, and of these the most in flight first. "
        "Those of at most %s requests are complete, too. Runs without a server, of more than "
        "20,000 requests or of INVALID cases are not played. "
        "Times are in steps of 10 us, of a run longer than 200 ms of at most 1/8000 of its "
        "length. Every request of every run: <code>%s</code></p>\n",
        runs, complete, thinned, least, least, command);
}

/* Modules run when the whole page is there, after its other scripts. */
static void put_scripts(FILE *out)
{
    static const char *const scripts[] = {replay_data_js, replay_stage_js, replay_js, run_view_js};
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        fputs("<script type=\"module\">\n", out);
        fputs(scripts[i], out);
        fputs("</script>\n", out);
    }
}

static void put_section(const struct replay *replay, FILE *out)
{
    char least[UNITS_TEXT_BYTES];
    char *command = export_command(replay, "requests");
    html_format(
        out,
        "<section class=\"script replay\" aria-labelledby=\"replay\">\n"
        "<h2 id=\"replay\">Replay</h2>\n"
        "<p>Recorded runs on one clock: every mark is a request, and where it is at that time of "
        "its run. Nothing is simulated; while it plays, a mark takes 0.3 s of your time to move to "
        "its next place.</p>\n<div id=\"replay-player\"></div>\n"
        "<p class=\"soft\">A request that took %s or longer to connect had its SYN dropped: Linux "
        "retransmits one that nothing replied to after a second, and again later. That is read "
        "off the time it took to connect, unless the kernel counted no retransmission in that run; "
        "its own counters are beside it. "
        "Orange are those whose SYN was retransmitted and that are not connected yet. <em>Queued"
        "</em> are requests that are connected and that the server has not read yet: in the "
        "accept queue, or behind others.</p>\n",
        units_format_time(TCP_SYN_RETRANSMISSION_LEAST, least));
    put_rule(replay, command ? command : "", out);
    put_data(replay, out);
    put_scripts(out);
    fputs("</section>\n", out);
    free(command);
}

bool replay_put(struct store *store, const struct judgement *judgement, const char *results,
                FILE *out)
{
    struct replay replay = {.store = store, .judgement = judgement, .results = results};
    replay.case_data = open_memstream(&replay.case_text, &replay.case_bytes);
    replay.run_data = open_memstream(&replay.run_text, &replay.run_bytes);
    replay.cases = xcalloc(judgement->case_count + 1, sizeof(const struct case_summary *));
    if (replay.case_data && replay.run_data) {
        replay.n = replay_runs(judgement, &replay.candidates);
        carry_all(&replay);
    }
    if (replay.case_data)
        fclose(replay.case_data);
    if (replay.run_data)
        fclose(replay.run_data);
    bool any = replay.complete + replay.thinned > 0;
    if (any)
        put_section(&replay, out);
    free(replay.candidates);
    free(replay.cases);
    free(replay.case_text);
    free(replay.run_text);
    return any;
}
