/* A small seeded generator: xoshiro256** by Blackman and Vigna (https://prng.di.unimi.it/), seeded
 * through splitmix64. Not for cryptography. */
#ifndef WAITBENCH_RNG_H
#define WAITBENCH_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);

uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound], without bias: draws that would favour low values are rejected (Lemire,
 * "Fast Random Integer Generation in an Interval", 2019). */
uint64_t rng_upto(struct rng *rng, uint64_t bound);

/* Fisher and Yates's shuffle of `n` items of `size` bytes each. */
void rng_shuffle(struct rng *rng, void *items, size_t n, size_t size);

/* A stateless mix: the same (seed, index) gives the same 64 bits on every thread. */
uint64_t rng_mix(uint64_t seed, uint64_t index);

/* A seed from the kernel, never 0. */
uint64_t rng_fresh_seed(void);

#endif
