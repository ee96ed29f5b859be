#include "storage/nonce_pool.h"

#include <string.h>

#include "base/wipe.h"

static void pool_fill(struct random_source *self, void *out, size_t len)
{
    struct nonce_pool *pool = (struct nonce_pool *)(void *)self;
    if (len > NONCE_POOL_BYTES) {
        random_fill(pool->inner, out, len);
        return;
    }
    if (pool->left < len) {
        random_fill(pool->inner, pool->bytes, NONCE_POOL_BYTES);
        pool->left = NONCE_POOL_BYTES;
    }
    uint8_t *from = pool->bytes + NONCE_POOL_BYTES - pool->left;
    memcpy(out, from, len);
    wipe(from, len); /* keys come from here too */
    pool->left -= len;
}

void nonce_pool_init(struct nonce_pool *pool, struct random_source *inner)
{
    *pool = (struct nonce_pool){.source = {pool_fill}, .inner = inner};
}

void nonce_pool_fini(struct nonce_pool *pool)
{
    wipe(pool, sizeof *pool);
}
