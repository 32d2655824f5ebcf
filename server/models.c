/* The table of server models, made from list.h, and their sources, embedded in the program. */
#include <string.h>

#include "lib/embed.h"
#include "lib/program_path.h"
#include "model.h"
#include "program.h"

#define ROW(id, source) &server_model_##id,
const struct server_model *const server_models[] = {SERVER_MODEL_LIST(ROW) NULL};

#define EMBED_SOURCE(id, source) EMBED(source_of_##id, source);
SERVER_MODEL_LIST(EMBED_SOURCE)

#define SOURCE(id, source) {source, source_of_##id},
static const struct {
    const char *path, *text;
} sources[] = {SERVER_MODEL_LIST(SOURCE)};

const struct server_model *server_model_find(const char *name, struct error *error)
{
    if (program_is_exec(name))
        return program_model_find(name, error);
    for (const struct server_model *const *model = server_models; *model; model++)
        if (!strcmp((*model)->name, name))
            return *model;
    error_set(error, "there is no server model '%s'; 'randintd --list' names them", name);
    return NULL;
}

bool server_model_has_workers(const struct server_model *model)
{
    return model->workers != WORKERS_ONE && !model->one_thread;
}

const struct server_model *server_model_choose(const char *name, unsigned workers,
                                               struct error *error)
{
    const struct server_model *model = server_model_find(name, error);
    if (!model || workers <= 1 || server_model_has_workers(model))
        return model;
    error_set(error, "%s has one worker, so it cannot have %u: leave the number out", name,
              workers);
    return NULL;
}

int server_model_check(const struct server_model *model, struct error *error)
{
    return model->probe ? model->probe(model, error) : 0;
}

const char *server_model_source(const struct server_model *model)
{
    for (size_t i = 0; server_models[i]; i++)
        if (server_models[i] == model)
            return sources[i].text;
    return NULL;
}

const char *server_model_path(const struct server_model *model)
{
    for (size_t i = 0; server_models[i]; i++)
        if (server_models[i] == model)
            return sources[i].path;
    return NULL;
}
