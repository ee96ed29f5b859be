#include "service/app.h"
#include "service/claim_message.h"
#include "service/claim_parts.h"
#include "service/claim_view.h"
#include "service/message.h"

#include <string.h>

#define STATE(name) HAYAT__V1__PRIOR_AUTHORIZATION_STATE__PRIOR_AUTHORIZATION_STATE_##name

typedef Hayat__Store__V1__StoredPriorAuthorization stored_authorization;

static status line_message(const struct claim_context *context,
                           const Hayat__Store__V1__StoredPriorAuthorizationLine *line,
                           Hayat__V1__PriorAuthorizationLine **ret_message)
{
    Hayat__V1__PriorAuthorizationLine *message = message_new(
        context->rpc->arena, &hayat__v1__prior_authorization_line__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->line_number = (int32_t)line->line_number;
    message->act_code = line->act_code;
    message->letter_key = line->letter_key;
    message->coefficient_thousandths = line->coefficient_thousandths;
    message->quantity = (int32_t)line->quantity;
    message->medicine_code = line->medicine_code;
    message->decision = (Hayat__V1__LineDecision)line->decision;
    message->requested_centimes = line->requested_centimes;
    message->granted_centimes = line->granted_centimes;
    message->estimated_share_centimes = line->member_share_centimes;
    TRY(claim_parts_rejections(context, line->rejections, line->n_rejections,
                               &message->rejections));
    message->n_rejections = line->n_rejections;
    *ret_message = message;
    return STATUS_OK;
}

static status line_messages(const struct claim_context *context, const stored_authorization *record,
                            Hayat__V1__PriorAuthorization *message)
{
    message->lines = arena_array(context->rpc->arena, record->n_lines, sizeof(void *));
    TRY(arena_check(context->rpc->arena));
    for (size_t i = 0; i < record->n_lines; i++) {
        TRY(line_message(context, record->lines[i], &message->lines[i]));
        message->n_lines = i + 1;
    }
    return STATUS_OK;
}

static struct event_text event_of(uint32_t state, enum language language)
{
    return authorization_event_text((Hayat__V1__PriorAuthorizationState)state, language);
}

/* RULE AMO-AUTHORIZATION-CLOCK: it begins with the request and ends with the decision; a series of dialysis has a delay of
   its own.  domain 4 */
static status clock_of(struct rpc *rpc, const stored_authorization *record,
                       Hayat__V1__LegalClock **ret_clock)
{
    bool dialysis = strcmp(record->kind_code, "dialysis") == 0;
    struct clock_request request = {
        .delay_code = dialysis ? "prior_authorization_dialysis" : "prior_authorization",
        .start_ms = record->request_ms,
        .stop_ms = record->decision_ms,
        .pauses = record->pauses,
        .pause_count = record->n_pauses,
    };
    return claim_parts_clock(rpc, &request, ret_clock);
}

static status timeline_of(const stored_authorization *record, struct timeline *timeline)
{
    bool decided = record->state == STATE(GRANTED) || record->state == STATE(PARTLY_GRANTED) ||
                   record->state == STATE(REFUSED);
    TRY(claim_parts_changes(timeline, record->state_changes, record->n_state_changes));
    claim_parts_derive(timeline, STATE(RECEIVED), record->request_ms);
    if (decided) {
        claim_parts_derive(timeline, record->state, record->decision_ms);
    }
    return STATUS_OK;
}

static status fill_texts(struct rpc *rpc, const stored_authorization *record,
                         Hayat__V1__PriorAuthorization *message)
{
    const struct calendar civil = {.utc_offset_minutes = rpc->app->utc_offset_minutes};
    int64_t decided = record->decision_ms != 0 ? record->decision_ms : record->request_ms;
    struct claim_context context;
    TRY(claim_context_init(&context, rpc, calendar_day_of(&civil, decided)));
    TRY(claim_parts_missing(&context, record->missing_items, record->n_missing_items,
                            &message->missing_items));
    message->n_missing_items = record->n_missing_items;
    TRY(claim_parts_rejections(&context, record->rejections, record->n_rejections,
                               &message->rejections));
    message->n_rejections = record->n_rejections;
    TRY(line_messages(&context, record, message));
    struct timeline timeline;
    TRY(timeline_of(record, &timeline));
    TRY(claim_parts_timeline(rpc, &timeline, event_of, &message->timeline));
    message->n_timeline = timeline.count;
    return clock_of(rpc, record, &message->legal_clock);
}

status prior_authorization_message(struct rpc *rpc, struct id id,
                                   const Hayat__Store__V1__StoredPriorAuthorization *record,
                                   Hayat__V1__PriorAuthorization **ret_message)
{
    struct id beneficiary;
    TRY(claim_parts_beneficiary(rpc->txn, rpc->principal->owner, record->beneficiary_seq,
                                &beneficiary));
    Hayat__V1__PriorAuthorization *message = message_new(
        rpc->arena, &hayat__v1__prior_authorization__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->summary = prior_authorization_summary(rpc->arena, id, beneficiary, record);
    message->requester_inpe = record->requester_inpe;
    message->establishment_inpe = record->establishment_inpe;
    TRY(fill_texts(rpc, record, message));
    *ret_message = message;
    return arena_check(rpc->arena);
}
