#include "gnuplot.h"

#include "lib/place.h"
#include "lib/process.h"

int gnuplot_find(char *buffer, size_t size, struct error *error)
{
    if (process_find_in_path("gnuplot", buffer, size) == 0)
        return 0;
    char remedy[PLACE_REMEDY_BYTES];
    return error_set(error, "gnuplot is missing: %s", place_remedy("deps", "gnuplot-nox", remedy));
}
