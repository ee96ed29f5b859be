/*
 * campaign: which campaign counts, as stored (storage/campaign_store.h).
 *
 * Memory   outputs are values.
 * Reasons  CAMPAIGN_NOT_OPEN (none is known) · what stores say.
 */
#ifndef HAYAT_SERVICE_CAMPAIGN_H
#define HAYAT_SERVICE_CAMPAIGN_H

#include "hayat/store/v1/campaign.pb-c.h"
#include "service/life_certificate_rules.h"
#include "storage/campaign_store.h"

/* The one to file for on that civil day. */
status campaign_on(struct txn *txn, int64_t today, struct campaign *ret_campaign);
/* Of a pension: the version of the windows' reference set valid on the campaign's first day says, for its country and scheme, for its country,
   or for its scheme; else the campaign itself.  *RET_VERSION is "" then. */
status campaign_window(struct txn *txn, const struct campaign *campaign,
                       const Hayat__Store__V1__StoredPension *pension, struct campaign *ret_window,
                       const char **ret_version);

/* The reminders for a country, as the plan valid on DAY has them; none without a plan. */
struct reminder_plan {
    size_t count;
    const Hayat__Store__V1__StoredReminderRule *rules[LIMIT_REMINDER_RULES];
};
status campaign_reminders(struct txn *txn, int64_t day, const char *country,
                          struct reminder_plan *ret_plan);

status campaign_of_year(struct txn *txn, int32_t year, struct campaign *ret_campaign);

#endif
