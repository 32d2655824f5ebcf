#include "output_options.h"

const struct option_row output_option_rows[] = {
    {"all", 0, OPTION_FLAG, OPTION_FIELD(struct output_options, all),
     .help = "every table and column, on a terminal, too, where they may not fit"},
    {"no-pictures", 0, OPTION_FLAG, OPTION_FIELD(struct output_options, without_pictures),
     .help = "draw no pictures"},
    {0},
};

const char *const output_only_all[] = {"all", NULL};
const char *const output_only_pictures[] = {"no-pictures", NULL};
