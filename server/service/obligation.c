#include "service/obligation.h"

#include "base/clock.h"
#include "service/app.h"
#include "storage/campaign_store.h"

#define CERTIFICATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name

int64_t obligation_today(const struct rpc *rpc)
{
    return date_to_days(date_from_wall_ms(rpc->now_ms, rpc->app->utc_offset_minutes));
}

struct campaign campaign_of_record(const Hayat__Store__V1__StoredCampaign *record)
{
    return (struct campaign){record->year, record->open_days, record->due_days,
                             record->grace_end_days};
}

static status pension_of(struct rpc *rpc, struct owner owner,
                         const Hayat__Store__V1__StoredPension **ret_pension)
{
    Hayat__Store__V1__StoredPension *pension;
    status found = pension_store_first(rpc->txn, owner, &pension);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(NOT_A_PENSIONER);
    }
    TRY(found);
    *ret_pension = pension;
    return STATUS_OK;
}

status obligation_pension(struct rpc *rpc, const Hayat__Store__V1__StoredPension **ret_pension)
{
    return pension_of(rpc, rpc->principal->owner, ret_pension);
}

static status current_campaign(struct rpc *rpc, int64_t today, struct campaign *ret_campaign)
{
    struct campaign_list list;
    struct campaign campaigns[LIMIT_CAMPAIGNS_LISTED];
    TRY(campaign_store_list(rpc->txn, &list));
    for (size_t i = 0; i < list.count; i++) {
        campaigns[i] = campaign_of_record(list.rows[i]);
    }
    const struct campaign *current = campaign_current(campaigns, list.count, today);
    if (current == NULL) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    *ret_campaign = *current;
    return STATUS_OK;
}

/* Certificates are newest first. */
static void find_certificates(struct obligation *obligation)
{
    for (size_t i = 0; i < obligation->certificates.count; i++) {
        const struct life_certificate_row *row = &obligation->certificates.rows[i];
        if (row->year != obligation->campaign.year) {
            continue;
        }
        obligation->of_year++;
        if (row->state == CERTIFICATE(SUBMITTED) && obligation->fulfilled_by == NULL) {
            obligation->fulfilled_by = row;
        }
        if (row->state == CERTIFICATE(DRAFT) && obligation->draft == NULL) {
            obligation->draft = row;
        }
    }
}

status obligation_load_of(struct rpc *rpc, struct owner owner, struct obligation *ret_obligation)
{
    *ret_obligation = (struct obligation){.today = obligation_today(rpc)};
    TRY(pension_of(rpc, owner, &ret_obligation->pension));
    TRY(current_campaign(rpc, ret_obligation->today, &ret_obligation->campaign));
    TRY(life_certificate_store_list(rpc->txn, owner, &ret_obligation->certificates));
    find_certificates(ret_obligation);
    return STATUS_OK;
}

status obligation_load(struct rpc *rpc, struct obligation *ret_obligation)
{
    return obligation_load_of(rpc, rpc->principal->owner, ret_obligation);
}
