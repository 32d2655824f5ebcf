/* The command that starts the ranks, and what it says where it cannot. */
#ifndef WAITBENCH_RANKS_COMMAND_H
#define WAITBENCH_RANKS_COMMAND_H

#include <limits.h>

#include "bench/plan/plan.h"

enum { RANKS_HOSTS_BYTES = 4096 };

struct ranks_command {
    char program[PATH_MAX];        /* waitbench-mpi */
    char scratch[PATH_MAX];        /* where mpirun keeps its own files here: TMPDIR=FOLDER */
    char hosts[RANKS_HOSTS_BYTES]; /* as the launcher takes them, or "" */
    char count[16];                /* ranks, rank 0 included */
    char *argv[16];
};

/* Can ranks be started here by this launcher (NULL: mpirun)? Returns 0, or -1 with what to install.
 */
int ranks_check(const char *launcher, struct error *error);

/* The command for ranks that connect to the socket, which is in a folder of their own that goes
 * when they have ended. Returns 0 or -1, as above. */
int ranks_command_make(struct ranks_command *command, const struct run_settings *settings,
                       const char *folder, const char *socket_path, struct error *error);

/* The launcher has ended with this status after it said `output`: which rank died, or why none was
 * started. Returns -1. */
int ranks_command_explain(const struct run_settings *settings, const char *output, int status,
                          struct error *error);

#endif
