#include "rpc/replay.h"

#include <assert.h>

#include "storage/db.h"
#include "storage/expiry_store.h"
#include "storage/request_store.h"

enum { REQUEST_DIGEST_BYTES = 32 };

static bool applies(const struct call *call)
{
    return call->route->policy.idempotency == IDEMPOTENCY_REQUEST_ID &&
           call->principal.kind != CALLER_ANONYMOUS;
}

/* The request_id of the unpacked request; rpcgen made sure there is one and the pre-scan that it is a UUID. */
static bytes request_id(const struct call *call)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(
        call->route->request, (unsigned)call->route->request_id_field);
    assert(field != NULL && field->type == PROTOBUF_C_TYPE_STRING &&
           field->label == PROTOBUF_C_LABEL_NONE);
    const char *text;
    memcpy(&text, (const uint8_t *)call->unpacked + field->offset, sizeof text);
    return bytes_str(text);
}

static struct id id_of(const struct call *call)
{
    return request_store_id(txn_keys(call->rpc.txn), call->route->path, request_id(call));
}

static void digest_of(const struct call *call, uint8_t out[REQUEST_DIGEST_BYTES])
{
    seal_blind(txn_keys(call->rpc.txn), "request", call->request, out, REQUEST_DIGEST_BYTES);
}

/* Expired rows linger until the job deletes them; they must not answer any more. */
static status find_live(struct call *call, Hayat__Store__V1__StoredRequest **ret_row)
{
    Hayat__Store__V1__StoredRequest *row;
    TRY(request_store_get(call->rpc.txn, principal_account(&call->principal), id_of(call), &row));
    if (row->expire_ms <= call->rpc.now_ms) {
        return FAIL(NOT_FOUND);
    }
    *ret_row = row;
    return STATUS_OK;
}

status replay_find(struct call *call, bool *ret_found)
{
    *ret_found = false;
    if (!applies(call)) {
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredRequest *row;
    status s = find_live(call, &row);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    uint8_t digest[REQUEST_DIGEST_BYTES];
    digest_of(call, digest);
    if (!bytes_equal(bytes_of(row->request_digest.data, row->request_digest.len),
                     bytes_of(digest, sizeof digest))) {
        return FAIL(REQUEST_ID_REUSED);
    }
    call->reply = arena_copy(&call->arena, bytes_of(row->response.data, row->response.len));
    *ret_found = true;
    return arena_check(&call->arena);
}

status replay_remember(struct call *call)
{
    if (!applies(call)) {
        return STATUS_OK;
    }
    struct id id = id_of(call);
    uint8_t digest[REQUEST_DIGEST_BYTES];
    digest_of(call, digest);
    union {
        const void *in;
        void *out; /* protobuf-c does not write to what it packs */
    } response = {.in = call->reply.ptr}, method = {.in = call->route->path};
    Hayat__Store__V1__StoredRequest row;
    hayat__store__v1__stored_request__init(&row);
    row.method = method.out;
    row.request_digest = (ProtobufCBinaryData){sizeof digest, digest};
    row.response = (ProtobufCBinaryData){call->reply.len, response.out};
    row.expire_ms = call->rpc.now_ms + LIMIT_REQUEST_ID_LIFE_MS;
    TRY(request_store_put(call->rpc.txn, principal_account(&call->principal), id, &row));
    return expiry_store_add(
        call->rpc.txn, &(struct expiry){.time_ms = row.expire_ms,
                                        .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_REQUEST,
                                        .owner = principal_account(&call->principal),
                                        .id = bytes_of(id.bytes, ID_BYTES)});
}
