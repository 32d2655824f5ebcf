/* The drivers' sources, embedded in the program: `waitbench explain` prints their opening
 * comments. */
#include "driver.h"
#include "lib/embed.h"

#define EMBED_SOURCE(id, source) EMBED(source_of_##id, source);
DRIVER_LIST(EMBED_SOURCE)

static const struct {
    const struct driver *driver;
    const char *path, *text;
} sources[] = {
#define ROW(id, source) {&driver_##id, source, source_of_##id},
    DRIVER_LIST(ROW)};

enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };

const char *driver_source_path(const struct driver *driver)
{
    for (int i = 0; i < SOURCES; i++)
        if (sources[i].driver == driver)
            return sources[i].path;
    return NULL;
}

const char *driver_source_text(const struct driver *driver)
{
    for (int i = 0; i < SOURCES; i++)
        if (sources[i].driver == driver)
            return sources[i].text;
    return NULL;
}
