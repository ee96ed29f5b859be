#include "tests/support/member_session.h"

#include <sodium.h>
#include <stdio.h>

#include "auth/refresh.h"
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

void member_session_uuid(uint32_t number, char out[37])
{
    (void)snprintf(out, 37, "0198c000-0000-4000-8000-%012u", number);
}
