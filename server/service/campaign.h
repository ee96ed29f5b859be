/*
 * campaign: which campaign counts, as stored (storage/campaign_store.h).
 *
 * Memory   outputs are values.
 * Reasons  CAMPAIGN_NOT_OPEN (none is known) · what stores say.
 */
#ifndef HAYAT_SERVICE_CAMPAIGN_H
#define HAYAT_SERVICE_CAMPAIGN_H

#include "service/life_certificate_rules.h"
#include "storage/campaign_store.h"

/* The one to file for on that civil day. */
status campaign_on(struct txn *txn, int64_t today, struct campaign *ret_campaign);
status campaign_of_year(struct txn *txn, int32_t year, struct campaign *ret_campaign);

#endif
