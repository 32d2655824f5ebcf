#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/drive/campaign_options.h"
#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/show/draw.h"
#include "bench/show/screen.h"
#include "bench/base/interrupt.h"
#include "bench/plan/preflight.h"
#include "bench/show/table.h"
#include "bench/drive/whole_process.h"
#include "lib/terminal.h"

static enum campaign_result time_whole(const struct campaign_options *options,
                                       const struct campaign *campaign, struct store *store,
                                       struct error *error)
{
    char path[FOLDER_PATH_BYTES];
    folder_path(options->results, campaign->info.id, "hyperfine.json", path);
    if (folder_make(options->results, campaign->info.id, error) < 0)
        return CAMPAIGN_FAILED;
    return whole_process_run(campaign, store, options->whole, options->whole_count, path, error);
}

/* Without hyperfine all the rest of a campaign is as good. */
static bool can_time_whole(void)
{
    struct error why;
    if (whole_process_check(&why) == 0)
        return true;
    terminal_print(stderr, "note: whole processes are not timed: %s\n", why.text);
    return false;
}

/* The runs are complete: hyperfine's failure takes nothing from them. Returns how the campaign
 * ended. */
static enum campaign_result add_whole(const struct campaign_options *options,
                                      const struct campaign *campaign, struct store *store,
                                      bool *whole_failed, struct error *error)
{
    enum campaign_result result = time_whole(options, campaign, store, error);
    *whole_failed = result == CAMPAIGN_FAILED;
    if (*whole_failed)
        terminal_print(stderr, "No times of whole processes: %s\n", error->text);
    const char *status = result == CAMPAIGN_INTERRUPTED ? "interrupted" : "complete";
    if (store_end_campaign(store, campaign->info.id, status, 0, error) < 0)
        return CAMPAIGN_FAILED;
    return *whole_failed ? CAMPAIGN_COMPLETE : result;
}

static void print_results(const struct campaign_options *options, const struct judgement *judgement,
                          struct screen *screen)
{
    char folder[FOLDER_PATH_BYTES];
    struct error error;
    table_print_results(judgement, screen->style, screen->out);
    folder_path(options->results, judgement->campaign.id, "", folder);
    if (judgement->run_count && !options->output.without_pictures && draw_check(&error) == 0) {
        fputc('\n', screen->out);
        draw_folder(folder, DRAW_CHART, NULL, &error);
    }
    table_print_conclusion(judgement, screen->style, screen->out);
}

/* Files, tables and exit code of whatever was recorded. */
static int show_results(const struct campaign_options *options, const struct campaign *campaign,
                        struct store *store, enum campaign_result result)
{
    struct error error;
    struct judgement judgement;
    struct screen screen;
    if (judge_campaign(store, campaign->info.id, &judgement, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    int code = result != CAMPAIGN_COMPLETE  ? EXIT_FAILED
               : judgement.invalid_runs > 0 ? EXIT_INVALID
                                            : EXIT_FINE;
    interrupt_answered();
    if (campaign_files_write(store, &judgement, options->results, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    screen_open(&screen, stdout, options->output.all);
    print_results(options, &judgement, &screen);
    size_t planned = campaign->plan.case_count * campaign->info.repetitions;
    if (judgement.run_count < planned || result != CAMPAIGN_COMPLETE) {
        char *folder = folder_option(options->results);
        terminal_print(stderr,
                       "waitbench: %zu of %zu runs are recorded; this goes on from there:\n",
                       judgement.run_count, planned);
        fprintf(stderr, "  waitbench campaign --resume %s%s\n", campaign->info.id, folder);
        free(folder);
    }
    if (campaign_files_finish(store, options->results, campaign->info.id,
                              options->output.without_pictures || !judgement.run_count, screen.out,
                              &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    screen_close(&screen);
    judgement_release(&judgement);
    return code;
}

static int execute(const struct campaign_options *options, struct campaign *campaign,
                   struct store *store)
{
    struct error error;
    const struct plan *plan = &campaign->plan;
    plan_print_left_out(&options->plan.request, stderr);
    fprintf(stderr, "%zu case%s, %u run%s of each, in an order from seed %llu\n", plan->case_count,
            plan->case_count == 1 ? "" : "s", campaign->info.repetitions,
            campaign->info.repetitions == 1 ? "" : "s", (unsigned long long)campaign->info.seed);
    campaign->goes_on = options->whole_count > 0 && can_time_whole();
    enum campaign_result result = campaign_execute(campaign, store, &error);
    bool whole_failed = false;
    if (result == CAMPAIGN_COMPLETE && campaign->goes_on)
        result = add_whole(options, campaign, store, &whole_failed, &error);
    command_say_ended(result, &error);
    if (!campaign->info.id[0])
        return EXIT_FAILED; /* not even its beginning could be kept */
    int code = show_results(options, campaign, store, result);
    return whole_failed ? EXIT_FAILED : code;
}

/* Is nothing else given? (run.sh puts its preset before whatever is typed.) */
static bool only_resumes(int argc, char **argv)
{
    static const char *const allowed[] = {"--resume", "--results", "--preset"};
    for (int i = 1; i < argc; i++) {
        bool known = false;
        if (!strcmp(argv[i], "--all") || !strcmp(argv[i], "--no-pictures"))
            continue;
        for (size_t a = 0; a < sizeof(allowed) / sizeof(allowed[0]); a++)
            known |= !strncmp(argv[i], allowed[a], strlen(allowed[a]));
        if (!known)
            return false;
        i += !strchr(argv[i], '='); /* its value is the next word */
    }
    return true;
}

static struct campaign_options given;

static int campaign_run(const struct command_line *line)
{
    struct error error;
    struct campaign campaign;
    if (given.resume && !only_resumes(line->argc, line->argv)) {
        error_set(&error, "--resume goes on with a campaign as it was begun: leave out all other "
                          "options but --results, --all and --no-pictures");
        return command_fail(EXIT_USAGE, &error);
    }
    struct store *store = folder_open_store(given.results, STORE_WRITE, &error);
    int code = EXIT_FAILED;
    if (!store)
        command_fail(code, &error);
    else if (campaign_options_apply(&given, line->argc, line->argv, store, &campaign, &error) < 0)
        code = command_fail(given.resume ? EXIT_FAILED : EXIT_USAGE, &error);
    else {
        if (preflight(&campaign.plan, given.results, stderr, &error) < 0)
            command_fail(code, &error);
        else
            code = execute(&given, &campaign, store);
        plan_release(&campaign.plan);
    }
    store_close(store);
    return code;
}

const struct command command_campaign = {&campaign_option_table, &given, campaign_run};
