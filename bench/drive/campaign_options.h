/* The options of `waitbench campaign`: those given or, with --resume, those of the stored
 * campaign. */
#ifndef WAITBENCH_CAMPAIGN_OPTIONS_H
#define WAITBENCH_CAMPAIGN_OPTIONS_H

#include "campaign.h"
#include "bench/base/output_options.h"
#include "bench/plan/plan_options.h"

/* Campaigns with a name: what ./run.sh does. */
struct preset {
    const struct option_value *options; /* of 'waitbench campaign', where they differ from talk's */
    struct plan_exclusions exclusions;
    const struct plan_setting *settings; /* or NULL */
    size_t setting_count;
};

/* By the index of their words: talk, quick, full, fib, matrix. */
extern const struct option_word preset_words[];
extern const struct preset presets[];

/* --name NAME; the target is a char[STORE_NAME_BYTES]. */
extern const struct option_row campaign_name_rows[];

extern const struct option_table campaign_option_table;

struct campaign_options {
    struct plan_options plan;
    const char *results;
    const char *resume; /* a campaign to go on with, or NULL */
    char name[STORE_NAME_BYTES];
    double margin;
    bool until_decided;
    double precision; /* not used: campaigns of earlier versions may have it */
    nsec_t budget;
    bool with_prediction;
    unsigned whole[PLAN_LIST_MAX]; /* concurrencies that hyperfine times */
    size_t whole_count;
    struct output_options output;
};

/* Make the campaign: a new one, or the one to resume, whose options replace those given. Its plan
 * is to be released. Returns 0 or -1. */
int campaign_options_apply(struct campaign_options *options, int argc, char **argv,
                           struct store *store, struct campaign *campaign, struct error *error);

/* Find a campaign that is to be resumed, and parse the command line that began it: of `command`,
 * into `options`, whose table and size these are. Returns 0 or -1. */
struct stored_options {
    const char *command;
    const struct option_table *table;
    void *options;
    size_t size;
};
int campaign_recall(struct store *store, const char *id, const struct stored_options *stored,
                    struct campaign_info *info, struct error *error);

/* Record the command line in `info`, as a shell takes it: the whole, or -1 where it is too long. */
int campaign_record_command(struct campaign_info *info, int argc, const char *const *argv,
                            struct error *error);

#endif
