/* The table of drivers, made from list.h. */
#include "driver.h"

#include <string.h>

#include "external.h"

#define ROW(id, source) &driver_##id,

const struct driver *const drivers[] = {DRIVER_LIST(ROW) NULL};

const struct driver *driver_find(const char *name)
{
    for (const struct driver *const *driver = drivers; *driver; driver++)
        if (!strcmp((*driver)->name, name))
            return *driver;
    return external_find(name);
}

const char *driver_model_name(enum driver_model model)
{
    static const char *const names[MODEL_COUNT] = {
        [MODEL_NONE] = "none",
        [MODEL_SERIAL] = "serial",
        [MODEL_THREADS] = "threads",
        [MODEL_PROCESSES] = "processes",
        [MODEL_READINESS] = "readiness",
        [MODEL_COMPLETION] = "completion",
        [MODEL_COROUTINES] = "coroutines",
    };
    return names[model];
}

int driver_usable(const struct driver *driver, unsigned concurrency, struct error *why)
{
    if (driver->concurrency_max && concurrency > driver->concurrency_max)
        return error_set(why, "%s can have at most %u requests in flight, not %u%s%s", driver->name,
                         driver->concurrency_max, concurrency,
                         driver->limited_by ? ", limited by " : "",
                         driver->limited_by ? driver->limited_by : "");
    return driver->probe ? driver->probe(driver, why) : 0;
}

int driver_schedules(const struct driver *driver, struct error *why)
{
    return driver->probe_schedule ? driver->probe_schedule(driver, why) : 0;
}

int driver_run_batch(const struct driver *driver, void *state, struct batch *batch,
                     struct error *error)
{
    if (driver->prepare && driver->prepare(state, batch, error) < 0)
        return -1;
    if (driver->run(state, batch, error) < 0)
        return -1;
    return driver->collect ? driver->collect(state, batch, error) : 0;
}
