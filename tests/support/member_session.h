/*
 * member_session: a member's session as a client holds it, for tests: signing in, refreshing, confirming.
 *
 * Memory   replies live in the harness's arena.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_MEMBER_SESSION_H
#define HAYAT_TESTS_MEMBER_SESSION_H

#include "base/signed_call.h"
#include "hayat/v1/session.pb-c.h"
#include "storage/audit_entry.h"
#include "tests/support/harness.h"

#define SESSION_METHOD(name) "/hayat.v1.SessionService/" name

struct member_session {
    char access[TOKEN_TEXT_LEN + 1], refresh[TOKEN_TEXT_LEN + 1];
    uint8_t nonce[SIGNED_CALL_NONCE_BYTES];
};

/* A new session, made directly through auth/session.h. */
struct member_session member_session_open(struct harness *h, const struct harness_member *member);

/* A wish for new tokens, signed by SECRET (libsodium's Ed25519 secret key). */
struct refresh_wish {
    const struct member_session *session;
    const char *rotation_id;
    const uint8_t *secret;
};
struct harness_reply member_session_refresh(struct harness *h, const struct refresh_wish *wish);
/* The tokens in a reply that is OK. */
struct member_session member_session_of(const struct harness_reply *reply);

/* --- calls that want a confirmation --- */

struct member_call {
    const char *path, *access;
    const ProtobufCMessage *request;
    const char *step_up;  /* the metadata, or NULL */
    const char *language; /* "fr" when NULL */
    const char *peer;     /* another network's when not NULL */
};
struct harness_reply member_call(struct harness *h, const struct member_call *call);

/* What a client signs and sends after STEP_UP_REQUIRED; every part may be spoilt before it is made. */
struct confirmation {
    const char *id, *text; /* from the refusal */
    uint8_t nonce[SIGNED_CALL_NONCE_BYTES];
    const char *access, *method;
    bytes request;
    const uint8_t *secret;
    const char *code; /* NULL without one */
};
struct confirmation member_confirmation(struct harness *h, const struct harness_reply *refusal,
                                        const struct member_call *call, const uint8_t *secret);
/* The metadata, in the harness's arena. */
const char *member_confirmation_text(struct harness *h, const struct confirmation *confirmation);
/* Calls, confirms, calls again. */
struct harness_reply member_confirmed_call(struct harness *h, struct member_call call,
                                           const uint8_t *secret, const char *code);

/* Whether the access token is still good, by an innocent call. */
bool member_session_works(struct harness *h, const char *access);

/* The newest entry of the audit chain; its texts live in the harness's arena. */
struct audit_entry member_last_audit(struct harness *h);

/* A UUID that NUMBER tells from others. */
void member_session_uuid(uint32_t number, char out[37]);

#endif
