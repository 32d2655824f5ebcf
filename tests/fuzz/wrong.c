/* A target that is wrong on purpose, run by tests/cli/fuzz.bats alone: it reads a byte too far
 * where an input begins with "!". */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_copy(data, size);
    volatile char last = size && copy[0] == '!' ? copy[size] : 0;
    (void)last;
    free(copy);
    return 0;
}
