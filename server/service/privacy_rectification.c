/*
 * PrivacyService.RequestRectification, RequestErasure, WithdrawErasure, ListRectifications: what a member finds wrong goes to the core system that owns it (SEC-F3).
 * We store the wish and pass it on; what is put right comes back with the feed.  Erasing is decided here, by two persons
 * (service/erasure_wish.h).
 */
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "gen/handlers.h"
#include "service/delivery_evidence.h"
#include "service/erasure_texts.h"
#include "service/erasure_wish.h"
#include "service/message.h"
#include "service/page_token.h"
#include "storage/outbox_store.h"
#include "storage/rectification_store.h"

#define SUBJECT(name) HAYAT__V1__RECTIFICATION_SUBJECT__RECTIFICATION_SUBJECT_##name
#define STATE(name) HAYAT__V1__RECTIFICATION_STATE__RECTIFICATION_STATE_##name

static const char list_method[] = "PrivacyService.ListRectifications";

/* RULE ERASURE-PERSONS: of an erasure, what the persons said.  Of what is to be put right, how far it came: the delivery's record may have had its time before the wish has: it was passed on long ago. */
static status state_of(struct rpc *rpc, const rectification_row *row,
                       Hayat__V1__RectificationState *ret_state)
{
    struct delivery_evidence evidence;
    if (erasure_wish_is(row)) {
        *ret_state = (Hayat__V1__RectificationState)row->state;
        return STATUS_OK;
    }
    TRY(delivery_evidence(rpc->txn, rpc->principal->owner, row->outbox_sequence, &evidence));
    switch (evidence.grade) {
    case DELIVERY_WAITING:
        *ret_state = STATE(RECEIVED);
        return STATUS_OK;
    case DELIVERY_ENDED:
        *ret_state = STATE(NOT_TAKEN);
        return STATUS_OK;
    case DELIVERY_UNKNOWN:
    case DELIVERY_ACCEPTED:
    case DELIVERY_PROVEN:
        break;
    }
    *ret_state = STATE(PASSED_ON);
    return STATUS_OK;
}

static status message_of(struct rpc *rpc, const rectification_row *row,
                         Hayat__V1__Rectification **ret_message)
{
    Hayat__V1__Rectification *message = message_new(rpc->arena,
                                                    &hayat__v1__rectification__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->rectification_id = message_id(rpc->arena, ERASURE_WISH_TYPE, row->rectification_id);
    message->subject = (Hayat__V1__RectificationSubject)row->subject;
    message->text = message_text(rpc->arena, row->text);
    message->create_time = message_time(rpc->arena, row->create_ms);
    *ret_message = message;
    return arena_check(rpc->arena);
}

static status fill_erasure(struct rpc *rpc, const rectification_row *row,
                           Hayat__V1__Rectification *message)
{
    struct owner owner = rpc->principal->owner;
    struct erasure_kept kept;
    bool all;
    message->decide_time = message_optional_time(rpc->arena, row->decide_ms);
    message->answer = message_text(rpc->arena, row->answer);
    if (row->state == (uint32_t)STATE(REFUSED) || row->state == (uint32_t)STATE(WITHDRAWN)) {
        return arena_check(rpc->arena);
    }
    TRY(erasure_wish_takes_all(rpc->txn, owner, row, &all));
    TRY(erasure_texts_kept(rpc->txn, owner, all, rpc->language, &kept));
    message->taken_text = message_text(rpc->arena, erasure_text_taken(all, rpc->language));
    return erasure_texts_copy(rpc->arena, &kept, &message->kept_texts, &message->n_kept_texts);
}

/* As it is on file. */
static status told(struct rpc *rpc, const rectification_row *row,
                   Hayat__V1__Rectification **ret_message)
{
    TRY(message_of(rpc, row, ret_message));
    TRY(state_of(rpc, row, &(*ret_message)->state));
    return erasure_wish_is(row) ? fill_erasure(rpc, row, *ret_message) : STATUS_OK;
}

/* --- asking --- */

/* What the core system gets: the message a member sees, as bytes. */
static status pass_on(struct rpc *rpc, const Hayat__V1__Rectification *message,
                      uint64_t *ret_sequence)
{
    size_t len = hayat__v1__rectification__get_packed_size(message);
    uint8_t *payload = arena_alloc(rpc->arena, len);
    if (payload == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)hayat__v1__rectification__pack(message, payload);
    return outbox_store_append_numbered(rpc->txn,
                                        &(struct outbox_row){.queue = OUTBOX_CORE,
                                                             .owner = rpc->principal->owner,
                                                             .kind = "rectification.requested",
                                                             .payload = bytes_of(payload, len)},
                                        ret_sequence);
}

/* ID is the row's from here on. */
static void begin(struct rpc *rpc, Hayat__V1__RectificationSubject subject, struct id *id,
                  rectification_row *row)
{
    hayat__store__v1__stored_rectification__init(row);
    *id = id_new(txn_random(rpc->txn));
    row->rectification_id = (ProtobufCBinaryData){ID_BYTES, id->bytes};
    row->subject = (uint32_t)subject;
    row->create_ms = rpc->now_ms;
    rpc_audit_object(rpc, ERASURE_WISH_TYPE, *id);
}

status privacy_request_rectification(struct rpc *rpc,
                                     const Hayat__V1__RequestRectificationRequest *request,
                                     Hayat__V1__RequestRectificationResponse *response)
{
    struct id id;
    rectification_row row;
    if (request->subject == SUBJECT(ERASURE)) {
        rpc_violation(rpc, "subject", "is asked for with RequestErasure");
        return FAIL(INVALID_FIELD);
    }
    begin(rpc, request->subject, &id, &row);
    row.text = request->text;
    TRY(message_of(rpc, &row, &response->rectification));
    response->rectification->state = STATE(RECEIVED);
    TRY(pass_on(rpc, response->rectification, &row.outbox_sequence));
    return rectification_store_put(rpc->txn, rpc->principal->owner, &row);
}

/* --- to be erased --- */

/* SEC-B6: whoever happens to hold the telephone does not ask for this. */
status privacy_request_erasure_step_up(struct rpc *rpc,
                                       const Hayat__V1__RequestErasureRequest *request,
                                       const char **ret_text)
{
    bool open;
    (void)request;
    TRY(erasure_wish_is_open(rpc->txn, rpc->principal->owner, &open));
    *ret_text = erasure_text_asking(rpc->language);
    return open ? FAIL(ERASURE_OPEN) : STATUS_OK;
}

/* What ended counts (erasure_wish.h), so that a stolen token alone keeps nobody from it for long. */
static status check_room(struct rpc *rpc)
{
    struct erasure_room room;
    TRY(erasure_wish_room(rpc->txn, rpc->principal->owner, &room));
    if (room.bound == ERASURE_WITHIN_BOUNDS) {
        return STATUS_OK;
    }
    rpc->details.retry_after_ms = room.retry_after_ms;
    if (room.bound == ERASURE_WISHES_SPENT) {
        rpc_quota(rpc, "erasures_per_month", "wishes to be erased decided on within 30 days: 5");
    } else {
        rpc_quota(rpc, "erasures_taken_back_per_day",
                  "wishes to be erased taken back within a day: 5");
    }
    return FAIL(RATE_LIMITED);
}

status privacy_request_erasure(struct rpc *rpc, const Hayat__V1__RequestErasureRequest *request,
                               Hayat__V1__RequestErasureResponse *response)
{
    struct id id;
    rectification_row row;
    begin(rpc, SUBJECT(ERASURE), &id, &row);
    row.text = request->text;
    TRY(erasure_wish_ask(rpc->txn, rpc->principal->owner, &row));
    TRY(check_room(rpc));
    return told(rpc, &row, &response->rectification);
}

/* Without a confirmation: it gives a thief a day at most (erasure_wish.h), and must not be harder than asking the agency. */
status privacy_withdraw_erasure(struct rpc *rpc, const Hayat__V1__WithdrawErasureRequest *request,
                                Hayat__V1__WithdrawErasureResponse *response)
{
    struct id id;
    rectification_row *row;
    if (!id_parse(bytes_str(request->rectification_id), ERASURE_WISH_TYPE, &id)) {
        return FAIL(NOT_FOUND);
    }
    rpc_audit_object(rpc, ERASURE_WISH_TYPE, id);
    TRY(erasure_wish_withdraw(rpc->txn, rpc->principal->owner, id, &row));
    return told(rpc, row, &response->rectification);
}

/* --- listing --- */

struct gathering {
    size_t most, count;
    struct key last;
    bool more;
    const rectification_row *rows[LIMIT_PAGE_MAX];
};

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct gathering *gathering = ctx;
    gathering->more = gathering->count == gathering->most;
    if (!gathering->more) {
        gathering->rows[gathering->count++] = (const rectification_row *)record;
        gathering->last = key;
    }
    return !gathering->more;
}

static status fill(struct rpc *rpc, const struct gathering *gathering,
                   Hayat__V1__ListRectificationsResponse *response)
{
    response->rectifications = arena_array(rpc->arena, gathering->count,
                                           sizeof(Hayat__V1__Rectification *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < gathering->count; i++) {
        TRY(told(rpc, gathering->rows[i], &response->rectifications[i]));
        response->n_rectifications++;
    }
    return STATUS_OK;
}

status privacy_list_rectifications(struct rpc *rpc,
                                   const Hayat__V1__ListRectificationsRequest *request,
                                   Hayat__V1__ListRectificationsResponse *response)
{
    struct page_cursor cursor;
    struct gathering gathering = {.most = page_size_of(request->page_size)};
    struct owner owner = rpc->principal->owner;
    TRY(page_token_read(rpc, list_method, request->page_token, &cursor));
    struct key before = key_bytes(key_empty(), bytes_of(cursor.bytes, cursor.len));
    TRY(rectification_store_list(rpc->txn, owner, before, gather, &gathering));
    TRY(fill(rpc, &gathering, response));
    if (!gathering.more) {
        return STATUS_OK;
    }
    cursor.len = gathering.last.len;
    memcpy(cursor.bytes, gathering.last.bytes, gathering.last.len);
    return page_token_make(rpc, list_method, &cursor, &response->next_page_token);
}
