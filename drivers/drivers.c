/* The table of drivers, made from list.h. */
#include "driver.h"

#include <string.h>

#define ROW(name) &driver_##name,

const struct driver *const drivers[] = {DRIVER_LIST(ROW) NULL};

const struct driver *driver_find(const char *name)
{
    for (const struct driver *const *driver = drivers; *driver; driver++)
        if (!strcmp((*driver)->name, name))
            return *driver;
    return NULL;
}
