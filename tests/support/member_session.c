#include "tests/support/member_session.h"

#include <sodium.h>
#include <stdio.h>

#include "auth/refresh.h"
#include "base/codec.h"
#include "storage/audit_store.h"
#include "tests/support/cm.h"

struct opening {
    struct session_options options;
    struct session_tokens tokens;
};

static status open_session(void *ctx, struct txn *txn)
{
    struct opening *opening = ctx;
    return session_open(txn, &opening->options, &opening->tokens);
}

struct member_session member_session_open(struct harness *h, const struct harness_member *member)
{
    struct member_session session;
    struct opening opening = {.options = {.owner = member->owner,
                                          .device = member->device,
                                          .access_ms = h->app.access_token_ms}};
    assert_ok(harness_write(h, open_session, &opening));
    memcpy(session.access, opening.tokens.access.text, sizeof session.access);
    memcpy(session.refresh, opening.tokens.refresh.text, sizeof session.refresh);
    memcpy(session.nonce, opening.tokens.nonce, sizeof session.nonce);
    return session;
}

struct member_session member_session_of(const struct harness_reply *reply)
{
    struct member_session session;
    assert_ok(reply->result);
    const Hayat__V1__RefreshSessionResponse *response =
        (const Hayat__V1__RefreshSessionResponse *)reply->response;
    assert_int_equal(strlen(response->access_token), TOKEN_TEXT_LEN);
    assert_int_equal(strlen(response->refresh_token), TOKEN_TEXT_LEN);
    assert_int_equal(response->refresh_nonce.len, sizeof session.nonce);
    memcpy(session.access, response->access_token, sizeof session.access);
    memcpy(session.refresh, response->refresh_token, sizeof session.refresh);
    memcpy(session.nonce, response->refresh_nonce.data, sizeof session.nonce);
    return session;
}

static void sign(const struct refresh_wish *wish, uint8_t out[DEVICE_SIGNATURE_BYTES])
{
    uint8_t message[SIGNED_CALL_MESSAGE_MAX];
    struct signed_call call = {.method = REFRESH_METHOD};
    memcpy(call.nonce, wish->session->nonce, sizeof call.nonce);
    signed_call_digest(bytes_str(wish->session->refresh), call.token_digest);
    signed_call_digest(bytes_str(wish->rotation_id), call.body_hash);
    size_t len = signed_call_message(&call, message);
    assert_int_equal(crypto_sign_detached(out, NULL, message, len, wish->secret), 0);
}

struct harness_reply member_session_refresh(struct harness *h, const struct refresh_wish *wish)
{
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    char token[TOKEN_TEXT_LEN + 1], rotation_id[ROTATION_ID_LEN + 1];
    Hayat__V1__RefreshSessionRequest request = HAYAT__V1__REFRESH_SESSION_REQUEST__INIT;
    sign(wish, signature);
    memcpy(token, wish->session->refresh, sizeof token);
    memcpy(rotation_id, wish->rotation_id, sizeof rotation_id);
    request.refresh_token = token;
    request.rotation_id = rotation_id;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    return harness_call(h, SESSION_METHOD("RefreshSession"), NULL, &request.base);
}

bool member_session_works(struct harness *h, const char *access)
{
    Hayat__V1__ListDevicesRequest request = HAYAT__V1__LIST_DEVICES_REQUEST__INIT;
    struct harness_reply reply = harness_call(h, SESSION_METHOD("ListDevices"), access,
                                              &request.base);
    assert_true(ok(reply.result) || reply.result.why == REASON_TOKEN_INVALID);
    return ok(reply.result);
}

/* --- calls that want a confirmation --- */

static bytes packed(struct harness *h, const ProtobufCMessage *message)
{
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *out = arena_alloc(&h->arena, len);
    assert_non_null(out);
    return bytes_of(out, protobuf_c_message_pack(message, out));
}

static bytes text_or_empty(const char *text)
{
    return text == NULL ? (bytes){NULL, 0} : bytes_str(text);
}

struct harness_reply member_call(struct harness *h, const struct member_call *call)
{
    struct call_headers headers = {
        .path = bytes_str(call->path),
        .accept_language = bytes_str(call->language == NULL ? "fr" : call->language),
        .step_up = text_or_empty(call->step_up),
        .peer = bytes_str(call->peer == NULL ? "ipv4:192.0.2.7:40000" : call->peer),
        .deadline_us = INT64_MAX,
    };
    if (call->access != NULL) {
        headers.authorization = bytes_str(arena_printf(&h->arena, "Bearer %s", call->access));
    }
    return harness_call_wire(h, &headers, packed(h, call->request));
}

struct confirmation member_confirmation(struct harness *h, const struct harness_reply *refusal,
                                        const struct member_call *call, const uint8_t *secret)
{
    assert_reason(refusal->result, STEP_UP_REQUIRED);
    struct confirmation confirmation = {
        .id = harness_error_value(refusal, "step_up_id"),
        .text = harness_error_value(refusal, "step_up_text"),
        .access = call->access,
        .method = call->path,
        .request = packed(h, call->request),
        .secret = secret,
    };
    const char *nonce = harness_error_value(refusal, "step_up_nonce");
    assert_non_null(confirmation.id);
    assert_non_null(confirmation.text);
    assert_non_null(nonce);
    assert_true(hex_decode(bytes_str(nonce), confirmation.nonce, sizeof confirmation.nonce));
    return confirmation;
}

const char *member_confirmation_text(struct harness *h, const struct confirmation *confirmation)
{
    uint8_t message[SIGNED_CALL_MESSAGE_MAX], signature[DEVICE_SIGNATURE_BYTES];
    char hex[2 * DEVICE_SIGNATURE_BYTES + 1];
    struct signed_call call = {.method = confirmation->method};
    memcpy(call.nonce, confirmation->nonce, sizeof call.nonce);
    signed_call_digest(bytes_str(confirmation->access), call.token_digest);
    signed_call_body(bytes_str(confirmation->text), confirmation->request, call.body_hash);
    size_t len = signed_call_message(&call, message);
    assert_int_equal(crypto_sign_detached(signature, NULL, message, len, confirmation->secret), 0);
    hex_encode(bytes_of(signature, sizeof signature), hex);
    bool has_code = confirmation->code != NULL;
    return arena_printf(&h->arena, "%s %s%s%s", confirmation->id, hex, has_code ? " " : "",
                        has_code ? confirmation->code : "");
}

struct harness_reply member_confirmed_call(struct harness *h, struct member_call call,
                                           const uint8_t *secret, const char *code)
{
    struct harness_reply refusal = member_call(h, &call);
    struct confirmation confirmation = member_confirmation(h, &refusal, &call, secret);
    confirmation.code = code;
    call.step_up = member_confirmation_text(h, &confirmation);
    return member_call(h, &call);
}

static status read_last_audit(void *ctx, struct txn *txn)
{
    struct audit_entry *entry = ctx;
    struct audit_tip tip;
    audit_row *row;
    TRY(audit_store_tip(txn, &tip));
    TRY(audit_store_get(txn, tip.sequence, &row));
    assert_true(audit_entry_decode(bytes_of(row->entry.data, row->entry.len), entry));
    return STATUS_OK;
}

struct audit_entry member_last_audit(struct harness *h)
{
    struct audit_entry entry;
    assert_ok(harness_read(h, read_last_audit, &entry));
    return entry;
}

void member_session_uuid(uint32_t number, char out[37])
{
    (void)snprintf(out, 37, "0198c000-0000-4000-8000-%012u", number);
}
