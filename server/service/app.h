/*
 * app: the server's parts, made by main (or a test) before the first call and constant after.
 */
#ifndef HAYAT_SERVICE_APP_H
#define HAYAT_SERVICE_APP_H

#include <stdint.h>

#include "base/clock.h"
#include "base/random.h"
#include "storage/db.h"
#include "storage/writer.h"

struct receipt_signer; /* service/receipt.h */
struct rate_limiter;   /* auth/ratelimit.h */
struct block_pool;     /* base/block_pool.h */

/* The fund as its documents name it; "" where the configuration says nothing. */
struct app_fund {
    const char *name_fr, *name_ar;
    const char *phone, *site;
};

struct app {
    struct db *db;
    struct writer *writer;
    const struct seal_keys *keys;
    const struct clock *clock;
    struct random_source *random;
    const struct receipt_signer *signer;
    struct rate_limiter *limiter;
    struct block_pool *upload_blocks; /* LIMIT_UPLOAD_SHARED_CHUNKS of LIMIT_CHUNK_CELL_BYTES */
    int64_t access_token_ms;    /* LIMIT_ACCESS_TOKEN_MS unless configured for a demonstration */
    int32_t utc_offset_minutes; /* Morocco's civil time */
    struct app_fund fund;
    const char *renderer; /* the program hayat-paper */
};

#endif
