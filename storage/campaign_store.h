/*
 * campaign_store: the yearly windows of the life certificates.  Reference data, the same for everybody.
 *
 * Key      year (u32, big-endian).
 * Units    dates are days since 1970-01-01, civil.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_CAMPAIGN_STORE_H
#define HAYAT_STORAGE_CAMPAIGN_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"

status campaign_store_get(struct txn *txn, int32_t year,
                          Hayat__Store__V1__StoredCampaign **ret_campaign);
status campaign_store_put(struct txn *txn, const Hayat__Store__V1__StoredCampaign *campaign);

/* False: no more of them. */
typedef bool campaign_see(void *ctx, const Hayat__Store__V1__StoredCampaign *campaign);
/* From the newest year back, LIMIT_CAMPAIGNS_LOOKED_AT of them at most. */
status campaign_store_back(struct txn *txn, campaign_see *see, void *ctx);

#endif
