/* Shares of a whole: how its requests, or the slots for them, are divided among parts of equal
 * size. Part p of P has those at the places p, p + P, p + 2P, …, so that each has requests from the
 * beginning to the end. */
#ifndef WAITBENCH_SHARE_H
#define WAITBENCH_SHARE_H

#include <stddef.h>

/* The places of a part's items: the first, and every so many after it. A zeroed struct is the whole
 * itself. */
struct share {
    size_t first, between; /* places, and those left out between two */
};

static inline struct share share_of(size_t part, size_t parts)
{
    return (struct share){.first = part, .between = parts - 1};
}

/* The place in the whole of the part's item `k`. */
static inline size_t share_place(const struct share *share, size_t k)
{
    return share->first + k * (1 + share->between);
}

/* How many of `n` items the part has: as many as any other, or one more. */
static inline size_t share_count(size_t n, size_t part, size_t parts)
{
    return n / parts + (part < n % parts);
}

/* A share of a share. */
static inline struct share share_within(const struct share *outer, const struct share *inner)
{
    return (struct share){.first = share_place(outer, inner->first),
                          .between = (1 + outer->between) * (1 + inner->between) - 1};
}

#endif
