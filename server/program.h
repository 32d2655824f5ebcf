/* Server models that are programs, in any language: docs/server-programs.md is the protocol. The
 * program is the server's only worker. It is given the listening sockets and the account, and
 * writes the account's first row itself. */
#ifndef WAITBENCH_SERVER_PROGRAM_H
#define WAITBENCH_SERVER_PROGRAM_H

#include "model.h"

/* The model of the program at PATH for the name "exec:PATH", which has to stay. NULL, with `error`
 * filled, if that cannot be the name of one. There is one at a time. */
const struct server_model *program_model_find(const char *name, struct error *error);

#endif
