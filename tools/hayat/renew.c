/* renew: keeps a session alive: a refresh token is used once, its answer may get lost, and two runs may want it at one time. */
#include <stdio.h>

#include "base/codec.h"
#include "base/random.h"
#include "base/signed_call.h"
#include "hayat.h"
#include "hayat/v1/session.pb-c.h"
#include "journal.h"
#include "output.h"

#define REFRESH_PATH "/hayat.v1.SessionService/RefreshSession"
static const struct method REFRESH_SESSION = {REFRESH_PATH,
                                              &hayat__v1__refresh_session_response__descriptor};

static bool copy(char *out, size_t size, const char *text)
{
    int n = snprintf(out, size, "%s", text);
    return n >= 0 && (size_t)n < size;
}

void session_refused(struct hayat *hayat)
{
    memcpy(hayat->refused, hayat->session.token, sizeof hayat->refused);
    hayat->session.token[0] = '\0';
}

status session_keep(struct hayat *hayat, const struct fresh_tokens *tokens)
{
    struct session *session = &hayat->session;
    if (tokens->expire == NULL || tokens->idle == NULL || tokens->access[0] == '\0' ||
        !copy(session->token, sizeof session->token, tokens->access) ||
        !copy(session->refresh_token, sizeof session->refresh_token, tokens->refresh) ||
        2 * tokens->nonce.len >= sizeof session->refresh_nonce) {
        return FAIL(MALFORMED_REQUEST);
    }
    hex_encode(tokens->nonce, session->refresh_nonce);
    session->expire_ms = tokens->expire->seconds * 1000;
    session->idle_ms = tokens->idle->seconds * 1000;
    session->rotation_id[0] = '\0';
    hayat->anew = false;
    return session_save(hayat->directory, session);
}

status session_key(const struct hayat *hayat, struct device *ret_key)
{
    const struct session *session = &hayat->session;
    if (session->key_pem[0] != '\0') {
        return device_from_pem(session->key_pem, "ed25519", ret_key);
    }
    status s = device_load(session->device_path, ret_key);
    return s.why == REASON_FILE_UNREADABLE ? FAIL(NOT_SIGNED_IN) : s; /* the device file is gone */
}

void session_take_over(struct hayat *hayat)
{
    struct session stored, *session = &hayat->session;
    if (hayat->anew || !ok(session_load(hayat->directory, &stored)) ||
        strcmp(stored.device_id, session->device_id) != 0 ||
        strcmp(stored.device_path, session->device_path) != 0 ||
        strcmp(stored.key_pem, session->key_pem) != 0) {
        return; /* another member's by now: this run goes on with its own */
    }
    memcpy(stored.server, session->server, sizeof stored.server); /* --server and --ca stay */
    memcpy(stored.ca, session->ca, sizeof stored.ca);
    *session = stored;
    if (strcmp(session->token, hayat->refused) == 0) {
        session->token[0] = '\0';
    }
}

static status sign_refresh(const struct hayat *hayat, uint8_t out[DEVICE_SIGNATURE_BYTES])
{
    const struct session *session = &hayat->session;
    uint8_t message[SIGNED_CALL_MESSAGE_MAX];
    struct signed_call call = {.method = REFRESH_PATH};
    struct device key;
    if (!hex_decode(bytes_str(session->refresh_nonce), call.nonce, sizeof call.nonce)) {
        return FAIL(NOT_SIGNED_IN);
    }
    signed_call_digest(bytes_str(session->refresh_token), call.token_digest);
    signed_call_digest(bytes_str(session->rotation_id), call.body_hash);
    size_t len = signed_call_message(&call, message);
    TRY(session_key(hayat, &key));
    status s = device_sign_message(&key, bytes_of(message, len), out);
    device_fini(&key);
    return s;
}

/* On disk before it leaves: the same wish is asked again after a lost answer, or by the next run. */
static status make_wish(struct hayat *hayat)
{
    struct session *session = &hayat->session;
    if (session->rotation_id[0] != '\0') {
        return STATUS_OK;
    }
    uuid_new(&random_system, session->rotation_id);
    return session_save(hayat->directory, session);
}

static status ask(struct hayat *hayat, Hayat__V1__RefreshSessionResponse **ret)
{
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    Hayat__V1__RefreshSessionRequest request = HAYAT__V1__REFRESH_SESSION_REQUEST__INIT;
    TRY(make_wish(hayat));
    TRY(sign_refresh(hayat, signature));
    request.refresh_token = hayat->session.refresh_token;
    request.rotation_id = hayat->session.rotation_id;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    struct call_options options = hayat_options(hayat, REFRESH_SESSION, NULL);
    return hayat_call_once(hayat, &options, &request.base, &hayat->arena, (ProtobufCMessage **)ret);
}

/* The session is over for the server.  When somebody else used it, the member must hear of it. */
static status forget(struct hayat *hayat)
{
    if (strcmp(hayat->error.reason, "TOKEN_REUSED") == 0) {
        (void)fprintf(stderr, "hayat: ");
        output_safe(stderr, hayat->error.message);
        (void)fputc('\n', stderr);
    }
    hayat->session.refresh_token[0] = '\0';
    hayat->session.rotation_id[0] = '\0';
    return session_save(hayat->directory, &hayat->session);
}

status refresh_attempt(struct hayat *hayat)
{
    Hayat__V1__RefreshSessionResponse *made;
    TRY(hayat_connect(hayat));
    status s = ask(hayat, &made);
    if (!ok(s) && hayat->error.code == CODE_UNAUTHENTICATED) {
        TRY(forget(hayat));
        return s;
    }
    TRY(s);
    struct fresh_tokens tokens = {
        .access = made->access_token,
        .refresh = made->refresh_token,
        .nonce = bytes_of(made->refresh_nonce.data, made->refresh_nonce.len),
        .expire = made->expire_time,
        .idle = made->idle_time,
    };
    return session_keep(hayat, &tokens);
}
