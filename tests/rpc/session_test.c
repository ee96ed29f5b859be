/*
 * Signing in through the real pipeline: an enrolled device and only it gets a session; a challenge is good once, whatever
 * came of it; unknown devices hear what wrong signatures hear (SEC-B3); sign-out works before its reply (SEC-B8); a
 * session ends at its time.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <sodium.h>

#include "auth/device_key.h"
#include "auth/enrol.h"
#include "base/array.h"
#include "base/codec.h"
#include "hayat/v1/card.pb-c.h"
#include "hayat/v1/session.pb-c.h"
#include "storage/challenge_store.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

#define CREATE_CHALLENGE "/hayat.v1.SessionService/CreateChallenge"
#define CREATE_SESSION "/hayat.v1.SessionService/CreateSession"
#define END_SESSION "/hayat.v1.SessionService/EndSession"
#define REGISTRATION "TEST-0001"
#define P256 HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256

static int setup(void **state)
{
    static struct harness h;
    harness_start(&h);
    *state = &h;
    return 0;
}

static int teardown(void **state)
{
    harness_stop(*state);
    return 0;
}

static struct harness_reply create_challenge(struct harness *h, struct id device)
{
    char device_id[ID_TEXT_MAX];
    id_format(device, "dev", device_id);
    Hayat__V1__CreateChallengeRequest request;
    hayat__v1__create_challenge_request__init(&request);
    request.device_id = device_id;
    return harness_call(h, CREATE_CHALLENGE, NULL, &request.base);
}

static Hayat__V1__CreateChallengeResponse *challenge_for(struct harness *h, struct id device)
{
    struct harness_reply reply = create_challenge(h, device);
    assert_ok(reply.result);
    return (Hayat__V1__CreateChallengeResponse *)reply.response;
}

static struct harness_reply create_session(struct harness *h, char *challenge_id,
                                           const uint8_t signature[64])
{
    Hayat__V1__CreateSessionRequest request;
    uint8_t copy[64];
    memcpy(copy, signature, sizeof copy);
    hayat__v1__create_session_request__init(&request);
    request.challenge_id = challenge_id;
    request.signature = (ProtobufCBinaryData){sizeof copy, copy};
    return harness_call(h, CREATE_SESSION, NULL, &request.base);
}

static void sign(const struct harness_member *m,
                 const Hayat__V1__CreateChallengeResponse *challenge, uint8_t out[64])
{
    uint8_t message[SIGN_IN_MESSAGE_MAX];
    assert_int_equal(challenge->nonce.len, SIGN_IN_NONCE_BYTES);
    size_t len = sign_in_message(challenge->nonce.data, m->device, message);
    assert_int_equal(crypto_sign_detached(out, NULL, message, len, m->device_secret), 0);
}

static struct harness_reply end_session(struct harness *h, const char *token)
{
    Hayat__V1__EndSessionRequest request = HAYAT__V1__END_SESSION_REQUEST__INIT;
    return harness_call(h, END_SESSION, token, &request.base);
}

static void an_enrolled_device_signs_in(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
    uint8_t signature[64];
    sign(&m, challenge, signature);
    struct harness_reply reply = create_session(h, challenge->challenge_id, signature);
    assert_ok(reply.result);
    Hayat__V1__CreateSessionResponse *session = (Hayat__V1__CreateSessionResponse *)reply.response;
    assert_int_equal(strlen(session->access_token), TOKEN_TEXT_LEN);
    assert_int_equal(session->expire_time->seconds,
                     (clock_wall_ms(&h->clock.clock) + LIMIT_ACCESS_TOKEN_MS) / 1000);
    assert_ok(end_session(h, session->access_token).result);
}

/* Each is an entry of the audit chain, for ever. */
static void a_device_signs_in_so_often_a_day(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION),
                          other = harness_member(h, "999400003");
    struct harness_reply reply = {.result = STATUS_OK};
    uint8_t signature[64];
    int count = -1;
    for (; count <= LIMIT_SIGN_INS && ok(reply.result); count++) {
        fake_clock_advance(&h->clock, 2000); /* the rate's own bound */
        Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
        sign(&m, challenge, signature);
        reply = create_session(h, challenge->challenge_id, signature);
    }
    assert_reason(reply.result, RATE_LIMITED);
    assert_int_equal(count, LIMIT_SIGN_INS);
    assert_non_null(reply.retry_info);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, other.device);
    sign(&other, challenge, signature);
    assert_ok(create_session(h, challenge->challenge_id, signature).result);
}

static void a_challenge_is_good_once(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
    uint8_t signature[64];
    sign(&m, challenge, signature);
    assert_ok(create_session(h, challenge->challenge_id, signature).result);
    assert_reason(create_session(h, challenge->challenge_id, signature).result, CHALLENGE_INVALID);
}

static void a_wrong_signature_uses_the_challenge_up(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
    uint8_t signature[64], wrong[64];
    sign(&m, challenge, signature);
    memcpy(wrong, signature, sizeof wrong);
    wrong[0] ^= 1;
    assert_reason(create_session(h, challenge->challenge_id, wrong).result, SIGNATURE_INVALID);
    assert_reason(create_session(h, challenge->challenge_id, signature).result, CHALLENGE_INVALID);
}

static void a_used_challenge_stays_used_after_a_restart(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
    uint8_t signature[64], wrong[64] = {0};
    sign(&m, challenge, signature);
    assert_reason(create_session(h, challenge->challenge_id, wrong).result, SIGNATURE_INVALID);
    harness_restart(h);
    assert_reason(create_session(h, challenge->challenge_id, signature).result, CHALLENGE_INVALID);
}

static void a_challenge_ends_at_its_time(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
    uint8_t signature[64];
    sign(&m, challenge, signature);
    fake_clock_advance(&h->clock, LIMIT_CHALLENGE_MS);
    assert_reason(create_session(h, challenge->challenge_id, signature).result, CHALLENGE_INVALID);
}

static void an_unknown_device_hears_what_a_wrong_signature_hears(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    struct harness_reply known = create_challenge(h, m.device);
    struct harness_reply unknown = create_challenge(h, id_new(&random_system));
    assert_ok(known.result);
    assert_ok(unknown.result);
    assert_int_equal(known.wire.len, unknown.wire.len);

    uint8_t wrong[64] = {1};
    Hayat__V1__CreateChallengeResponse *of_known =
        (Hayat__V1__CreateChallengeResponse *)known.response;
    Hayat__V1__CreateChallengeResponse *of_unknown =
        (Hayat__V1__CreateChallengeResponse *)unknown.response;
    struct harness_reply known_refused = create_session(h, of_known->challenge_id, wrong);
    struct harness_reply unknown_refused = create_session(h, of_unknown->challenge_id, wrong);
    assert_reason(known_refused.result, SIGNATURE_INVALID);
    assert_reason(unknown_refused.result, SIGNATURE_INVALID);
    assert_true(bytes_equal(known_refused.details, unknown_refused.details));
}

/* r ‖ s, as phones send it. */
static void p256_sign(EVP_PKEY *key, bytes message, uint8_t out[64])
{
    uint8_t der[80];
    const uint8_t *in = der;
    size_t len = sizeof der;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(md, der, &len, message.ptr, message.len), 1);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &in, (long)len);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32), 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(md);
}

/* The decoy's private key is 1: anybody can make it. */
static EVP_PKEY *decoy_private_key(void)
{
    uint8_t one[] = {1}, point[DEVICE_P256_KEY_BYTES];
    char group[] = "prime256v1";
    memcpy(point, device_key_decoy(P256).public_key.ptr, sizeof point);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, one, sizeof one),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params), 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

struct p256_device {
    uint8_t point[DEVICE_P256_KEY_BYTES];
    struct id id;
};

static status enrol_p256(void *ctx, struct txn *txn)
{
    struct p256_device *device = ctx;
    struct enrolment enrolment = {bytes_str(REGISTRATION), P256,
                                  bytes_of(device->point, sizeof device->point)};
    return enrol_device(txn, &enrolment, &device->id);
}

static void a_phone_with_a_p256_key_signs_in(void **state)
{
    struct harness *h = *state;
    struct p256_device device;
    uint8_t message[SIGN_IN_MESSAGE_MAX], signature[64];
    size_t len = 0;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, device.point,
                                                     sizeof device.point, &len),
                     1);
    (void)harness_member(h, REGISTRATION);
    assert_ok(harness_write(h, enrol_p256, &device));
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, device.id);
    len = sign_in_message(challenge->nonce.data, device.id, message);
    p256_sign(key, bytes_of(message, len), signature);
    assert_ok(create_session(h, challenge->challenge_id, signature).result);
    EVP_PKEY_free(key);
}

static void nobody_signs_in_as_the_decoy(void **state)
{
    struct harness *h = *state;
    struct id device = id_new(&random_system);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, device);
    uint8_t message[SIGN_IN_MESSAGE_MAX], signature[64];
    size_t len = sign_in_message(challenge->nonce.data, device, message);
    EVP_PKEY *key = decoy_private_key();
    p256_sign(key, bytes_of(message, len), signature);
    EVP_PKEY_free(key);
    struct device_key decoy = device_key_decoy(P256);
    assert_ok(
        device_key_verify(&decoy, bytes_of(message, len), bytes_of(signature, sizeof signature)));
    assert_reason(create_session(h, challenge->challenge_id, signature).result, SIGNATURE_INVALID);
}

struct revocation {
    struct id device;
};

static status revoke(void *ctx, struct txn *txn)
{
    struct revocation *r = ctx;
    return enrol_revoke_device(txn, bytes_str(REGISTRATION), r->device);
}

static void a_revoked_device_is_an_unknown_device(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *challenge = challenge_for(h, m.device);
    uint8_t signature[64];
    sign(&m, challenge, signature);
    assert_ok(harness_write(h, revoke, &(struct revocation){m.device}));
    assert_reason(create_session(h, challenge->challenge_id, signature).result, SIGNATURE_INVALID);
}

static void sign_out_works_at_once(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    assert_ok(end_session(h, m.token).result);
    struct harness_reply again = end_session(h, m.token);
    assert_reason(again.result, TOKEN_INVALID);
    assert_int_equal(again.code, CODE_UNAUTHENTICATED);
    assert_string_equal(again.error_info->reason, "TOKEN_INVALID");
}

static uint64_t no_disk(const struct db *db)
{
    (void)db;
    return 0;
}

static void sign_out_works_on_a_full_disk(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    h->app.db->free_disk_bytes = no_disk;
    assert_reason(create_challenge(h, m.device).result, STORE_FULL);
    assert_ok(end_session(h, m.token).result); /* SEC-D5 */
    assert_reason(end_session(h, m.token).result, TOKEN_INVALID);
}

static void a_session_ends_at_its_time(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    fake_clock_advance(&h->clock, LIMIT_ACCESS_TOKEN_MS - 1);
    Hayat__V1__ListCardsRequest request;
    hayat__v1__list_cards_request__init(&request);
    assert_ok(harness_call(h, "/hayat.v1.CardService/ListCards", m.token, &request.base).result);
    fake_clock_advance(&h->clock, 1);
    assert_reason(harness_call(h, "/hayat.v1.CardService/ListCards", m.token, &request.base).result,
                  TOKEN_INVALID);
}

static void a_wall_clock_set_back_does_not_revive_a_session(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    fake_clock_advance(&h->clock, LIMIT_ACCESS_TOKEN_MS);
    assert_reason(end_session(h, m.token).result, TOKEN_INVALID);
    atomic_fetch_sub(&h->clock.wall_ms, 3600000); /* SEC-G4 */
    assert_reason(end_session(h, m.token).result, TOKEN_INVALID);
}

static void tokens_that_are_not_ours_are_refused(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    static const char *const bad[] = {"x", "hyt_",
                                      "hyt_0000000000000000000000000000000000000000000000000000",
                                      "abc_0000000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_reason(end_session(h, bad[i]).result, TOKEN_INVALID);
    }
    m.token[TOKEN_TEXT_LEN - 5] = m.token[TOKEN_TEXT_LEN - 5] == 'a' ? 'b' : 'a';
    assert_reason(end_session(h, m.token).result, TOKEN_INVALID);
    assert_reason(end_session(h, NULL).result, TOKEN_MISSING);
}

static void a_malformed_device_id_is_told(void **state)
{
    struct harness *h = *state;
    char device_id[] = "dev_nonsense";
    Hayat__V1__CreateChallengeRequest request;
    hayat__v1__create_challenge_request__init(&request);
    request.device_id = device_id;
    struct harness_reply reply = harness_call(h, CREATE_CHALLENGE, NULL, &request.base);
    assert_reason(reply.result, INVALID_FIELD);
    assert_string_equal(reply.bad_request->field_violations[0]->field, "device_id");
}

enum { FLOOD_ROWS = 65536 };

static status flood(void *ctx, struct txn *txn)
{
    uint32_t *number = ctx;
    Hayat__Store__V1__StoredChallenge challenge = HAYAT__STORE__V1__STORED_CHALLENGE__INIT;
    for (int i = 0; i < FLOOD_ROWS; i++) {
        struct id id = {{0}};
        put_be32(id.bytes, (*number)++);
        TRY(challenge_store_put(txn, id, &challenge));
    }
    return STATUS_OK;
}

/* Anybody may ask for a challenge, from as many networks as there are: the table has an end. */
static void challenges_have_an_end(void **state)
{
    struct harness *h = *state;
    struct harness_member m = harness_member(h, REGISTRATION);
    Hayat__V1__CreateChallengeResponse *early = challenge_for(h, m.device);
    struct arena arena;
    uint32_t number = 0;
    arena_init(&arena, 128 * 1024 * 1024);
    while (number < LIMIT_CHALLENGES) {
        assert_ok(writer_run_bulk(h->app.writer, &arena, flood, &number));
        arena_reset(&arena, 128 * 1024 * 1024);
    }
    arena_fini(&arena);
    struct harness_reply late = create_challenge(h, m.device);
    assert_reason(late.result, OVERLOADED);
    assert_non_null(late.retry_info);
    uint8_t signature[64];
    sign(&m, early, signature); /* who has one signs in */
    assert_ok(create_session(h, early->challenge_id, signature).result);
    assert_ok(end_session(h, m.token).result);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_enrolled_device_signs_in),
        TEST(a_device_signs_in_so_often_a_day),
        TEST(a_challenge_is_good_once),
        TEST(a_wrong_signature_uses_the_challenge_up),
        TEST(a_used_challenge_stays_used_after_a_restart),
        TEST(a_challenge_ends_at_its_time),
        TEST(an_unknown_device_hears_what_a_wrong_signature_hears),
        TEST(a_phone_with_a_p256_key_signs_in),
        TEST(nobody_signs_in_as_the_decoy),
        TEST(a_revoked_device_is_an_unknown_device),
        TEST(sign_out_works_at_once),
        TEST(sign_out_works_on_a_full_disk),
        TEST(a_session_ends_at_its_time),
        TEST(a_wall_clock_set_back_does_not_revive_a_session),
        TEST(tokens_that_are_not_ours_are_refused),
        TEST(a_malformed_device_id_is_told),
        TEST(challenges_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
