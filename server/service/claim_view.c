#include "service/claim_view.h"

#include "service/message.h"

static char currency[] = "MAD";

int64_t missing_items_respond_by(Hayat__Store__V1__StoredMissingItem *const *items, size_t count)
{
    int64_t earliest = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t day = items[i]->respond_by_days;
        if (day != 0 && (earliest == 0 || day < earliest)) {
            earliest = day;
        }
    }
    return earliest;
}

Hayat__V1__AmountSplit *split_message(struct arena *arena,
                                      const Hayat__Store__V1__StoredSplit *split)
{
    Hayat__V1__AmountSplit *message = message_new(arena, &hayat__v1__amount_split__descriptor);
    if (message != NULL && split != NULL) {
        message->billed_centimes = split->billed_centimes;
        message->reimbursed_centimes = split->reimbursed_centimes;
        message->ticket_moderateur_centimes = split->ticket_moderateur_centimes;
        message->overrun_centimes = split->overrun_centimes;
        message->non_covered_centimes = split->non_covered_centimes;
    }
    return message;
}

Hayat__V1__ClaimSummary *claim_summary(struct arena *arena, struct id claim_id,
                                       struct id beneficiary,
                                       const Hayat__Store__V1__StoredClaim *claim)
{
    Hayat__V1__ClaimSummary *summary = message_new(arena, &hayat__v1__claim_summary__descriptor);
    if (summary == NULL) {
        return NULL;
    }
    summary->claim_id = message_id_of(arena, "clm", claim_id);
    summary->file_number = claim->file_number;
    summary->beneficiary_id = message_id_of(arena, "ben", beneficiary);
    summary->state = (Hayat__V1__ClaimState)claim->state;
    summary->origin = (Hayat__V1__ClaimOrigin)claim->origin;
    summary->first_care_date = message_optional_date(arena, claim->first_care_days);
    summary->last_care_date = message_optional_date(arena, claim->last_care_days);
    summary->receipt_date = message_optional_date(arena, claim->receipt_days);
    summary->decision_date = message_optional_date(arena, claim->decision_days);
    summary->payment_date = message_optional_date(arena, claim->payment_days);
    summary->totals = split_message(arena, claim->totals);
    summary->currency_code = currency;
    summary->payee = (Hayat__V1__Payee)claim->payee;
    summary->missing_item_count = (int32_t)claim->n_missing_items;
    summary->respond_by_date = message_optional_date(
        arena, missing_items_respond_by(claim->missing_items, claim->n_missing_items));
    summary->update_time = message_optional_time(arena, claim->update_ms);
    return summary;
}

Hayat__V1__PriorAuthorizationSummary *prior_authorization_summary(
    struct arena *arena, struct id id, struct id beneficiary,
    const Hayat__Store__V1__StoredPriorAuthorization *record)
{
    Hayat__V1__PriorAuthorizationSummary *summary = message_new(
        arena, &hayat__v1__prior_authorization_summary__descriptor);
    if (summary == NULL) {
        return NULL;
    }
    summary->prior_authorization_id = message_id_of(arena, "pa", id);
    summary->authorization_number = record->authorization_number;
    summary->beneficiary_id = message_id_of(arena, "ben", beneficiary);
    summary->state = (Hayat__V1__PriorAuthorizationState)record->state;
    summary->request_time = message_optional_time(arena, record->request_ms);
    summary->decision_time = message_optional_time(arena, record->decision_ms);
    summary->planned_care_date = message_optional_date(arena, record->planned_care_days);
    summary->valid_until_date = message_optional_date(arena, record->valid_until_days);
    summary->requested_centimes = record->requested_centimes;
    summary->granted_centimes = record->granted_centimes;
    summary->estimated_share_centimes = record->member_share_centimes;
    summary->currency_code = currency;
    summary->establishment_name = record->establishment_name;
    summary->missing_item_count = (int32_t)record->n_missing_items;
    summary->respond_by_date = message_optional_date(
        arena, missing_items_respond_by(record->missing_items, record->n_missing_items));
    summary->update_time = message_optional_time(arena, record->update_ms);
    return summary;
}

static status pack(struct arena *arena, const ProtobufCMessage *message, bytes *ret_view)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *view = arena_alloc(arena, size);
    if (view == NULL) {
        return FAIL(ARENA_FULL);
    }
    *ret_view = bytes_of(view, protobuf_c_message_pack(message, view));
    return STATUS_OK;
}

status claim_view_build(struct arena *arena, struct id claim_id, struct id beneficiary,
                        const Hayat__Store__V1__StoredClaim *claim, bytes *ret_view)
{
    const Hayat__V1__ClaimSummary *summary = claim_summary(arena, claim_id, beneficiary, claim);
    TRY(arena_check(arena));
    return pack(arena, &summary->base, ret_view);
}

status prior_authorization_view_build(struct arena *arena, struct id id, struct id beneficiary,
                                      const Hayat__Store__V1__StoredPriorAuthorization *record,
                                      bytes *ret_view)
{
    const Hayat__V1__PriorAuthorizationSummary *summary = prior_authorization_summary(
        arena, id, beneficiary, record);
    TRY(arena_check(arena));
    return pack(arena, &summary->base, ret_view);
}
