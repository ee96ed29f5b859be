/*
 * block_pool: equal blocks of memory for whoever needs some for a while, never more than so many in all.
 *
 * Memory   a block belongs to its taker until it is given back; it holds whatever was in it last, so only what may be
 *          read by anybody goes in.  What was allocated once is kept for the next taker.
 * Threads  re-entrant.
 */
#ifndef HAYAT_BASE_BLOCK_POOL_H
#define HAYAT_BASE_BLOCK_POOL_H

#include <stddef.h>
#include <stdint.h>

struct block_pool;

/* At most MOST blocks of BLOCK_BYTES; NULL without memory. */
struct block_pool *block_pool_new(size_t block_bytes, uint32_t most);
/* Every block was given back.  NULL is nothing. */
void block_pool_free(struct block_pool *pool);
/* NULL when all are out, or without memory. */
void *block_pool_take(struct block_pool *pool);
void block_pool_give(struct block_pool *pool, void *block);

#endif
