#include "storage/campaign_store.h"

#include <assert.h>

#include "storage/table.h"

static struct cell cell_of_campaign(int32_t year)
{
    return cell_of(TABLE_campaign, key_u32(key_empty(), (uint32_t)year));
}

status campaign_store_get(struct txn *txn, int32_t year,
                          Hayat__Store__V1__StoredCampaign **ret_campaign)
{
    struct cell cell = cell_of_campaign(year);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_campaign = (Hayat__Store__V1__StoredCampaign *)record;
    return STATUS_OK;
}

status campaign_store_put(struct txn *txn, const Hayat__Store__V1__StoredCampaign *campaign)
{
    assert(campaign->year > 0);
    struct cell cell = cell_of_campaign(campaign->year);
    return table_put_record(txn, &cell, &campaign->base);
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct campaign_list *list = ctx;
    (void)key;
    list->rows[list->count++] = (const Hayat__Store__V1__StoredCampaign *)record;
    return list->count < LIMIT_CAMPAIGNS_LISTED;
}

status campaign_store_list(struct txn *txn, struct campaign_list *ret_list)
{
    struct scan scan = {.table = TABLE_campaign, .reverse = true};
    ret_list->count = 0;
    return table_scan(txn, &scan, gather, ret_list);
}
