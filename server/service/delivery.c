#include "service/delivery.h"

#include <assert.h>

#include "base/codec.h"

#define MESSAGE(name) HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_##name

enum { LENGTH_BYTES = 4 };

status delivery_pack(struct arena *arena, const Hayat__Store__V1__StoredMessage *message,
                     bytes *ret_payload)
{
    size_t len = hayat__store__v1__stored_message__get_packed_size(message);
    uint8_t *payload = arena_alloc(arena, LIMIT_OUTBOX_PAYLOAD_BYTES);
    assert(len <= LIMIT_OUTBOX_PAYLOAD_BYTES - LENGTH_BYTES); /* texts are bounded */
    if (payload == NULL) {
        return FAIL(ARENA_FULL);
    }
    put_be32(payload, (uint32_t)len);
    (void)hayat__store__v1__stored_message__pack(message, payload + LENGTH_BYTES);
    *ret_payload = bytes_of(payload, LIMIT_OUTBOX_PAYLOAD_BYTES);
    return STATUS_OK;
}

status delivery_unpack(struct arena *arena, bytes payload,
                       Hayat__Store__V1__StoredMessage **ret_message)
{
    if (payload.len != LIMIT_OUTBOX_PAYLOAD_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    size_t len = get_be32(payload.ptr);
    if (len > payload.len - LENGTH_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_message = hayat__store__v1__stored_message__unpack(&arena->allocator, len,
                                                            payload.ptr + LENGTH_BYTES);
    if (*ret_message == NULL) {
        return arena_ran_dry(arena) ? FAIL(ARENA_FULL) : FAIL(STORE_CORRUPT);
    }
    return STATUS_OK;
}

/* The same work for everybody but for the kind's number (SEC-B3). */
static status pack_code(struct txn *txn, const struct code_message *code, bytes *ret_payload)
{
    struct arena *arena = txn_arena(txn);
    const char *phone_number = code->phone_number == NULL ? "" : code->phone_number;
    const char *email = code->email == NULL ? "" : code->email;
    assert(strlen(code->code) <= CODE_TEXT_MAX && strlen(phone_number) <= PHONE_TEXT_MAX &&
           strlen(email) <= LIMIT_EMAIL_BYTES);
    Hayat__Store__V1__StoredMessage message;
    hayat__store__v1__stored_message__init(&message);
    message.kind = code->decoy ? MESSAGE(DECOY) : MESSAGE(CODE);
    message.language = (uint32_t)code->language;
    message.code = arena_str(arena, bytes_str(code->code));
    message.expire_ms = code->expire_ms;
    message.address_version = code->address_version;
    message.phone_number = arena_str(arena, bytes_str(phone_number));
    message.email = arena_str(arena, bytes_str(email));
    struct id enrolment = code->enrolment;
    message.enrolment_id = (ProtobufCBinaryData){ID_BYTES, enrolment.bytes};
    message.try_count = code->try_count;
    TRY(arena_check(arena));
    return delivery_pack(arena, &message, ret_payload);
}

status delivery_append(struct txn *txn, enum outbox_queue queue, struct owner owner,
                       const Hayat__Store__V1__StoredMessage *message, uint64_t *ret_sequence)
{
    struct outbox_row row = {.queue = queue, .owner = owner, .kind = OUTBOX_KIND_MESSAGE};
    TRY(delivery_pack(txn_arena(txn), message, &row.payload));
    return outbox_store_append_numbered(txn, &row, ret_sequence);
}

static enum outbox_queue queue_of(enum channel channel)
{
    if (channel == CHANNEL_POST) {
        return OUTBOX_POST;
    }
    return channel == CHANNEL_EMAIL ? OUTBOX_EMAIL : OUTBOX_SMS;
}

status delivery_send_code(struct txn *txn, const struct code_message *message)
{
    assert(message->channel == CHANNEL_POST || message->channel == CHANNEL_SMS ||
           message->channel == CHANNEL_EMAIL);
    uint64_t waiting;
    struct outbox_row row = {
        .queue = queue_of(message->channel), .owner = message->owner, .kind = OUTBOX_KIND_MESSAGE};
    TRY(outbox_store_count(txn, &waiting));
    if (waiting >= LIMIT_OUTBOX_CODES) {
        return FAIL(OUTBOX_FULL);
    }
    TRY(pack_code(txn, message, &row.payload));
    return outbox_store_append(txn, &row);
}
