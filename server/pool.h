/* Memory for the connections, allocated in chunks and freed at the end: opening a connection costs
 * no malloc, and the most recently used memory is reused first. */
#ifndef WAITBENCH_SERVER_POOL_H
#define WAITBENCH_SERVER_POOL_H

#include <stddef.h>

struct pool {
    size_t item_bytes; /* at least the size of a pointer */
    size_t capacity;   /* items that exist, taken or free */
    size_t chunk_count;
    void **chunks; /* of POOL_CHUNK items each */
    void *free;    /* a list through the items themselves */
};

enum { POOL_CHUNK = 64 };

/* Returns an item with undefined contents, or NULL if there is no memory. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *item);

/* Free everything, taken or not. */
void pool_release(struct pool *pool);

#endif
