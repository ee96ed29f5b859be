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

struct seeing {
    campaign_see *see;
    void *ctx;
    size_t count;
};

static bool see_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct seeing *seeing = ctx;
    (void)key;
    return seeing->see(seeing->ctx, (const Hayat__Store__V1__StoredCampaign *)record) &&
           ++seeing->count < LIMIT_CAMPAIGNS_LOOKED_AT;
}

status campaign_store_back(struct txn *txn, campaign_see *see, void *ctx)
{
    struct scan scan = {.table = TABLE_campaign, .reverse = true};
    struct seeing seeing = {.see = see, .ctx = ctx};
    return table_scan(txn, &scan, see_row, &seeing);
}
