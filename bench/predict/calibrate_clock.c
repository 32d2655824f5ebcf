#include "calibrate_clock.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    nsec_t x = *(const nsec_t *)a, y = *(const nsec_t *)b;
    return (x > y) - (x < y);
}

nsec_t calibrate_median(nsec_t *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare);
    return values[n / 2];
}
