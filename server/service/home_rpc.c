#include "gen/handlers.h"

#include "base/clock.h"
#include "service/card_message.h"
#include "service/home_texts.h"
#include "service/message.h"
#include "service/obligation.h"

static status fill_card(struct rpc *rpc, Hayat__V1__GetHomeResponse *response)
{
    Hayat__Store__V1__StoredCard *card;
    status found = card_store_get(rpc->txn, rpc->principal->owner, SEQ_HOLDER, &card);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* absent until one is issued */
    }
    TRY(found);
    struct card_row row = {SEQ_HOLDER, card};
    return card_message(rpc, &row, &response->card);
}

static status fill_dependants(struct rpc *rpc, Hayat__V1__GetHomeResponse *response)
{
    struct beneficiary_list list;
    TRY(member_store_list_beneficiaries(rpc->txn, rpc->principal->owner, &list));
    response->dependants = arena_array(rpc->arena, list.count, sizeof(Hayat__V1__Beneficiary *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < list.count; i++) {
        if (list.rows[i].seq != SEQ_HOLDER) {
            TRY(beneficiary_message(rpc, list.rows[i].record,
                                    &response->dependants[response->n_dependants]));
            response->n_dependants++;
        }
    }
    return STATUS_OK;
}

static status due_message(struct rpc *rpc, const struct campaign *campaign, bool overdue,
                          Hayat__V1__DueItem **ret_item)
{
    Hayat__V1__DueItem *item = message_new(rpc->arena, &hayat__v1__due_item__descriptor);
    if (item == NULL) {
        return FAIL(ARENA_FULL);
    }
    item->kind = HAYAT__V1__DUE_KIND__DUE_KIND_LIFE_CERTIFICATE;
    item->due_date = message_date(rpc->arena, campaign->due_days);
    item->overdue = overdue;
    item->text = home_text_life_certificate(rpc->arena, rpc->language, campaign->year,
                                            date_from_days(campaign->due_days), overdue);
    *ret_item = item;
    return arena_check(rpc->arena);
}

static status fill_due_items(struct rpc *rpc, Hayat__V1__GetHomeResponse *response)
{
    struct obligation obligation;
    bool overdue;
    status loaded = obligation_load(rpc, &obligation);
    if (loaded.why == REASON_NOT_A_PENSIONER || loaded.why == REASON_CAMPAIGN_NOT_OPEN) {
        return STATUS_OK;
    }
    TRY(loaded);
    if (!campaign_is_due(&obligation.campaign, obligation.today, obligation.fulfilled_by != NULL,
                         &overdue)) {
        return STATUS_OK;
    }
    response->due_items = arena_array(rpc->arena, 1, sizeof(Hayat__V1__DueItem *));
    TRY(arena_check(rpc->arena));
    TRY(due_message(rpc, &obligation.campaign, overdue, &response->due_items[0]));
    response->n_due_items = 1;
    return STATUS_OK;
}

status home_get_home(struct rpc *rpc, const Hayat__V1__GetHomeRequest *request,
                     Hayat__V1__GetHomeResponse *response)
{
    (void)request;
    TRY(fill_card(rpc, response));
    TRY(fill_dependants(rpc, response));
    TRY(fill_due_items(rpc, response));
    response->server_time = message_time(rpc->arena, rpc->now_ms);
    return arena_check(rpc->arena);
}
