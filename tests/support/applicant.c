#include "tests/support/applicant.h"

#include <sodium.h>
#include <stdio.h>

#include "auth/device_key.h"
#include "auth/enrolment_message.h"
#include "base/codec.h"
#include "hayat/v1/session.pb-c.h"
#include "service/delivery.h"
#include "service/message.h"
#include "storage/device_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"

struct applicant applicant(struct harness *h, const char *registration_number)
{
    struct applicant a = {.registration_number = registration_number,
                          .cine_number = "ZZ123456",
                          .birth_days = -3650,
                          .owner = owner_of_registration(h->keys, bytes_str(registration_number))};
    applicant_new_key(&a);
    return a;
}

void applicant_new_key(struct applicant *a)
{
    (void)crypto_sign_keypair(a->public_key, a->secret_key);
}

void applicant_file_changed(struct harness *h, const struct applicant *a, member_change *change)
{
    Hayat__Store__V1__StoredMember member;
    Hayat__Store__V1__StoredBeneficiary holder;
    hayat__store__v1__stored_member__init(&member);
    hayat__store__v1__stored_beneficiary__init(&holder);
    member.registration_number = message_text(&h->arena, a->registration_number);
    member.country_code = message_text(&h->arena, "MA");
    member.preferred_language = message_text(&h->arena, "ar");
    member.address_version = 1;
    member.address = message_text(&h->arena, "1 rue Inventée, Rabat");
    member.phone_number = message_text(&h->arena, "+212600000001");
    member.phone_filed_ms = 1;
    holder.cine_number = message_text(&h->arena, a->cine_number);
    holder.birth_days = a->birth_days;
    holder.relationship = 1;
    if (change != NULL) {
        change(&member);
    }
    harness_put(h, TABLE_member, a->owner, key_owner(a->owner), &member.base);
    harness_put(h, TABLE_beneficiary, a->owner, key_u32(key_owner(a->owner), SEQ_HOLDER),
                &holder.base);
}

void applicant_file(struct harness *h, const struct applicant *a)
{
    applicant_file_changed(h, a, NULL);
}

/* --- calls --- */

static ProtobufCBinaryData sign(struct harness *h, const struct applicant *a, bytes message)
{
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    assert_int_equal(crypto_sign_detached(signature, NULL, message.ptr, message.len, a->secret_key),
                     0);
    return message_bytes(&h->arena, bytes_of(signature, sizeof signature));
}

Hayat__V1__StartEnrolmentRequest *applicant_request(struct harness *h, struct applicant *a,
                                                    Hayat__V1__EnrolmentChannel channel)
{
    Hayat__V1__StartEnrolmentRequest request, *kept = arena_alloc(&h->arena, sizeof *kept);
    assert_non_null(kept);
    hayat__v1__start_enrolment_request__init(&request);
    request.registration_number = message_text(&h->arena, a->registration_number);
    request.cine_number = message_text(&h->arena, a->cine_number);
    request.birth_date = message_date(&h->arena, a->birth_days);
    request.key_algorithm = HAYAT__V1__DEVICE_KEY_ALGORITHM__DEVICE_KEY_ALGORITHM_ED25519;
    request.public_key = message_bytes(&h->arena, bytes_of(a->public_key, sizeof a->public_key));
    request.channel = channel;
    request.signature = sign(
        h, a,
        enrolment_message_start(&h->arena, bytes_str(a->registration_number),
                                bytes_of(a->public_key, sizeof a->public_key)));
    *kept = request;
    return kept;
}

struct harness_reply applicant_start(struct harness *h, struct applicant *a,
                                     Hayat__V1__EnrolmentChannel channel)
{
    struct harness_reply reply = harness_call(h, ENROLMENT_METHOD("StartEnrolment"), NULL,
                                              &applicant_request(h, a, channel)->base);
    if (ok(reply.result)) {
        const char *id = ((Hayat__V1__StartEnrolmentResponse *)reply.response)->enrolment_id;
        (void)snprintf(a->enrolment_id, sizeof a->enrolment_id, "%s", id);
    }
    return reply;
}

struct harness_reply applicant_confirm(struct harness *h, const struct applicant *a,
                                       const char *code)
{
    Hayat__V1__ConfirmEnrolmentRequest request;
    hayat__v1__confirm_enrolment_request__init(&request);
    request.enrolment_id = message_text(&h->arena, a->enrolment_id);
    request.code = message_text(&h->arena, code);
    request.signature = sign(
        h, a, enrolment_message_confirm(&h->arena, bytes_str(a->enrolment_id), bytes_str(code)));
    return harness_call(h, ENROLMENT_METHOD("ConfirmEnrolment"), NULL, &request.base);
}

struct harness_reply applicant_resend(struct harness *h, const struct applicant *a)
{
    Hayat__V1__ResendCodeRequest request;
    hayat__v1__resend_code_request__init(&request);
    request.enrolment_id = message_text(&h->arena, a->enrolment_id);
    request.signature = sign(h, a, enrolment_message_resend(&h->arena, bytes_str(a->enrolment_id)));
    return harness_call(h, ENROLMENT_METHOD("ResendCode"), NULL, &request.base);
}

/* --- what was sent --- */

struct looking {
    struct harness *h;
    const struct owner *owner; /* NULL: anybody's, decoys too */
    struct sent sent;
};

static bool look(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct looking *looking = ctx;
    const Hayat__Store__V1__StoredOutbox *row = (const Hayat__Store__V1__StoredOutbox *)record;
    struct sent sent = {.sequence = get_be64(key.bytes), .payload_len = row->payload.len};
    if (strcmp(row->kind, OUTBOX_KIND_MESSAGE) != 0) {
        return true;
    }
    assert_int_equal(row->owner.len, OWNER_BYTES);
    memcpy(sent.owner.bytes, row->owner.data, OWNER_BYTES);
    assert_ok(delivery_unpack(&looking->h->arena, bytes_of_binary(row->payload), &sent.message));
    bool wanted = looking->owner == NULL ||
                  (memcmp(&sent.owner, looking->owner, sizeof sent.owner) == 0 &&
                   sent.message->kind == HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_CODE);
    if (wanted) {
        looking->sent = sent;
    }
    return !wanted;
}

static status look_in(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_outbox, .reverse = true};
    return table_scan(txn, &scan, look, ctx);
}

struct sent applicant_last_sent(struct harness *h)
{
    struct looking looking = {.h = h};
    assert_ok(harness_read(h, look_in, &looking));
    return looking.sent;
}

const char *applicant_code(struct harness *h, const struct applicant *a)
{
    struct looking looking = {.h = h, .owner = &a->owner};
    assert_ok(harness_read(h, look_in, &looking));
    assert_non_null(looking.sent.message);
    return looking.sent.message->code;
}

/* --- afterwards --- */

const char *applicant_device(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    return ((const Hayat__V1__ConfirmEnrolmentResponse *)reply->response)->device_id;
}

const char *applicant_sign_in(struct harness *h, const struct applicant *a, const char *device_id)
{
    Hayat__V1__CreateChallengeRequest ask;
    Hayat__V1__CreateSessionRequest answer;
    uint8_t message[SIGN_IN_MESSAGE_MAX];
    struct id device;
    hayat__v1__create_challenge_request__init(&ask);
    hayat__v1__create_session_request__init(&answer);
    ask.device_id = message_text(&h->arena, device_id);
    struct harness_reply reply = harness_call(h, "/hayat.v1.SessionService/CreateChallenge", NULL,
                                              &ask.base);
    assert_ok(reply.result);
    const Hayat__V1__CreateChallengeResponse *challenge =
        (const Hayat__V1__CreateChallengeResponse *)reply.response;
    assert_true(id_parse(bytes_str(device_id), "dev", &device));
    size_t len = sign_in_message(challenge->nonce.data, device, message);
    answer.challenge_id = challenge->challenge_id;
    answer.signature = sign(h, a, bytes_of(message, len));
    reply = harness_call(h, "/hayat.v1.SessionService/CreateSession", NULL, &answer.base);
    assert_ok(reply.result);
    return ((const Hayat__V1__CreateSessionResponse *)reply.response)->access_token;
}
