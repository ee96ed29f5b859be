#include "base/block_pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

/* A block at rest. */
struct spare {
    struct spare *next;
};

struct block_pool {
    pthread_mutex_t lock; /* guards what follows */
    size_t block_bytes;
    uint32_t left; /* that may be taken */
    struct spare *spares;
};

struct block_pool *block_pool_new(size_t block_bytes, uint32_t most)
{
    struct block_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL || pthread_mutex_init(&pool->lock, NULL) != 0) {
        free(pool);
        return NULL;
    }
    pool->block_bytes = block_bytes < sizeof(struct spare) ? sizeof(struct spare) : block_bytes;
    pool->left = most;
    return pool;
}

void block_pool_free(struct block_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    while (pool->spares != NULL) {
        struct spare *spare = pool->spares;
        pool->spares = spare->next;
        free(spare);
    }
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void *block_pool_take(struct block_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    void *block = pool->spares;
    if (block != NULL) {
        pool->spares = pool->spares->next;
    } else if (pool->left > 0) {
        block = malloc(pool->block_bytes);
    }
    if (block != NULL) {
        assert(pool->left > 0);
        pool->left--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return block;
}

void block_pool_give(struct block_pool *pool, void *block)
{
    struct spare *spare = block;
    (void)pthread_mutex_lock(&pool->lock);
    spare->next = pool->spares;
    pool->spares = spare;
    pool->left++;
    (void)pthread_mutex_unlock(&pool->lock);
}
