/*
 * hayat.backoffice.v1.FeedService: batches of rows from the core systems.
 *
 * A message is parsed on the queue's thread and committed, rows, counters and sequence together, before the next one is
 * read.  A batch's number decides: the next one is taken, an earlier one was taken before, a later one is a gap.
 */
#include "gen/handlers.h"

#include <sodium.h>

#include "base/scope.h"
#include "service/app.h"
#include "service/certificate_receipt.h"
#include "service/feed_batch.h"
#include "service/message.h"
#include "storage/feed_store.h"

enum { DIGEST_BYTES = 32 };

struct import {
    bool named;
    bool rules_made;
    struct feed_rules rules;
    char name[FEED_SOURCE_MAX + 1];
    struct feed_source source;
    uint64_t last_sequence;
    uint64_t taken, repeated, accepted, unchanged, refused;

    /* the batch under way, in the call's arena */
    uint64_t sequence;
    struct feed_batch batch;
    uint8_t digest[DIGEST_BYTES];
};

/* --- a message --- */

static status begin(struct rpc *rpc, struct import *import, const char *source)
{
    size_t len = strlen(source);
    if (len > FEED_SOURCE_MAX) {
        return FAIL(INVALID_FIELD); /* the bound said so already */
    }
    memcpy(import->name, source, len + 1);
    import->source = (struct feed_source){rpc->principal->agent, import->name};
    struct date today = date_from_wall_ms(rpc->now_ms, rpc->app->utc_offset_minutes);
    TRY(feed_rules_init(&import->rules, &feed_patterns_default, today));
    import->rules_made = true;
    import->named = true;
    return STATUS_OK;
}

/* What a batch said, so that the same number with other rows is noticed. */
static void digest_rows(const Hayat__Backoffice__V1__ImportRecordsRequest *request,
                        uint8_t digest[DIGEST_BYTES])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, DIGEST_BYTES);
    for (size_t i = 0; i < request->n_rows; i++) {
        const Hayat__Backoffice__V1__FeedRow *row = request->rows[i];
        uint8_t kind = (uint8_t)row->kind;
        (void)crypto_generichash_update(&state, &kind, 1);
        (void)crypto_generichash_update(&state, (const uint8_t *)row->row, strlen(row->row) + 1);
    }
    (void)crypto_generichash_final(&state, digest, DIGEST_BYTES);
}

/* A system that brings claims says nothing of accounts, of who lives, or of how long things are kept: who ends members' insurance
   must not make them go at once as well. */
static uint32_t scope_of_kind(Hayat__Backoffice__V1__FeedKind kind)
{
    if (kind == HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_BANK_ACCOUNT ||
        kind == HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_BANK_CODE) {
        return SCOPE_FEED_BANK;
    }
    if (kind == HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_RETENTION_PERIOD) {
        return SCOPE_FEED_RULES;
    }
    return kind == HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_LIFE_CONFIRMATION
               ? SCOPE_FEED_REGISTRY
               : SCOPE_FEED;
}

static status check_kinds(struct rpc *rpc,
                          const Hayat__Backoffice__V1__ImportRecordsRequest *request)
{
    for (size_t i = 0; i < request->n_rows; i++) {
        if ((scope_of_kind(request->rows[i]->kind) & rpc->principal->scopes) == 0) {
            return FAIL(PERMISSION_DENIED);
        }
    }
    return STATUS_OK;
}

static status import_message(struct rpc *rpc, void *state, const ProtobufCMessage *message,
                             bool *ret_commit, bool *ret_finish)
{
    struct import *import = state;
    const Hayat__Backoffice__V1__ImportRecordsRequest *request =
        (const Hayat__Backoffice__V1__ImportRecordsRequest *)(const void *)message;
    if (!import->named) {
        TRY(begin(rpc, import, request->source));
    } else if (strcmp(request->source, import->name) != 0) {
        rpc_violation(rpc, "source", "must not change within a stream");
        return FAIL(INVALID_FIELD);
    }
    TRY(check_kinds(rpc, request));
    const struct feed_batch_input input = {
        .rules = &import->rules,
        .keys = rpc->app->keys,
        .rows = request->rows,
        .count = request->n_rows,
    };
    import->sequence = (uint64_t)request->sequence;
    digest_rows(request, import->digest);
    TRY(feed_batch_parse(rpc->arena, &input, &import->batch));
    *ret_commit = true;
    *ret_finish = false;
    return STATUS_OK;
}

/* --- its commit --- */

static status read_state(struct txn *txn, const struct feed_source *source,
                         Hayat__Store__V1__StoredFeedSource **ret_state)
{
    status found = feed_store_get(txn, source, ret_state);
    if (found.why != REASON_NOT_FOUND) {
        return found;
    }
    *ret_state = arena_alloc(txn_arena(txn), sizeof **ret_state);
    if (*ret_state == NULL) {
        return FAIL(ARENA_FULL);
    }
    hayat__store__v1__stored_feed_source__init(*ret_state);
    return STATUS_OK;
}

/* Taken before: the same rows, as far as that is still known. */
static status repeat(struct rpc *rpc, struct import *import)
{
    Hayat__Store__V1__StoredFeedBatch *stored;
    status found = feed_store_get_batch(rpc->txn, &import->source, import->sequence, &stored);
    if (ok(found) && !bytes_equal(bytes_of(stored->digest.data, stored->digest.len),
                                  bytes_of(import->digest, DIGEST_BYTES))) {
        return FAIL(FEED_SEQUENCE_REUSED);
    }
    import->repeated++;
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

static status put_batch(struct rpc *rpc, struct import *import)
{
    const struct feed_batch *batch = &import->batch;
    Hayat__Store__V1__StoredFeedBatch record = HAYAT__STORE__V1__STORED_FEED_BATCH__INIT;
    record.refusals = arena_array(rpc->arena, batch->refused, sizeof *record.refusals);
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < batch->count; i++) {
        const struct feed_item *item = &batch->rows[i].item;
        if (item->outcome != FEED_REFUSED) {
            continue;
        }
        Hayat__Store__V1__StoredFeedRefusal *refusal = arena_alloc(rpc->arena, sizeof *refusal);
        if (refusal == NULL) {
            return FAIL(ARENA_FULL);
        }
        hayat__store__v1__stored_feed_refusal__init(refusal);
        refusal->record_index = (uint32_t)i;
        refusal->fault = (char *)(uintptr_t)feed_fault_name(item->error.fault);
        refusal->column = (char *)(uintptr_t)item->error.column;
        record.refusals[record.n_refusals++] = refusal;
    }
    record.digest = (ProtobufCBinaryData){DIGEST_BYTES, import->digest};
    record.accepted = batch->accepted;
    record.unchanged = batch->unchanged;
    record.billed_centimes = batch->billed_centimes;
    record.reimbursed_centimes = batch->reimbursed_centimes;
    record.create_ms = rpc->now_ms;
    return feed_store_put_batch(rpc->txn, &import->source, import->sequence, &record);
}

static status take(struct rpc *rpc, struct import *import,
                   Hayat__Store__V1__StoredFeedSource *state)
{
    struct feed_batch *batch = &import->batch;
    const struct receipt_issuer issuer = receipt_issuer_of(rpc->app);
    TRY(feed_batch_apply(rpc->txn, &issuer, batch));
    state->source = import->name;
    state->last_sequence = import->sequence;
    state->accepted += batch->accepted;
    state->unchanged += batch->unchanged;
    state->refused += batch->refused;
    state->update_ms = rpc->now_ms;
    TRY(put_batch(rpc, import));
    TRY(feed_store_put(rpc->txn, &import->source, state));
    import->taken++;
    import->accepted += batch->accepted;
    import->unchanged += batch->unchanged;
    import->refused += batch->refused;
    return STATUS_OK;
}

static status import_commit(struct rpc *rpc, void *ctx)
{
    struct import *import = ctx;
    Hayat__Store__V1__StoredFeedSource *state;
    TRY(read_state(rpc->txn, &import->source, &state));
    import->last_sequence = state->last_sequence;
    if (import->sequence <= state->last_sequence) {
        return repeat(rpc, import);
    }
    if (import->sequence != state->last_sequence + 1) {
        rpc_detail_int(rpc, "last_sequence", (int64_t)state->last_sequence);
        return FAIL(FEED_SEQUENCE_GAP);
    }
    TRY(take(rpc, import, state));
    import->last_sequence = import->sequence;
    return STATUS_OK;
}

static status import_finish(struct rpc *rpc, void *state, ProtobufCMessage *message)
{
    (void)rpc;
    const struct import *import = state;
    Hayat__Backoffice__V1__ImportRecordsResponse *response =
        (Hayat__Backoffice__V1__ImportRecordsResponse *)(void *)message;
    response->last_sequence = (int64_t)import->last_sequence;
    response->taken_batch_count = (int64_t)import->taken;
    response->repeated_batch_count = (int64_t)import->repeated;
    response->accepted_count = (int64_t)import->accepted;
    response->unchanged_count = (int64_t)import->unchanged;
    response->refused_count = (int64_t)import->refused;
    return STATUS_OK;
}

static void import_close(void *state)
{
    struct import *import = state;
    if (import->rules_made) {
        feed_rules_fini(&import->rules);
    }
}

const struct client_stream feed_import_records = {
    .state_size = sizeof(struct import),
    .write_limit = LIMIT_FEED_WRITES,
    .message = import_message,
    .commit = import_commit,
    .finish = import_finish,
    .close = import_close,
};

/* --- GetFeedBatch --- */

static const char *fault_text(const char *name)
{
    for (int fault = FEED_FAULT_NONE; fault < FEED_FAULT_COUNT; fault++) {
        if (strcmp(feed_fault_name((enum feed_fault)fault), name) == 0) {
            return feed_fault_text((enum feed_fault)fault);
        }
    }
    return "";
}

static status refusal_messages(struct rpc *rpc, const Hayat__Store__V1__StoredFeedBatch *stored,
                               Hayat__Backoffice__V1__FeedBatch *batch)
{
    batch->refusals = arena_array(rpc->arena, stored->n_refusals, sizeof *batch->refusals);
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < stored->n_refusals; i++) {
        Hayat__Backoffice__V1__FeedRefusal *refusal = message_new(
            rpc->arena, &hayat__backoffice__v1__feed_refusal__descriptor);
        if (refusal == NULL) {
            return FAIL(ARENA_FULL);
        }
        refusal->row_index = (int32_t)stored->refusals[i]->record_index;
        refusal->fault = stored->refusals[i]->fault;
        refusal->column = stored->refusals[i]->column;
        refusal->text = (char *)(uintptr_t)fault_text(refusal->fault);
        batch->refusals[batch->n_refusals++] = refusal;
    }
    return STATUS_OK;
}

static status batch_message(struct rpc *rpc, const struct feed_source *source, uint64_t sequence,
                            Hayat__Backoffice__V1__FeedBatch **ret_batch)
{
    Hayat__Store__V1__StoredFeedBatch *stored;
    TRY(feed_store_get_batch(rpc->txn, source, sequence, &stored));
    Hayat__Backoffice__V1__FeedBatch *batch = message_new(
        rpc->arena, &hayat__backoffice__v1__feed_batch__descriptor);
    if (batch == NULL) {
        return FAIL(ARENA_FULL);
    }
    batch->sequence = (int64_t)sequence;
    batch->accepted_count = (int64_t)stored->accepted;
    batch->unchanged_count = (int64_t)stored->unchanged;
    batch->billed_centimes = stored->billed_centimes;
    batch->reimbursed_centimes = stored->reimbursed_centimes;
    batch->create_time = message_time(rpc->arena, stored->create_ms);
    *ret_batch = batch;
    return refusal_messages(rpc, stored, batch);
}

status feed_get_feed_batch(struct rpc *rpc,
                           const Hayat__Backoffice__V1__GetFeedBatchRequest *request,
                           Hayat__Backoffice__V1__GetFeedBatchResponse *response)
{
    const struct feed_source source = {rpc->principal->agent, request->source};
    Hayat__Store__V1__StoredFeedSource *state;
    TRY(read_state(rpc->txn, &source, &state));
    response->last_sequence = (int64_t)state->last_sequence;
    response->accepted_count = (int64_t)state->accepted;
    response->unchanged_count = (int64_t)state->unchanged;
    response->refused_count = (int64_t)state->refused;
    uint64_t sequence = request->sequence > 0 ? (uint64_t)request->sequence : state->last_sequence;
    return sequence == 0 ? STATUS_OK : batch_message(rpc, &source, sequence, &response->batch);
}
