/*
 * nonce_pool: randomness fetched in advance, so that sealing does not enter the kernel once per
 * cell. What was handed out is overwritten.  Threads  belongs to one thread.
 */
#ifndef HAYAT_STORAGE_NONCE_POOL_H
#define HAYAT_STORAGE_NONCE_POOL_H

#include "base/random.h"

enum { NONCE_POOL_BYTES = 64 * 24 };

struct nonce_pool {
    struct random_source source; /* first: pass &pool.source */
    struct random_source *inner;
    size_t left; /* unused bytes, at the end */
    uint8_t bytes[NONCE_POOL_BYTES];
};

void nonce_pool_init(struct nonce_pool *pool, struct random_source *inner);
void nonce_pool_fini(struct nonce_pool *pool);

#endif
