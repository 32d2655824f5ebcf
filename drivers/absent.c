/* Stands for a driver whose library was missing when waitbench was built, so that it is listed with
 * what to do about it. The Makefile compiles this file once for each, with ABSENT_ID (the driver)
 * and ABSENT_REASON. */
#include "driver.h"

#define STRING_(text) #text
#define STRING(text)  STRING_(text)
#define JOIN_(a, b)   a##b
#define JOIN(a, b)    JOIN_(a, b)

static int absent_probe(const struct driver *self, struct error *why)
{
    return error_set(why, "%s is not in this build: %s", self->name, ABSENT_REASON);
}

static void *absent_setup(const struct driver *self, const struct load *load, struct error *error)
{
    (void)load;
    absent_probe(self, error);
    return NULL;
}

static int absent_run(void *state, struct batch *batch, struct error *error)
{
    (void)state;
    (void)batch;
    return error_set(error, "not in this build: %s", ABSENT_REASON);
}

static void absent_teardown(void *state)
{
    (void)state;
}

const struct driver JOIN(driver_, ABSENT_ID) = {
    .name = STRING(ABSENT_ID),
    .summary = "not in this build",
    .library = STRING(ABSENT_ID),
    .probe = absent_probe,
    .setup = absent_setup,
    .run = absent_run,
    .teardown = absent_teardown,
};
