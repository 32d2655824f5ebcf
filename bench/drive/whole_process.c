#include "whole_process.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/interrupt.h"
#include "bench/keep/folder.h"
#include "bench/base/output.h"
#include "bench/base/shell.h"
#include "drivers/supervisor.h"
#include "lib/place.h"
#include "lib/process.h"
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

static int find_hyperfine(char path[PATH_MAX], struct error *error)
{
    char remedy[PLACE_REMEDY_BYTES];
    if (process_find_in_path("hyperfine", path, PATH_MAX) < 0)
        return error_set(error, "hyperfine is missing: %s",
                         place_remedy("deps", "hyperfine", remedy));
    return 0;
}

int whole_process_check(struct error *error)
{
    char path[PATH_MAX];
    return find_hyperfine(path, error);
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
        if (!flag) {
            fputc(' ', out);
            shell_put_word(case_text(c, field, text), out);
        }
    }
}

/* Its name begins with the case's id: so the store finds it again. */
static int add_case(struct command_line *line, const struct bench_case *c,
                    const struct runner *runner, const char *self, struct error *error)
{
    char label[CASE_LABEL_BYTES], name[CASE_LABEL_BYTES + 32];
    char timeout[UNITS_TEXT_BYTES], *command = NULL;
    size_t size;
    FILE *out = open_memstream(&command, &size);
    if (!out)
        return error_errno(error, errno, "hyperfine's command");
    shell_put_word(self, out);
    fputs(" run --quiet", out);
    write_options(c, out);
    fprintf(out, " --usage off --seed %" PRIu64 " --timeout %s", runner->seed,
            units_format_time_exact(runner->settings.timeout, timeout));
    if (runner->settings.server_name) {
        fputs(" --server ", out);
        shell_put_word(runner->settings.server_name, out);
    }
    fclose(out);
    snprintf(name, sizeof(name), "%" PRId64 " %s", c->id, case_label(c, case_unusual(c), label));
    add_word(line, "--command-name");
    add_word(line, name);
    add_word(line, command);
    free(command);
    return 0;
}

/* One that has failed would fail again, perhaps after a long time. Returns the number of cases, or
 * -1. */
static int build_line(struct command_line *line, const struct campaign *campaign,
                      struct store *store, const unsigned *concurrencies, size_t n,
                      const char *json_path, struct error *error)
{
    static const char *const words[] = {
        "hyperfine", "--shell=none",     "--style=none", "--warmup", "1", "--runs",
        "5",         "--ignore-failure", "--export-json"};
    char self[PATH_MAX];
    if (place_find_program("waitbench", self, sizeof(self), error) < 0)
        return -1;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        add_word(line, words[i]);
    add_word(line, json_path);
    const struct plan *plan = &campaign->plan;
    int count = 0;
    for (size_t i = 0; i < plan->case_count; i++) {
        if (!is_wanted(&plan->cases[i], plan->cases[0].backlog, concurrencies, n) ||
            store_case_failed(store, plan->cases[i].id))
            continue;
        if (add_case(line, &plan->cases[i], &campaign->runner, self, error) < 0)
            return -1;
        count++;
    }
    return count;
}

/* It starts programs itself: a supervisor ends all of them with this process, in whatever way that
 * ends. */
static enum campaign_result run_hyperfine(const struct command_line *line, struct error *error)
{
    char path[PATH_MAX], how[64];
    struct supervisor supervisor;
    struct supervisor_report report = {0};
    if (find_hyperfine(path, error) < 0)
        return CAMPAIGN_FAILED;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* Its warnings are about outliers, which are in its JSON. */
    const int stdio[3] = {null, null, null};
    int result = supervisor_start(&supervisor, path, line->words, stdio, error);
    close(null);
    if (result < 0)
        return CAMPAIGN_FAILED;
    struct pollfd reported = {.fd = supervisor.socket, .events = POLLIN};
    while (!interrupted() && interrupt_poll(&reported, 1, NULL) < 0)
        continue;
    result = supervisor_poll(&supervisor, &report);
    supervisor_end(&supervisor);
    if (interrupted())
        return CAMPAIGN_INTERRUPTED;
    if (result < 0 || report.exec_errno)
        error_errno(error, result < 0 ? ECHILD : report.exec_errno, "cannot start hyperfine");
    else if (report.status)
        error_set(error, "hyperfine %s", process_describe_end(report.status, how, sizeof(how)));
    else
        return CAMPAIGN_COMPLETE;
    return CAMPAIGN_FAILED;
}

/* Take in what it wrote about so many commands. */
static enum campaign_result import(struct store *store, const char *json_path, int commands,
                                   struct error *error)
{
    size_t size;
    char *json = folder_read_file(json_path, &size, error);
    int imported = json ? store_import_hyperfine(store, json, error) : -1;
    free(json);
    if (imported >= 0 && imported < commands)
        terminal_print(stderr,
                       "note: %d of %d commands failed under hyperfine, and have no times\n",
                       commands - imported, commands);
    return imported < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
}

enum campaign_result whole_process_run(const struct campaign *campaign, struct store *store,
                                       const unsigned *concurrencies, size_t n,
                                       const char *json_path, struct error *error)
{
    struct command_line line = {0};
    char beside[OUTPUT_PATH_BYTES];
    int count = output_beside(json_path, beside, error);
    if (count == 0)
        count = build_line(&line, campaign, store, concurrencies, n, beside, error);
    enum campaign_result result = count < 0 ? CAMPAIGN_FAILED : CAMPAIGN_COMPLETE;
    terminal_status("timing whole processes with hyperfine");
    if (count > 0) { /* hyperfine rejects an empty list */
        result = run_hyperfine(&line, error);
        if (result == CAMPAIGN_COMPLETE)
            result = import(store, beside, count, error);
        if (output_replace(json_path, result == CAMPAIGN_COMPLETE ? 0 : -1, error) < 0 &&
            result == CAMPAIGN_COMPLETE)
            result = CAMPAIGN_FAILED;
    }
    terminal_status("");
    release_line(&line);
    return result;
}
