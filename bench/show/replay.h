/* The part of a page that plays recorded runs, request by request. replay.js is the player and
 * run_view.js the view of one run; without JavaScript, and in print, there is nothing of it. */
#ifndef WAITBENCH_REPLAY_H
#define WAITBENCH_REPLAY_H

#include "bench/judge/judge.h"

/* Choose the runs, and write the section with their samples; nothing where no run has samples that
 * a server was part of. `results` is the folder of the store, for commands to be shown. Returns
 * whether there is a section. */
bool replay_put(struct store *store, const struct judgement *judgement, const char *results,
                FILE *out);

#endif
