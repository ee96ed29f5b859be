/*
 * OutboxService.AckOutbox: the end of an item, with its proof, told by whoever holds it; later, what the network reported of it.
 */
#include "gen/handlers.h"

#include "service/delivery.h"
#include "service/message.h"
#include "service/outbox_item.h"
#include "service/outbox_report.h"
#include "storage/delivery_report_store.h"
#include "storage/delivery_store.h"
#include "storage/preferences_store.h"

#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name
#define MESSAGE(name) HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_##name

struct ending {
    const Hayat__Backoffice__V1__OutboxResult *result;
    const Hayat__Store__V1__StoredOutbox *row;
    uint64_t sequence;
    uint32_t attempt_count;
};

/* Of a letter or text message; a decoy leaves nothing, since there is nobody to keep it for. */
static status describe_message(struct rpc *rpc, const struct ending *ending,
                               Hayat__Store__V1__StoredDelivery *delivery, bool *ret_is_decoy)
{
    Hayat__Store__V1__StoredMessage *message;
    *ret_is_decoy = false;
    if (strcmp(ending->row->kind, OUTBOX_KIND_MESSAGE) != 0) {
        return STATUS_OK;
    }
    TRY(delivery_unpack(rpc->arena, bytes_of_binary(ending->row->payload), &message));
    *ret_is_decoy = message->kind == MESSAGE(DECOY);
    delivery->message_kind = message->kind;
    delivery->notice_kind = message->notice_kind;
    return STATUS_OK;
}

/* The token of a device that the push service knows no more. */
static status drop_token(struct rpc *rpc, const struct ending *ending, struct owner owner)
{
    struct id device;
    Hayat__Store__V1__StoredMessage *message;
    if (!ending->result->recipient_gone || ending->row->queue != OUTBOX_PUSH ||
        strcmp(ending->row->kind, OUTBOX_KIND_MESSAGE) != 0) {
        return STATUS_OK;
    }
    TRY(delivery_unpack(rpc->arena, bytes_of_binary(ending->row->payload), &message));
    return id_of_binary(message->device_id, &device)
               ? preferences_store_forget_device(rpc->txn, owner, device)
               : FAIL(STORE_CORRUPT);
}

/* The network's word on a text message finds the record by this. */
static status await_report(struct rpc *rpc, const struct ending *ending, struct owner owner)
{
    const struct awaited_report awaited = {owner, rpc->principal->agent};
    return delivery_report_store_put(rpc->txn, ending->sequence, &awaited);
}

static status keep_proof(struct rpc *rpc, const struct ending *ending)
{
    struct owner owner;
    bool is_decoy;
    Hayat__Store__V1__StoredDelivery delivery;
    hayat__store__v1__stored_delivery__init(&delivery);
    TRY(describe_message(rpc, ending, &delivery, &is_decoy));
    if (is_decoy) {
        return STATUS_OK;
    }
    memcpy(owner.bytes, ending->row->owner.data, OWNER_BYTES);
    delivery.kind = ending->row->kind;
    delivery.queue = ending->row->queue;
    delivery.outcome =
        (Hayat__Store__V1__DeliveryOutcome)ending->result->outcome; /* same numbers */
    delivery.create_ms = ending->row->create_ms;
    delivery.settle_ms = rpc->now_ms;
    delivery.attempt_count = ending->attempt_count;
    delivery.channel = ending->result->channel;
    delivery.evidence = ending->result->evidence;
    delivery.agent_id = message_bytes(rpc->arena, bytes_of(rpc->principal->agent.bytes, ID_BYTES));
    delivery.report_expected = ending->result->report_expected &&
                               ending->result->outcome == OUTCOME(DELIVERED) &&
                               ending->row->queue == OUTBOX_SMS;
    TRY(arena_check(rpc->arena));
    rpc_audit_subject(rpc, owner);
    TRY(drop_token(rpc, ending, owner));
    TRY(delivery.report_expected ? await_report(rpc, ending, owner) : STATUS_OK);
    return delivery_store_put(rpc->txn, owner, ending->sequence, &delivery);
}

static status postpone(struct rpc *rpc, struct ending *ending)
{
    int64_t due_ms = rpc->now_ms + ending->result->retry_seconds * 1000LL;
    return outbox_store_postpone(rpc->txn, ending->sequence, due_ms, &ending->row);
}

static status settle(struct rpc *rpc, struct ending *ending)
{
    TRY(outbox_store_settle(rpc->txn, ending->sequence, &ending->row, &ending->attempt_count));
    return ending->row == NULL ? STATUS_OK : keep_proof(rpc, ending);
}

/* One that its lease's end gave to somebody else, or that was taken back, is not the caller's to end. */
static status end_held(struct rpc *rpc, struct ending *ending, bool *ret_held)
{
    struct id holder;
    Hayat__Store__V1__StoredOutbox *row;
    *ret_held = true;
    status s = outbox_store_get(rpc->txn, ending->sequence, &row);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* gone */
    }
    TRY(s);
    TRY(outbox_store_holder(rpc->txn, ending->sequence, &holder));
    *ret_held = memcmp(holder.bytes, rpc->principal->agent.bytes, ID_BYTES) == 0 &&
                outbox_may_take(rpc->principal, (enum outbox_queue)row->queue);
    if (!*ret_held) {
        return STATUS_OK;
    }
    return ending->result->outcome == OUTCOME(POSTPONED) ? postpone(rpc, ending)
                                                         : settle(rpc, ending);
}

static status end_item(struct rpc *rpc, struct ending *ending,
                       Hayat__Backoffice__V1__AckOutboxResponse *response)
{
    bool held = true;
    TRY(end_held(rpc, ending, &held));
    response->changed_count += ending->row != NULL;
    response->gone_count += ending->row == NULL && held;
    response->not_held_count += !held;
    return STATUS_OK;
}

static status take_report(struct rpc *rpc, const struct ending *ending,
                          Hayat__Backoffice__V1__AckOutboxResponse *response)
{
    enum report_fate fate;
    TRY(outbox_report(rpc, ending->result, ending->sequence, &fate));
    response->changed_count += fate == REPORT_TAKEN;
    response->gone_count += fate == REPORT_GONE;
    response->not_held_count += fate == REPORT_NOT_HELD;
    if (fate == REPORT_EARLY) {
        response->early_outbox_ids[response->n_early_outbox_ids++] = ending->result->outbox_id;
    }
    return STATUS_OK;
}

status outbox_ack_outbox(struct rpc *rpc, const Hayat__Backoffice__V1__AckOutboxRequest *request,
                         Hayat__Backoffice__V1__AckOutboxResponse *response)
{
    response->early_outbox_ids = arena_array(rpc->arena, request->n_results,
                                             sizeof *response->early_outbox_ids);
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < request->n_results; i++) {
        struct ending ending = {.result = request->results[i]};
        if (!outbox_id_parse(rpc, ending.result->outbox_id, &ending.sequence)) {
            response->gone_count++;
            continue;
        }
        TRY(outbox_is_report(ending.result) ? take_report(rpc, &ending, response)
                                            : end_item(rpc, &ending, response));
    }
    return STATUS_OK;
}
