#include "pool.h"

#include <stdlib.h>
#include <string.h>

void pool_give(struct pool *pool, void *item)
{
    memcpy(item, &pool->free, sizeof(pool->free));
    pool->free = item;
}

static int pool_grow(struct pool *pool)
{
    void **chunks = realloc(pool->chunks, (pool->chunk_count + 1) * sizeof(*chunks));
    if (!chunks)
        return -1;
    pool->chunks = chunks;
    char *chunk = malloc(POOL_CHUNK * pool->item_bytes);
    if (!chunk)
        return -1;
    chunks[pool->chunk_count++] = chunk;
    pool->capacity += POOL_CHUNK;
    for (size_t i = POOL_CHUNK; i-- > 0;)
        pool_give(pool, chunk + i * pool->item_bytes);
    return 0;
}

void *pool_take(struct pool *pool)
{
    if (!pool->free && pool_grow(pool) < 0)
        return NULL;
    void *item = pool->free;
    memcpy(&pool->free, item, sizeof(pool->free));
    return item;
}

void pool_release(struct pool *pool)
{
    for (size_t i = 0; i < pool->chunk_count; i++)
        free(pool->chunks[i]);
    free(pool->chunks);
    *pool = (struct pool){.item_bytes = pool->item_bytes};
}
