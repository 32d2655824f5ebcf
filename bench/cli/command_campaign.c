#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/drive/campaign_options.h"
#include "bench/drive/whole_process.h"
#include "bench/keep/folder.h"
#include "bench/plan/preflight.h"
#include "lib/terminal.h"
#include "lib/units.h"

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

enum { EXPECTED_BYTES = UNITS_TEXT_BYTES + 16 };

/* ", about 156 s", and no less where more runs may follow; or "" of a campaign of which a part is
 * there already. */
static const char *expected_text(const struct campaign *campaign, char text[EXPECTED_BYTES])
{
    double expected_s = fmin(campaign_expected_s(&campaign->plan), clock_seconds(UNITS_TIME_MAX));
    char time[UNITS_TEXT_BYTES];
    if (campaign->info.id[0])
        return strcpy(text, "");
    snprintf(text, EXPECTED_BYTES, ", %s %s", campaign->info.decided_pairs ? "at least" : "about",
             units_format_time((nsec_t)(expected_s * (double)NSEC_PER_SEC), time));
    return text;
}

static void say_plan(const struct campaign *campaign)
{
    const struct campaign_info *info = &campaign->info;
    char cases[UNITS_TEXT_BYTES], runs[UNITS_TEXT_BYTES], expected[EXPECTED_BYTES];
    terminal_print(stderr, "%s, %s of each%s%s, in an order from seed %llu\n",
                   units_format_count(campaign->plan.case_count, "case", cases),
                   units_format_count(info->repetitions, "run", runs),
                   info->decided_pairs ? " and more until all pairs are decided" : "",
                   expected_text(campaign, expected), (unsigned long long)info->seed);
}

static int execute(const struct campaign_options *options, struct campaign *campaign,
                   struct store *store)
{
    struct error error;
    plan_print_left_out(&options->plan.request, stderr);
    say_plan(campaign);
    campaign->goes_on = options->whole_count > 0 && can_time_whole();
    enum campaign_result result = campaign_execute(campaign, store, &error);
    bool whole_failed = false;
    if (result == CAMPAIGN_COMPLETE && campaign->goes_on)
        result = add_whole(options, campaign, store, &whole_failed, &error);
    command_say_ended(result, &error);
    int code = command_show(campaign, store, result, options->results, &options->output, false);
    return whole_failed ? EXIT_FAILED : code;
}

static struct campaign_options given;

static int campaign_run(const struct command_line *line)
{
    struct error error;
    struct campaign campaign;
    if (given.resume && command_check_resumed(line, "campaign", &error) < 0)
        return command_fail(EXIT_USAGE, &error);
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
