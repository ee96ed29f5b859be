#include "service/obligation.h"

#include "base/clock.h"
#include "service/app.h"
#include "service/campaign.h"
#include "service/message.h"
#include "service/obligation_record.h"

int64_t obligation_today(const struct rpc *rpc)
{
    return date_to_days(date_from_wall_ms(rpc->now_ms, rpc->app->utc_offset_minutes));
}

static status pension_of(struct rpc *rpc, struct owner owner,
                         const Hayat__Store__V1__StoredPension **ret_pension, uint32_t *ret_seq)
{
    struct pension_list list;
    TRY(pension_store_list(rpc->txn, owner, &list));
    if (list.count == 0) {
        return FAIL(NOT_A_PENSIONER);
    }
    *ret_pension = list.rows[0].record;
    *ret_seq = list.rows[0].seq;
    return STATUS_OK;
}

status obligation_pension(struct rpc *rpc, const Hayat__Store__V1__StoredPension **ret_pension)
{
    uint32_t seq;
    return pension_of(rpc, rpc->principal->owner, ret_pension, &seq);
}

static void count_certificates(struct obligation *obligation)
{
    for (size_t i = 0; i < obligation->certificates.count; i++) {
        obligation->of_year += obligation->certificates.rows[i].year == obligation->campaign.year
                                   ? 1
                                   : 0;
    }
}

/* What is stored, with the window it was made with; before it is made, what it would be. */
static status find_stored(struct rpc *rpc, struct owner owner, struct obligation *obligation)
{
    obligation_row *row;
    certificate_state best = obligation->counting == NULL
                                 ? CERTIFICATE(UNSPECIFIED)
                                 : (certificate_state)obligation->counting->state;
    status found = obligation_store_get(rpc->txn, owner, obligation->campaign.year,
                                        obligation->pension_seq, &row);
    obligation->state = obligation_state_of(best, SUSPENSION(UNSPECIFIED));
    obligation->fulfilled = certificate_is_filed(best);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    obligation->stored = row;
    obligation->state = (obligation_state)row->state;
    obligation->campaign = (struct campaign){row->year, row->open_days, row->due_days,
                                             row->grace_end_days};
    return STATUS_OK;
}

status obligation_load_of(struct rpc *rpc, struct owner owner, struct obligation *ret_obligation)
{
    *ret_obligation = (struct obligation){.today = obligation_today(rpc)};
    TRY(pension_of(rpc, owner, &ret_obligation->pension, &ret_obligation->pension_seq));
    TRY(campaign_on(rpc->txn, ret_obligation->today, &ret_obligation->campaign));
    TRY(life_certificate_store_list(rpc->txn, owner, &ret_obligation->certificates));
    ret_obligation->counting = obligation_counting(&ret_obligation->certificates,
                                                   ret_obligation->campaign.year);
    count_certificates(ret_obligation);
    return find_stored(rpc, owner, ret_obligation);
}

status obligation_load(struct rpc *rpc, struct obligation *ret_obligation)
{
    return obligation_load_of(rpc, rpc->principal->owner, ret_obligation);
}

status obligation_check_unmet(struct rpc *rpc, const struct life_certificate_list *list,
                              int32_t year)
{
    const struct life_certificate_row *best = obligation_counting(list, year);
    if (best == NULL || best->state != CERTIFICATE(ACCEPTED)) {
        return STATUS_OK;
    }
    rpc_precondition(rpc, "OBLIGATION_MET", message_id_of(rpc->arena, "lc", best->id));
    TRY(arena_check(rpc->arena));
    return FAIL(OBLIGATION_MET);
}

status obligation_window(struct txn *txn, struct owner owner, int32_t year,
                         struct campaign *ret_campaign)
{
    struct obligation_list list;
    TRY(obligation_store_list(txn, owner, &list));
    for (size_t i = list.count; i > 0; i--) { /* the first pension's, last in the list, counts */
        const obligation_row *row = list.rows[i - 1];
        if (row->year == year) {
            *ret_campaign = (struct campaign){row->year, row->open_days, row->due_days,
                                              row->grace_end_days};
            return STATUS_OK;
        }
    }
    return campaign_of_year(txn, year, ret_campaign);
}
