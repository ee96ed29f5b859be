/*
 * member_session: a member's session as a client holds it, for tests: signing in, refreshing, confirming.
 *
 * Memory   replies live in the harness's arena.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_MEMBER_SESSION_H
#define HAYAT_TESTS_MEMBER_SESSION_H

#include "auth/signed_call.h"
#include "hayat/v1/session.pb-c.h"
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

/* Whether the access token is still good, by an innocent call. */
bool member_session_works(struct harness *h, const char *access);

/* A UUID that NUMBER tells from others. */
void member_session_uuid(uint32_t number, char out[37]);

#endif
