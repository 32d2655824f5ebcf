#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/interrupt.h"
#include "bench/keep/folder.h"
#include "bench/show/campaign_files.h"
#include "bench/show/draw.h"
#include "bench/show/screen.h"
#include "bench/show/table.h"
#include "lib/terminal.h"
#include "lib/units.h"

const struct command *const commands[] = {
    &command_list,   &command_explain,  &command_run,       &command_campaign,
    &command_limits, &command_capacity, &command_lesson,    &command_table,
    &command_draw,   &command_report,   &command_compare,   &command_export,
    &command_grade,  &command_env,      &command_worksheet, NULL,
};

const char commands_introduction[] =
    "How should a program wait for I/O? Drivers, each one concurrency model, send the\n"
    "same requests to the same server; every run is recorded, judged and compared.";

const char commands_exit_codes[] =
    "Exit codes: 0 fine, 1 failed, 2 wrong\nusage, 3 finished, but something was INVALID.";

const char *command_name(const struct command *command)
{
    return command->options->program + strlen("waitbench ");
}

int command_fail(int code, const struct error *error)
{
    terminal_print(stderr, "waitbench: %s\n", error->text);
    return code;
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

int command_check_resumed(const struct command_line *line, const char *what, struct error *error)
{
    if (only_resumes(line->argc, line->argv))
        return 0;
    return error_set(error,
                     "--resume: a resumed %s keeps its options: leave out all others but "
                     "--results, --all and --no-pictures",
                     what);
}

void command_say_ended(enum campaign_result result, const struct error *error)
{
    if (result == CAMPAIGN_INTERRUPTED)
        fputs("waitbench: interrupted\n", stderr);
    if (result == CAMPAIGN_SPENT)
        fputs("waitbench: the budget was spent before the search was over\n", stderr);
    if (result == CAMPAIGN_FAILED)
        command_fail(EXIT_FAILED, error);
}

/* The tables and, of a campaign whose pictures are drawn, the talk's chart. */
static void print_results(const struct judgement *judgement, const char *results, bool chart,
                          struct screen *screen)
{
    char folder[FOLDER_PATH_BYTES];
    struct error error;
    table_print_results(judgement, screen->style, screen->out);
    folder_path(results, judgement->campaign.id, "", folder);
    bool has_chart =
        !judgement_is_search(judgement) && judgement_open_cases(judgement) < judgement->case_count;
    if (chart && has_chart && draw_check(&error) == 0) {
        fputc('\n', screen->out);
        draw_folder(folder, DRAW_CHART, NULL, &error);
    }
    table_print_conclusion(judgement, screen->style, screen->out);
}

/* `planned`: the runs of its plan; 0 where the next case depends on previous results. */
static void say_how_to_go_on(const struct campaign_info *info, const char *results, size_t runs,
                             size_t planned)
{
    const char *command = store_resumed_by(info);
    if (!command)
        return;
    char *folder = folder_option(results), count[2 * UNITS_TEXT_BYTES];
    if (planned && runs)
        snprintf(count, sizeof(count), "%zu of %zu runs", runs, planned);
    else
        units_format_count(runs, "run", count);
    terminal_print(stderr, "waitbench: %s %s recorded; this goes on from there:\n", count,
                   runs == 1 ? "is" : "are");
    fprintf(stderr, "  waitbench %s --resume %s%s\n", command, info->id, folder);
    free(folder);
}

int command_show(const struct campaign *campaign, struct store *store, enum campaign_result result,
                 const char *results, const struct output_options *output, bool json)
{
    struct error error;
    struct judgement judgement;
    struct screen screen;
    const char *id = campaign->info.id;
    if (!id[0])
        return EXIT_FAILED; /* not even its beginning could be kept */
    if (judge_campaign(store, id, &judgement, &error) < 0)
        return command_fail(EXIT_FAILED, &error);
    bool ended = result == CAMPAIGN_COMPLETE || result == CAMPAIGN_SPENT;
    int code = !ended || judgement_has_no_result(&judgement) ? EXIT_FAILED
               : judgement_is_invalid(&judgement)            ? EXIT_INVALID
                                                             : EXIT_FINE;
    interrupt_answered();
    if (campaign_files_write(store, &judgement, results, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    bool drawn = judgement.run_count && !output->without_pictures;
    screen_open(&screen, json ? stderr : stdout, output->all);
    if (!json)
        print_results(&judgement, results, drawn, &screen);
    else if (store_export(store, id, "limits", STORE_JSON, stdout, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    size_t planned = campaign->plan.case_count * campaign->info.repetitions;
    if (judgement.run_count < planned || result != CAMPAIGN_COMPLETE)
        say_how_to_go_on(&campaign->info, results, judgement.run_count, planned);
    if (campaign_files_finish(store, results, id, !drawn, screen.out, &error) < 0)
        code = command_fail(EXIT_FAILED, &error);
    screen_close(&screen);
    judgement_release(&judgement);
    return code;
}
