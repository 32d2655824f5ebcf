/* Stands for a model whose library was missing when randintd was built, so that it is listed with
 * what to do about it. The Makefile compiles this file once for each, with ABSENT_ID (the model)
 * and ABSENT_REASON. */
#include "model.h"

#define STRING_(text) #text
#define STRING(text)  STRING_(text)
#define JOIN_(a, b)   a##b
#define JOIN(a, b)    JOIN_(a, b)

static int absent_probe(const struct server_model *self, struct error *why)
{
    return error_set(why, "%s is not in this build: %s", self->name, ABSENT_REASON);
}

const struct server_model JOIN(server_model_, ABSENT_ID) = {
    .name = STRING(ABSENT_ID),
    .summary = "not in this build",
    .probe = absent_probe,
};
