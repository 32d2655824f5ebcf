#include "rng.h"

#include <sys/random.h>

#include "clock.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void rng_init(struct rng *rng, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        rng->state[i] = splitmix64(&seed);
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rng_upto(struct rng *rng, uint64_t bound)
{
    uint64_t range = bound + 1;
    if (range == 0) /* the full 64-bit range */
        return rng_next(rng);
    __uint128_t product = (__uint128_t)rng_next(rng) * range;
    if ((uint64_t)product < range) {
        uint64_t threshold = -range % range;
        while ((uint64_t)product < threshold)
            product = (__uint128_t)rng_next(rng) * range;
    }
    return (uint64_t)(product >> 64);
}

void rng_shuffle(struct rng *rng, void *items, size_t n, size_t size)
{
    unsigned char *base = items;
    for (size_t i = n; i > 1; i--) {
        unsigned char *a = base + (i - 1) * size;
        unsigned char *b = base + rng_upto(rng, i - 1) * size;
        for (size_t byte = 0; byte < size; byte++) {
            unsigned char held = a[byte];
            a[byte] = b[byte];
            b[byte] = held;
        }
    }
}

uint64_t rng_mix(uint64_t seed, uint64_t index)
{
    uint64_t state = seed ^ (index * UINT64_C(0xd1342543de82ef95));
    return splitmix64(&state);
}

uint64_t rng_fresh_seed(void)
{
    uint64_t seed = 0;
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        seed = (uint64_t)clock_now();
    return seed ? seed : 1;
}
