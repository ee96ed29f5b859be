/* The rows of who one is: sessions and enrolment. */
#include "base/array.h"
#include "hayat/v1/session.pb-c.h"
#include "service/message.h"
#include "tests/support/applicant.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"

#define SESSION_METHOD(name) "/hayat.v1.SessionService/" name

/* --- sign-in --- */

static const char *device(struct bola *b, const struct harness_member *whom)
{
    char id[ID_TEXT_MAX];
    id_format(whom->device, "dev", id);
    return message_text(&b->h.arena, id);
}

static const char *challenge(struct bola *b, const struct harness_member *whom)
{
    Hayat__V1__CreateChallengeRequest request;
    hayat__v1__create_challenge_request__init(&request);
    request.device_id = message_text(&b->h.arena, device(b, whom));
    return ((Hayat__V1__CreateChallengeResponse *)fund_call(
                &b->h, "/hayat.v1.SessionService/CreateChallenge", NULL, &request.base))
        ->challenge_id;
}

static void fill_signature(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__CreateSessionRequest *request = (void *)message;
    static const uint8_t zeroes[64];
    (void)id;
    request->signature = message_bytes(&b->h.arena, bytes_of(zeroes, sizeof zeroes));
}

static void fill_passphrase(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__CreateSessionRequest *request = (void *)message;
    Hayat__V1__PassphraseProof *proof = message_new(&b->h.arena,
                                                    &hayat__v1__passphrase_proof__descriptor);
    struct applicant key = applicant(&b->h, id);
    proof->registration_number = message_text(&b->h.arena, id);
    proof->passphrase = message_text(&b->h.arena, "quatre mots faciles à dire");
    proof->code = message_text(&b->h.arena, "123456");
    proof->session_key = message_new(&b->h.arena, &hayat__v1__public_key__descriptor);
    proof->session_key->algorithm = HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_ED25519;
    proof->session_key->key = message_bytes(&b->h.arena,
                                            bytes_of(key.public_key, sizeof key.public_key));
    request->passphrase = proof;
}

static const char *member_number(struct bola *b, const struct harness_member *whom)
{
    (void)whom;
    return arena_printf(&b->h.arena, "TEST-%d", b->people); /* the person made last */
}

/* --- enrolment --- */

static const char *registration(struct bola *b)
{
    return arena_printf(&b->h.arena, "ENROL-%d", b->people);
}

static const char *filed(struct bola *b, const struct harness_member *whom)
{
    struct applicant a = applicant(&b->h, registration(b));
    (void)whom;
    applicant_file(&b->h, &a);
    return a.registration_number;
}

static const char *filed_cine(struct bola *b, const struct harness_member *whom)
{
    (void)filed(b, whom);
    return applicant(&b->h, registration(b)).cine_number;
}

static const char *enrolment(struct bola *b, const struct harness_member *whom)
{
    struct applicant a = applicant(&b->h, filed(b, whom));
    assert_ok(applicant_start(&b->h, &a, BY(POST)).result);
    return message_text(&b->h.arena, a.enrolment_id);
}

static void fill_start(struct bola *b, ProtobufCMessage *message, const char *id)
{
    struct applicant a = applicant(&b->h, id);
    *(Hayat__V1__StartEnrolmentRequest *)message = *applicant_request(&b->h, &a, BY(POST));
}

static void fill_start_cine(struct bola *b, ProtobufCMessage *message, const char *id)
{
    struct applicant a = applicant(&b->h, registration(b));
    a.cine_number = id;
    *(Hayat__V1__StartEnrolmentRequest *)message = *applicant_request(&b->h, &a, BY(POST));
}

static void fill_confirm(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__ConfirmEnrolmentRequest *request = (void *)message;
    static const uint8_t zeroes[64];
    (void)id;
    request->code = message_text(&b->h.arena, "K7QM-2XRD-9HTV");
    request->signature = message_bytes(&b->h.arena, bytes_of(zeroes, sizeof zeroes));
}

static void fill_resend(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__ResendCodeRequest *request = (void *)message;
    static const uint8_t zeroes[64];
    (void)id;
    request->signature = message_bytes(&b->h.arena, bytes_of(zeroes, sizeof zeroes));
}

static const struct bola_row rows[] = {
    {.path = SESSION_METHOD("CreateChallenge"),
     .field = "device_id",
     .kind = BOLA_PUBLIC,
     .make = device,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "dev_" BOLA_NO_ID},
    {.path = SESSION_METHOD("CreateSession"),
     .field = "challenge_id",
     .kind = BOLA_PUBLIC,
     .make = challenge,
     .fill = fill_signature,
     .owner = REASON_SIGNATURE_INVALID,
     .refused = REASON_CHALLENGE_INVALID,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "chl_" BOLA_NO_ID},
    {.path = SESSION_METHOD("RefreshSession"), .field = "rotation_id", .kind = BOLA_FREE},
    {.path = SESSION_METHOD("CreateSession"),
     .field = "passphrase.registration_number",
     .kind = BOLA_PUBLIC,
     .make = member_number,
     .fill = fill_passphrase,
     .owner = REASON_SIGN_IN_REFUSED,
     .refused = REASON_SIGN_IN_REFUSED,
     .unknown = "TEST-NOBODY"},
    BOLA_MEMBERS(SESSION_METHOD("RevokeDevice"), "device_id", device, NULL, "dev_" BOLA_NO_ID),
    {.path = ENROLMENT_METHOD("StartEnrolment"), /* SEC-B3: the same for everybody */
     .field = "registration_number",
     .kind = BOLA_PUBLIC,
     .make = filed,
     .fill = fill_start,
     .unknown = "ENROL-NOBODY"},
    {.path = ENROLMENT_METHOD("StartEnrolment"),
     .field = "cine_number",
     .kind = BOLA_PUBLIC,
     .make = filed_cine,
     .fill = fill_start_cine,
     .unknown = "ZZNOBODY"},
    {.path = ENROLMENT_METHOD("ConfirmEnrolment"), /* the key's signature comes before the code */
     .field = "enrolment_id",
     .kind = BOLA_PUBLIC,
     .make = enrolment,
     .fill = fill_confirm,
     .owner = REASON_SIGNATURE_INVALID,
     .refused = REASON_ENROLMENT_ENDED,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "enr_" BOLA_NO_ID},
    {.path = ENROLMENT_METHOD("ResendCode"),
     .field = "enrolment_id",
     .kind = BOLA_PUBLIC,
     .make = enrolment,
     .fill = fill_resend,
     .owner = REASON_SIGNATURE_INVALID,
     .refused = REASON_ENROLMENT_ENDED,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "enr_" BOLA_NO_ID},
};

const struct bola_set bola_identity_rows = BOLA_SET(rows);
