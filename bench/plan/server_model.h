/* The server's models, as a case names them: "prefork", or "prefork:16" with 16 workers; so
 * "exec:PATH" and "exec:PATH:4", whose path cannot contain a colon. Only randintd knows which there
 * are. */
#ifndef WAITBENCH_PLAN_SERVER_MODEL_H
#define WAITBENCH_PLAN_SERVER_MODEL_H

#include "case.h"

struct server_model_name {
    char model[CASE_PATH_BYTES];
    const char *workers; /* NULL: the model's default */
};

/* Split it; `workers` points into `out`. */
void server_model_split(const char *name, struct server_model_name *out);

/* How many connections it serves at once, while others wait, and how many it can have at all, 0: no
 * such limit; and among how many processes they are divided. */
struct server_model_limits {
    unsigned at_once, most, processes;
};

/* Can randintd serve so here? Returns 0, or -1 with the reason. */
int server_model_check(const char *name, struct server_model_limits *limits, struct error *error);

/* What randintd prints with this option, to be freed: of "--list" a line for each model,
 * "NAME\tWHAT\t WHY NOT HERE". NULL on error. */
char *server_model_print(const char *option, const char *value, struct error *error);

#endif
