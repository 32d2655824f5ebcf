/* Memory for the connections: taken from the heap in chunks and never given back before the end,
 * so that opening one costs no malloc and the most recently used memory is used again first. */
#ifndef WAITBENCH_SERVER_POOL_H
#define WAITBENCH_SERVER_POOL_H

#include <stddef.h>

struct pool {
    size_t item_bytes; /* a pointer's at least */
    size_t capacity;   /* items that exist, taken or free */
    size_t chunk_count;
    void **chunks; /* of POOL_CHUNK items each */
    void *free;    /* a list through the items themselves */
};

enum { POOL_CHUNK = 64 };

/* Returns an item with undefined contents, or NULL when there is no memory. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *item);

/* Free everything, taken or not. */
void pool_release(struct pool *pool);

#endif
