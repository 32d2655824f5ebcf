#include "server_model.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "lib/place.h"
#include "lib/program_path.h"

enum { PRINTED_BYTES = 64 * 1024 };

void server_model_split(const char *name, struct server_model_name *out)
{
    snprintf(out->model, sizeof(out->model), "%s", name);
    bool is_exec = program_is_exec(out->model); /* whose path has no colon */
    char *colon = strrchr(out->model + (is_exec ? strlen(PROGRAM_EXEC_PREFIX) : 0), ':');
    out->workers = colon ? colon + 1 : NULL;
    if (colon)
        *colon = '\0';
}

/* Its first line says what is wrong, without the program's name. */
static int refusal(const char *printed, struct error *error)
{
    static const char program[] = "randintd: ";
    if (!*printed)
        return -1;
    const char *line = printed + (strncmp(printed, program, strlen(program)) ? 0 : strlen(program));
    return error_set(error, "%.*s", (int)strcspn(line, "\n"), line);
}

static char *print(char *const words[], struct error *error)
{
    char path[PATH_MAX], *text = xcalloc(1, PRINTED_BYTES);
    char *argv[8] = {path};
    for (size_t i = 0; words[i]; i++)
        argv[1 + i] = words[i];
    if (place_find_program("randintd", path, sizeof(path), error) == 0 &&
        child_capture(path, argv, text, PRINTED_BYTES, error) == 0)
        return text;
    refusal(text, error);
    free(text);
    return NULL;
}

char *server_model_print(const char *option, const char *value, struct error *error)
{
    char *words[] = {(char *)option, (char *)value, NULL};
    return print(words, error);
}

int server_model_check(const char *name, struct server_model_limits *limits, struct error *error)
{
    struct server_model_name split = {.workers = NULL};
    server_model_split(name, &split);
    char *words[] = {(char *)"--check",     (char *)"--model",
                     split.model,           split.workers ? (char *)"--workers" : NULL,
                     (char *)split.workers, NULL};
    char *text = print(words, error), *rest;
    if (!text)
        return -1;
    limits->at_once = (unsigned)strtoul(text, &rest, 10);
    limits->most = (unsigned)strtoul(rest, &rest, 10);
    limits->processes = (unsigned)strtoul(rest, NULL, 10);
    free(text);
    return 0;
}
