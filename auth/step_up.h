/*
 * step_up: one act, put into words by the server, confirmed by the session's key (SEC-B6).
 *
 * The server writes what will happen as a sentence in the member's language; the device shows it and signs (signed_call.h) a nonce, the
 * access token's hash, the method, and the hash of the sentence and the request's exact bytes.  A confirmation is good once, for
 * LIMIT_STEP_UP_MS, in the session that asked, for that method and those bytes: whatever else changed, it confirms nothing (dynamic
 * linking, PSD2 RTS art. 5).  The sentence is written again when the confirmation comes: what is confirmed is what is about to be done.
 * A session opened by passphrase confirms with its key and a one-time code.
 *
 * A policy's step_up makes the pipeline do all of it (rpc/confirm.h); a handler with another shape uses this.
 *
 * Threads  runs in the writer's transaction.
 * Reasons  STEP_UP_INVALID (unknown, used, over, of another session, method, text or request: no difference is told) ·
 *          SIGNATURE_INVALID · RATE_LIMITED (one-time codes) · TOKEN_INVALID (the session is over) and what storage/table.h says.
 */
#ifndef HAYAT_AUTH_STEP_UP_H
#define HAYAT_AUTH_STEP_UP_H

#include "auth/device_key.h"
#include "auth/principal.h"
#include "auth/totp.h"
#include "base/id.h"
#include "base/signed_call.h"
#include "base/status.h"
#include "storage/table.h"

/* What is to be done. */
struct step_up_act {
    const struct principal *principal; /* a MEMBER's, checked in this transaction */
    const char *method;                /* "/hayat.v1.SessionService/RevokeDevice" */
    bytes text;             /* what the member is shown, at most LIMIT_STEP_UP_TEXT_BYTES */
    bytes request;          /* the request message as it was sent */
    enum language language; /* of the text */
};

struct step_up_challenge {
    struct id id; /* "stp" to id_format */
    uint8_t nonce[SIGNED_CALL_NONCE_BYTES];
    int64_t expire_ms;
    bool needs_code; /* the session was opened by passphrase */
};

/* Files the act and draws what the device signs with it. */
status step_up_ask(struct txn *txn, const struct step_up_act *act,
                   struct step_up_challenge *ret_challenge);

/* What came back. */
struct step_up_proof {
    struct id id;
    uint8_t token_digest[SIGNED_CALL_HASH_BYTES]; /* SHA-256 of the access token's text */
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    char code[TOTP_DIGITS + 1]; /* "" without one */
};

/* The language the text was written in.  STEP_UP_INVALID. */
status step_up_language(struct txn *txn, const struct step_up_proof *proof,
                        enum language *ret_language);

/* Uses the challenge up: also when this fails, which the caller must commit. */
status step_up_confirm(struct txn *txn, const struct step_up_act *act,
                       const struct step_up_proof *proof);

/* "stp_… SIGNATURE-IN-HEX" or "stp_… SIGNATURE-IN-HEX 123456", as in the step-up metadata.  Leaves token_digest. */
status step_up_parse(bytes text, struct step_up_proof *ret_proof);

#endif
