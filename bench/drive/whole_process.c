#include "whole_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/interrupt.h"
#include "bench/keep/folder.h"
#include "lib/terminal.h"
#include "lib/units.h"

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
    char path[PATH_MAX];
    if (process_find_in_path("hyperfine", path, sizeof(path)) == 0)
        return 0;
    return error_set(error, "hyperfine is missing: './run.sh deps' installs it, or skip it with "
                            "--whole-process none");
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

/* As hyperfine takes a command apart. */
static void write_word(const char *word, FILE *out)
{
    fputs(" '", out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

/* All that the case is as options: none is left to its default. */
static void write_options(const struct bench_case *c, FILE *out)
{
    for (const struct case_field *field = case_fields; field->name; field++) {
        char text[UNITS_TEXT_BYTES];
        struct case_value value = case_get(c, field);
        bool flag = field->type == CASE_FLAG;
        if (!field->option.name || (value.word ? !*value.word : value.number < field->option.min) ||
            (flag && !value.number))
            continue;
        fprintf(out, " --%s", field->option.name);
        if (!flag)
            write_word(case_text(c, field, text), out);
    }
}

/* Its name begins with the case's id: so the store finds it again. */
static int add_case(struct command_line *line, const struct bench_case *c,
                    const struct runner *runner, const char *self, struct error *error)
{
    char label[CASE_LABEL_BYTES], name[CASE_LABEL_BYTES + 32];
    char *command = NULL;
    size_t size;
    FILE *out = open_memstream(&command, &size);
    if (!out)
        return error_errno(error, errno, "hyperfine's command");
    write_word(self, out);
    fputs(" run --quiet", out);
    write_options(c, out);
    fprintf(out, " --usage off --seed %" PRIu64, runner->seed);
    if (runner->settings.server_name) {
        fputs(" --server", out);
        write_word(runner->settings.server_name, out);
    }
    fclose(out);
    snprintf(name, sizeof(name), "%" PRId64 " %s", c->id, case_label(c, case_unusual(c), label));
    add_word(line, "--command-name");
    add_word(line, name);
    add_word(line, command);
    free(command);
    return 0;
}

/* Returns the number of cases, or -1. */
static int build_line(struct command_line *line, const struct campaign *campaign,
                      const unsigned *concurrencies, size_t n, const char *json_path,
                      struct error *error)
{
    static const char *const words[] = {
        "hyperfine", "--shell=none", "--style=none", "--warmup", "1", "--runs",
        "5",         "--export-json"};
    char self[PATH_MAX];
    if (process_find_beside("waitbench", 1, X_OK, self, sizeof(self), error) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        add_word(line, words[i]);
    add_word(line, json_path);
    const struct plan *plan = &campaign->plan;
    int count = 0;
    for (size_t i = 0; i < plan->case_count; i++) {
        if (!is_wanted(&plan->cases[i], plan->cases[0].backlog, concurrencies, n))
            continue;
        if (add_case(line, &plan->cases[i], &campaign->runner, self, error) < 0)
            return -1;
        count++;
    }
    return count;
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
              process_describe_end(child.status, how, sizeof(how)));
    return CAMPAIGN_FAILED;
}

enum campaign_result whole_process_run(const struct campaign *campaign, struct store *store,
                                       const unsigned *concurrencies, size_t n,
                                       const char *json_path, struct error *error)
{
    struct command_line line = {0};
    int count = build_line(&line, campaign, concurrencies, n, json_path, error);
    enum campaign_result result = count < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
    terminal_status("timing whole processes with hyperfine");
    if (count > 0) /* hyperfine rejects an empty list */
        result = run_hyperfine(&line, error);
    terminal_status("");
    release_line(&line);
    if (result != CAMPAIGN_COMPLETE || count == 0)
        return result;
    size_t size;
    char *json = folder_read_file(json_path, &size, error);
    if (!json || store_import_hyperfine(store, json, error) < 0)
        result = CAMPAIGN_FAILED;
    free(json);
    return result;
}
