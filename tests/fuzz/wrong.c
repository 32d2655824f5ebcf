/* A target with a fault, to test that faults are found (tests/cli/fuzz.bats): it reads a byte past
 * the end of inputs that begin with "!". */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_copy(data, size);
    volatile char last = size && copy[0] == '!' ? copy[size] : 0;
    (void)last;
    free(copy);
    return 0;
}
