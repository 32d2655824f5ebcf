#include "whole_process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/interrupt.h"
#include "lib/terminal.h"
#include "lib/units.h"

enum { WHOLE_RUNS = 5, WHOLE_WARMUPS = 1, NAME_BYTES = PATH_MAX + 64 };

/* hyperfine's command line as it grows. */
struct command_line {
    char **words;
    size_t count;
};

static void add_word(struct command_line *line, const char *word)
{
    line->words = xrealloc(line->words, line->count + 2, sizeof(*line->words));
    line->words[line->count++] = strdup(word);
    line->words[line->count] = NULL;
}

static void release_line(struct command_line *line)
{
    for (size_t i = 0; i < line->count; i++)
        free(line->words[i]);
    free(line->words);
}

int whole_process_check(struct error *error)
{
    struct child child;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    char *argv[] = {(char *)"hyperfine", (char *)"--version", NULL};
    const struct child_fd fds[] = {{null, STDOUT_FILENO}, {null, STDERR_FILENO}, {-1, -1}};
    int result = child_start(&child, "hyperfine", argv, fds, NULL);
    if (result == 0)
        child_wait(&child, clock_now() + 10 * NSEC_PER_SEC);
    child_stop(&child, 0);
    close(null);
    if (result < 0)
        return error_set(error, "hyperfine is missing: './run.sh deps' installs it, or skip it "
                                "with --whole-process none");
    return 0;
}

static bool is_wanted(const struct bench_case *c, int first_backlog, const unsigned *concurrencies,
                      size_t n)
{
    if (c->control)
        return false;
    if (c->driver->traits & DRIVER_SERIAL)
        return true;
    if (c->arrivals != ARRIVALS_BURST || c->backlog != first_backlog)
        return false;
    for (size_t i = 0; i < n; i++)
        if (c->concurrency == concurrencies[i])
            return true;
    return false;
}

static bool is_any_wanted(const struct plan *plan, const unsigned *concurrencies, size_t n)
{
    for (size_t i = 0; i < plan->case_count; i++)
        if (is_wanted(&plan->cases[i], plan->cases[0].backlog, concurrencies, n))
            return true;
    return false;
}

/* hyperfine splits a command by itself, by the shell's rules for quotes. */
static void print_quoted(const char *word, FILE *out)
{
    fputc('\'', out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

static void print_command(const struct bench_case *c, const struct runner *runner, const char *self,
                          FILE *out)
{
    char delay[UNITS_TEXT_BYTES], box[UNITS_TEXT_BYTES], address[NET_ADDRESS_TEXT_BYTES];
    print_quoted(self, out);
    fprintf(out, " run --quiet --driver ");
    print_quoted(c->driver->name, out);
    fprintf(out,
            " --arrivals %s --concurrency %u --requests %zu --delay %s --time-box %s --backlog %d "
            "--workload %s%s --usage off --seed %llu",
            arrivals_name(c->arrivals), c->concurrency, c->requests,
            units_format_time_exact(case_is_local(c) ? 0 : c->delay, delay),
            units_format_time_exact(c->time_box, box), c->backlog, c->workload->name,
            c->keep_alive ? " --keep-alive" : "", (unsigned long long)runner->seed);
    if (c->pipeline > 1)
        fprintf(out, " --pipeline %u", c->pipeline);
    if (c->stack_bytes)
        fprintf(out, " --stack %zu", c->stack_bytes);
    if (runner->settings.server.length)
        fprintf(out, " --server %s", net_address_format(&runner->settings.server, address));
}

static void add_case(struct command_line *line, const struct bench_case *c,
                     const struct runner *runner, const char *self)
{
    char name[NAME_BYTES], *command = NULL;
    size_t size;
    FILE *memory = open_memstream(&command, &size);
    snprintf(name, sizeof(name), "%s %s %u", c->driver->name, arrivals_name(c->arrivals),
             c->concurrency);
    add_word(line, "--command-name");
    add_word(line, name);
    if (memory) {
        print_command(c, runner, self, memory);
        fclose(memory);
    }
    add_word(line, command ? command : "");
    free(command);
}

static int build_line(struct command_line *line, const struct campaign *campaign,
                      const unsigned *concurrencies, size_t n, const char *json_path,
                      struct error *error)
{
    char self[PATH_MAX], number[16];
    if (child_find_sibling("waitbench", self, sizeof(self), error) < 0)
        return -1;
    add_word(line, "hyperfine");
    add_word(line, "--shell=none");
    add_word(line, "--style=none");
    add_word(line, "--warmup");
    snprintf(number, sizeof(number), "%d", WHOLE_WARMUPS);
    add_word(line, number);
    add_word(line, "--runs");
    snprintf(number, sizeof(number), "%d", WHOLE_RUNS);
    add_word(line, number);
    add_word(line, "--export-json");
    add_word(line, json_path);
    const struct plan *plan = &campaign->plan;
    for (size_t i = 0; i < plan->case_count; i++)
        if (is_wanted(&plan->cases[i], plan->cases[0].backlog, concurrencies, n))
            add_case(line, &plan->cases[i], &campaign->runner, self);
    return 0;
}

static char *read_whole(const char *path, struct error *error)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t capacity = 0;
    if (!in || getdelim(&text, &capacity, '\0', in) < 0) {
        error_errno(error, errno, "cannot read %s", path);
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    return text;
}

static enum campaign_result run_hyperfine(const struct command_line *line, struct error *error)
{
    struct child child;
    char how[64];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Its warnings are about outliers, which are in its JSON. */
    const struct child_fd fds[] = {{null, STDOUT_FILENO}, {null, STDERR_FILENO}, {-1, -1}};
    int started = child_start(&child, "hyperfine", line->words, fds, error);
    close(null);
    if (started < 0)
        return CAMPAIGN_FAILED;
    enum child_wait waited = child_wait(&child, 0);
    child_stop(&child, NSEC_PER_SEC);
    if (waited == CHILD_INTERRUPTED || interrupted())
        return CAMPAIGN_INTERRUPTED;
    if (child.status == 0)
        return CAMPAIGN_COMPLETE;
    error_set(error, "hyperfine %s: a command that it timed failed",
              child_describe_end(&child, how, sizeof(how)));
    return CAMPAIGN_FAILED;
}

enum campaign_result whole_process_run(const struct campaign *campaign, struct store *store,
                                       const unsigned *concurrencies, size_t n,
                                       const char *json_path, struct error *error)
{
    struct command_line line = {0};
    enum campaign_result result = CAMPAIGN_FAILED;
    if (!is_any_wanted(&campaign->plan, concurrencies, n))
        return CAMPAIGN_COMPLETE; /* hyperfine rejects an empty list */
    terminal_status("timing whole processes with hyperfine");
    if (build_line(&line, campaign, concurrencies, n, json_path, error) == 0)
        result = run_hyperfine(&line, error);
    terminal_status("");
    release_line(&line);
    if (result != CAMPAIGN_COMPLETE)
        return result;
    char *json = read_whole(json_path, error);
    if (!json || store_import_hyperfine(store, campaign->info.id, json, error) < 0)
        result = CAMPAIGN_FAILED;
    free(json);
    return result;
}
