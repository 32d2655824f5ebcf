/* The talk's CPU work: fib(1000), fib(2000) … fib(8000), one per request, by adding big integers
 * (GMP). There is no waiting to overlap: only more cores help. */
#include "workloads.h"

#include <gmp.h>

enum { FIB_STEP = 1000, FIB_ELEMENTS = 8 };

/* The last nine digits of fib(1000), fib(2000) …: OEIS A000045. */
static const unsigned long last_digits[FIB_ELEMENTS] = {849228875, 516817125, 709796000, 715274875,
                                                        382863125, 419592000, 81320875,  748909125};

static enum job_result fib_work(struct job *job)
{
    size_t element = job->index % FIB_ELEMENTS;
    mpz_t a, b;
    mpz_init_set_ui(a, 0);
    mpz_init_set_ui(b, 1);
    for (size_t n = FIB_STEP * (element + 1); n > 0; n--) {
        mpz_add(a, a, b);
        mpz_swap(a, b);
    }
    unsigned long digits = mpz_fdiv_ui(a, 1000000000);
    mpz_clear(a);
    mpz_clear(b);
    return digits == last_digits[element] ? JOB_DONE : JOB_WRONG;
}

const struct workload workload_fib = {
    .name = "fib",
    .summary = "fib(1000) to fib(8000) by big-integer addition: CPU work, no server",
    .local = true,
    .work = fib_work,
};
