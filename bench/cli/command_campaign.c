#include "command.h"

#include <stdio.h>
#include <string.h>

#include "bench/drive/campaign_options.h"
#include "bench/keep/folder.h"
#include "bench/plan/preflight.h"
#include "bench/drive/whole_process.h"

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

static int execute(const struct campaign_options *options, struct campaign *campaign,
                   struct store *store)
{
    struct error error;
    const struct plan *plan = &campaign->plan;
    plan_print_left_out(&options->plan.request, stderr);
    fprintf(stderr, "%zu case%s, %u run%s of each, in an order from seed %llu\n", plan->case_count,
            plan->case_count == 1 ? "" : "s", campaign->info.repetitions,
            campaign->info.repetitions == 1 ? "" : "s", (unsigned long long)campaign->info.seed);
    campaign->goes_on = options->whole_count > 0;
    enum campaign_result result = campaign_execute(campaign, store, &error);
    if (result == CAMPAIGN_COMPLETE && campaign->goes_on) {
        result = time_whole(options, campaign, store, &error);
        const char *status = result == CAMPAIGN_COMPLETE ? "complete" : "interrupted";
        if (store_end_campaign(store, campaign->info.id, status, 0, &error) < 0)
            result = CAMPAIGN_FAILED;
    }
    command_say_ended(result, &error);
    return command_show(campaign, store, result, options->results, &options->output, false);
}

/* Everything that can be found wrong before anything is started or kept. */
static int check_first(const struct campaign_options *options, const struct campaign *campaign,
                       struct error *error)
{
    if (options->whole_count && whole_process_check(error) < 0)
        return -1;
    return preflight(&campaign->plan, options->results, stderr, error);
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
        if (check_first(&given, &campaign, &error) < 0)
            command_fail(code, &error);
        else
            code = execute(&given, &campaign, store);
        plan_release(&campaign.plan);
    }
    store_close(store);
    return code;
}

const struct command command_campaign = {&campaign_option_table, &given, campaign_run};
