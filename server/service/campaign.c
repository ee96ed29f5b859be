#include "service/campaign.h"

static struct campaign of_record(const Hayat__Store__V1__StoredCampaign *record)
{
    return (struct campaign){record->year, record->open_days, record->due_days,
                             record->grace_end_days};
}

status campaign_on(struct txn *txn, int64_t today, struct campaign *ret_campaign)
{
    struct campaign_list list;
    struct campaign campaigns[LIMIT_CAMPAIGNS_LISTED];
    TRY(campaign_store_list(txn, &list));
    for (size_t i = 0; i < list.count; i++) {
        campaigns[i] = of_record(list.rows[i]);
    }
    const struct campaign *current = campaign_current(campaigns, list.count, today);
    if (current == NULL) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    *ret_campaign = *current;
    return STATUS_OK;
}

status campaign_of_year(struct txn *txn, int32_t year, struct campaign *ret_campaign)
{
    Hayat__Store__V1__StoredCampaign *record;
    status found = campaign_store_get(txn, year, &record);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    TRY(found);
    *ret_campaign = of_record(record);
    return STATUS_OK;
}
