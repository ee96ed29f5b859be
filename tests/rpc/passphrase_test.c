/*
 * The route without an enrolled device (SEC-B2 to B8): a passphrase and a one-time code open the same kind of session; each code once, over
 * restarts too; who does not exist hears what a wrong passphrase hears, after the same work; attempts are counted, and neither they nor a
 * storm of them touches the member's live sessions or their device; setting a passphrase is confirmed, told by another channel and ends
 * what the old one opened.
 */
#include <sodium.h>
#include <stdio.h>

#include "auth/totp.h"
#include "base/array.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/member_session.h"

#define REGISTRATION "TEST-PASSPHRASE"
#define PASSPHRASE "sept oranges sous la pluie"
#define CREATE SESSION_METHOD("CreateSession")
#define CHANGE SESSION_METHOD("ChangePassphrase")
#define OTHER_NETWORK "ipv4:198.51.100.9:40000"

static struct harness h;
static struct harness_member member;
static uint8_t code_key[TOTP_KEY_BYTES];
static uint8_t session_public[crypto_sign_PUBLICKEYBYTES],
    session_secret[crypto_sign_SECRETKEYBYTES];
static uint32_t wishes;

/* --- setting it --- */

/* RFC 4648, the other way about. */
static void decode_key(const char *text)
{
    uint8_t out[TOTP_KEY_BYTES] = {0};
    assert_int_equal(strlen(text), TOTP_KEY_BYTES * 8 / 5);
    for (size_t bit = 0; bit < (size_t)TOTP_KEY_BYTES * 8; bit++) {
        char c = text[bit / 5];
        unsigned value = c >= 'A' ? (unsigned)(c - 'A') : (unsigned)(c - '2') + 26;
        out[bit / 8] = (uint8_t)((unsigned)out[bit / 8] << 1 | (value >> (4 - bit % 5) & 1));
    }
    memcpy(code_key, out, sizeof out);
}

struct change {
    const char *passphrase;
    bool new_code_key;
};

static struct harness_reply change_as(struct change change, const char *access,
                                      const uint8_t *secret, const char *code)
{
    char text[64], request_id[37];
    Hayat__V1__ChangePassphraseRequest request = HAYAT__V1__CHANGE_PASSPHRASE_REQUEST__INIT;
    (void)snprintf(text, sizeof text, "%s", change.passphrase);
    member_session_uuid(++wishes, request_id);
    request.request_id = request_id;
    request.new_passphrase = text;
    request.new_code_key = change.new_code_key;
    struct member_call call = {CHANGE, access, &request.base};
    return member_confirmed_call(&h, call, secret, code);
}

static struct harness_reply change_by_device(struct change change)
{
    return change_as(change, member.token, member.device_secret, NULL);
}

static void set_passphrase(void)
{
    struct harness_reply reply = change_by_device((struct change){PASSPHRASE});
    assert_ok(reply.result);
    decode_key(((Hayat__V1__ChangePassphraseResponse *)reply.response)->code_key);
}

static void a_day_has_so_many_changes(void **state)
{
    (void)state;
    struct harness_reply reply = {.result = STATUS_OK};
    int count = 0; /* set_passphrase has counted */
    for (; count < 100 && ok(reply.result); count++) {
        fake_clock_advance(&h.clock, 3000); /* the rate's own bound */
        reply = change_by_device((struct change){PASSPHRASE});
    }
    assert_reason(reply.result, RATE_LIMITED);
    assert_int_equal(count, LIMIT_PASSPHRASE_CHANGES);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, REGISTRATION);
    (void)crypto_sign_keypair(session_public, session_secret);
    set_passphrase();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- signing in --- */

static const char *code_of_step(int offset)
{
    static char text[12];
    uint64_t step = (uint64_t)(clock_wall_ms(&h.clock.clock) / TOTP_STEP_MS + offset);
    (void)snprintf(text, sizeof text, "%06u",
                   totp_code(bytes_of(code_key, sizeof code_key), step, TOTP_DIGITS));
    return text;
}

/* The next code, which no call before has taken. */
static const char *next_code(void)
{
    fake_clock_advance(&h.clock, TOTP_STEP_MS);
    return code_of_step(0);
}

struct sign_in {
    const char *number, *passphrase, *code, *peer;
    bool bad_key;
};

static struct harness_reply sign_in(struct sign_in with)
{
    char number[64], passphrase[64], code[8];
    Hayat__V1__PublicKey key = HAYAT__V1__PUBLIC_KEY__INIT;
    Hayat__V1__PassphraseProof proof = HAYAT__V1__PASSPHRASE_PROOF__INIT;
    Hayat__V1__CreateSessionRequest request = HAYAT__V1__CREATE_SESSION_REQUEST__INIT;
    uint8_t zero[32] = {0};
    (void)snprintf(number, sizeof number, "%s", with.number);
    (void)snprintf(passphrase, sizeof passphrase, "%s", with.passphrase);
    (void)snprintf(code, sizeof code, "%s", with.code);
    key.algorithm = HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_ED25519;
    key.key = (ProtobufCBinaryData){sizeof session_public, with.bad_key ? zero : session_public};
    proof.registration_number = number;
    proof.passphrase = passphrase;
    proof.code = code;
    proof.session_key = &key;
    request.passphrase = &proof;
    struct member_call call = {CREATE, NULL, &request.base, .peer = with.peer};
    return member_call(&h, &call);
}

static struct harness_reply sign_in_rightly(void)
{
    return sign_in((struct sign_in){REGISTRATION, PASSPHRASE, next_code()});
}

/* CreateSessionResponse has RefreshSessionResponse's fields under the same numbers. */
static struct member_session session_of_reply(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    Hayat__V1__RefreshSessionResponse *same = hayat__v1__refresh_session_response__unpack(
        NULL, reply->wire.len, reply->wire.ptr);
    assert_non_null(same);
    struct harness_reply as_refreshed = *reply;
    as_refreshed.response = &same->base;
    struct member_session session = member_session_of(&as_refreshed);
    hayat__v1__refresh_session_response__free_unpacked(same, NULL);
    return session;
}

static void it_opens_the_same_kind_of_session(void **state)
{
    (void)state;
    struct harness_reply reply = sign_in_rightly();
    struct member_session session = session_of_reply(&reply);
    assert_true(member_session_works(&h, session.access));
    char rotation_id[37];
    member_session_uuid(++wishes, rotation_id);
    struct refresh_wish by_device = {&session, rotation_id, member.device_secret};
    assert_reason(member_session_refresh(&h, &by_device).result, SIGNATURE_INVALID);
    struct refresh_wish wish = {&session, rotation_id, session_secret};
    struct harness_reply refreshed = member_session_refresh(&h, &wish);
    struct member_session next = member_session_of(&refreshed);
    assert_true(member_session_works(&h, next.access));
}

static void a_code_works_once_and_never_after_a_newer_one(void **state)
{
    (void)state;
    char older[12], code[12];
    (void)snprintf(code, sizeof code, "%s", next_code());
    (void)snprintf(older, sizeof older, "%s", code_of_step(-1));
    assert_ok(sign_in((struct sign_in){REGISTRATION, PASSPHRASE, code}).result);
    assert_reason(sign_in((struct sign_in){REGISTRATION, PASSPHRASE, code}).result,
                  SIGN_IN_REFUSED);
    assert_reason(sign_in((struct sign_in){REGISTRATION, PASSPHRASE, older}).result,
                  SIGN_IN_REFUSED);
    harness_restart(&h);
    assert_reason(sign_in((struct sign_in){REGISTRATION, PASSPHRASE, code}).result,
                  SIGN_IN_REFUSED);
    assert_ok(sign_in_rightly().result);
}

static const char *wrong_code(void)
{
    static char text[12];
    uint64_t step = (uint64_t)(clock_wall_ms(&h.clock.clock) / TOTP_STEP_MS) + 1000;
    (void)snprintf(text, sizeof text, "%06u",
                   totp_code(bytes_of(code_key, sizeof code_key), step, TOTP_DIGITS));
    return text;
}

static void whatever_is_wrong_the_answer_is_one(void **state)
{
    (void)state;
    const struct sign_in wrong[] = {
        {REGISTRATION, "sept oranges sous la neige", next_code()},
        {REGISTRATION, PASSPHRASE, wrong_code()},
        {"TEST-NOBODY", PASSPHRASE, "123456"},
    };
    bytes first = {NULL, 0};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct writer_stats before = writer_stats(h.app.writer);
        struct harness_reply reply = sign_in(wrong[i]);
        struct writer_stats after = writer_stats(h.app.writer);
        assert_reason(reply.result, SIGN_IN_REFUSED);
        assert_int_equal(reply.code, CODE_UNAUTHENTICATED);
        first = i == 0 ? reply.details : first;
        assert_true(bytes_equal(reply.details, first));
        assert_int_equal(after.jobs - before.jobs, 2); /* SEC-B3 */
        assert_int_equal(after.commits - before.commits, 1);
    }
}

/* A member without a passphrase is as unknown as nobody. */
static void who_has_no_passphrase_is_unknown(void **state)
{
    (void)state;
    (void)harness_member(&h, "TEST-WITHOUT");
    assert_reason(sign_in((struct sign_in){"TEST-WITHOUT", PASSPHRASE, "000000"}).result,
                  SIGN_IN_REFUSED);
}

static void one_route_at_a_time(void **state)
{
    (void)state;
    uint8_t signature[64] = {0};
    char challenge_id[] = "chl_00000000000000000000000000";
    Hayat__V1__CreateSessionRequest request = HAYAT__V1__CREATE_SESSION_REQUEST__INIT;
    struct member_call call = {CREATE, NULL, &request.base};
    assert_reason(member_call(&h, &call).result, INVALID_FIELD);
    request.challenge_id = challenge_id;
    assert_reason(member_call(&h, &call).result, INVALID_FIELD);
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    assert_reason(member_call(&h, &call).result, CHALLENGE_INVALID);
    assert_reason(
        sign_in((struct sign_in){REGISTRATION, PASSPHRASE, next_code(), .bad_key = true}).result,
        DEVICE_KEY_INVALID);
}

/* --- attempts (SEC-B4) --- */

static struct harness_reply guess(const char *peer)
{
    return sign_in(
        (struct sign_in){REGISTRATION, "sept oranges sous la neige", "000000", .peer = peer});
}

static void guessing_ends_and_harms_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_PASSPHRASE_TRIES; i++) {
        assert_reason(guess(NULL).result, SIGN_IN_REFUSED);
    }
    harness_restart(&h);
    struct harness_reply reply = sign_in_rightly(); /* though it is right */
    assert_reason(reply.result, RATE_LIMITED);
    assert_non_null(reply.retry_info);
    assert_true(reply.retry_info->retry_delay->seconds > 0);
    assert_true(member_session_works(&h, member.token));
    (void)member_session_open(&h, &member); /* the device's route */
    assert_ok(
        sign_in((struct sign_in){REGISTRATION, PASSPHRASE, next_code(), OTHER_NETWORK}).result);
    fake_clock_advance(&h.clock, 2LL * LIMIT_PASSPHRASE_TRIES_MS);
    assert_ok(sign_in_rightly().result);
}

static void a_success_forgives_what_was_tried(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < LIMIT_PASSPHRASE_TRIES - 1; i++) {
            assert_reason(guess(NULL).result, SIGN_IN_REFUSED);
        }
        assert_ok(sign_in_rightly().result);
    }
}

/* --- the pool (SEC-B2) --- */

static struct worker_job held[LIMIT_SECRET_WORKERS + LIMIT_SECRET_QUEUE];
static sem_t arrived, gate;

static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) != 0) {
    }
}

static void stand(struct worker_job *job)
{
    (void)job;
    (void)sem_post(&arrived);
    wait_for(&gate);
}

static void a_full_pool_says_when_to_come_again(void **state)
{
    (void)state;
    assert_int_equal(sem_init(&arrived, 0, 0), 0);
    assert_int_equal(sem_init(&gate, 0, 0), 0);
    for (size_t i = 0; i < ARRAY_LEN(held); i++) {
        held[i].run = stand;
        assert_ok(worker_pool_submit(h.pipeline.secrets, &held[i]));
        if (i < LIMIT_SECRET_WORKERS) {
            wait_for(&arrived);
        }
    }
    for (int i = 0; i < 2 * LIMIT_PASSPHRASE_TRIES; i++) { /* and counts no attempt */
        struct harness_reply reply = sign_in(
            (struct sign_in){REGISTRATION, PASSPHRASE, code_of_step(1)});
        assert_reason(reply.result, OVERLOADED);
        assert_int_equal(reply.code, CODE_RESOURCE_EXHAUSTED);
        assert_non_null(reply.retry_info);
    }
    assert_true(member_session_works(&h, member.token)); /* others do not wait */
    for (size_t i = 0; i < ARRAY_LEN(held); i++) {
        (void)sem_post(&gate);
    }
    for (size_t i = LIMIT_SECRET_WORKERS; i < ARRAY_LEN(held); i++) {
        wait_for(&arrived);
    }
    assert_ok(sign_in_rightly().result);
}

/* --- changing it --- */

static status count_messages(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_outbox, ctx);
}

static status give_phone(void *ctx, struct txn *txn)
{
    char phone[] = "+212600000001";
    Hayat__Store__V1__StoredMember *stored;
    (void)ctx;
    TRY(member_store_get(txn, member.owner, &stored));
    stored->phone_number = phone;
    struct cell cell = cell_of_owner(TABLE_member, member.owner, key_owner(member.owner));
    return table_put_record(txn, &cell, &stored->base);
}

static void a_change_ends_what_the_old_one_opened_and_is_told(void **state)
{
    (void)state;
    uint64_t before = 0, after = 0;
    assert_ok(harness_write(&h, give_phone, NULL));
    struct harness_reply reply = sign_in_rightly();
    struct member_session old = session_of_reply(&reply);
    assert_ok(harness_read(&h, count_messages, &before));
    assert_ok(change_by_device((struct change){"une autre phrase, plus longue"}).result);
    assert_ok(harness_read(&h, count_messages, &after));
    assert_int_equal(after - before, 1); /* SEC-B8 */
    assert_false(member_session_works(&h, old.access));
    assert_true(member_session_works(&h, member.token));
    assert_reason(sign_in_rightly().result, SIGN_IN_REFUSED);
    assert_ok(sign_in((struct sign_in){REGISTRATION, "une autre phrase, plus longue", next_code()})
                  .result); /* the code generator stays */
}

static void a_new_code_key_ends_the_old_codes(void **state)
{
    (void)state;
    uint8_t old[TOTP_KEY_BYTES];
    memcpy(old, code_key, sizeof old);
    struct harness_reply reply = change_by_device((struct change){PASSPHRASE, true});
    const Hayat__V1__ChangePassphraseResponse *response =
        (const Hayat__V1__ChangePassphraseResponse *)reply.response;
    assert_ok(reply.result);
    assert_non_null(strstr(response->code_key_uri, response->code_key));
    decode_key(response->code_key);
    assert_memory_not_equal(old, code_key, sizeof old);
    assert_ok(sign_in_rightly().result);
    memcpy(code_key, old, sizeof old);
    assert_reason(sign_in_rightly().result, SIGN_IN_REFUSED);
}

/* The key of a session by passphrase may lie on a borrowed computer: a code confirms with it. */
static void a_session_by_passphrase_confirms_with_a_code_too(void **state)
{
    (void)state;
    struct harness_reply reply = sign_in_rightly();
    struct member_session session = session_of_reply(&reply);
    struct change change = {"une autre phrase, plus longue"};
    assert_reason(change_as(change, session.access, session_secret, NULL).result, STEP_UP_INVALID);
    assert_reason(change_as(change, session.access, session_secret, wrong_code()).result,
                  STEP_UP_INVALID);
    assert_reason(change_as(change, session.access, member.device_secret, next_code()).result,
                  SIGNATURE_INVALID);
    assert_ok(change_as(change, session.access, session_secret, next_code()).result);
    assert_true(member_session_works(&h, session.access)); /* one's own goes on */
}

static void easy_ones_are_refused(void **state)
{
    (void)state;
    static const char *const easy[] = {"aaaaaaaaaaaaaaaa", "ababababababab", ("mon " REGISTRATION),
                                       "short"};
    for (size_t i = 0; i < ARRAY_LEN(easy); i++) {
        char text[64], request_id[37];
        Hayat__V1__ChangePassphraseRequest request = HAYAT__V1__CHANGE_PASSPHRASE_REQUEST__INIT;
        (void)snprintf(text, sizeof text, "%s", easy[i]);
        member_session_uuid(++wishes, request_id);
        request.request_id = request_id;
        request.new_passphrase = text;
        struct member_call call = {CHANGE, member.token, &request.base};
        struct harness_reply reply = member_call(&h, &call);
        assert_reason(reply.result, INVALID_FIELD);
        assert_string_equal(reply.bad_request->field_violations[0]->field, "new_passphrase");
    }
}

static void the_list_tells_of_it(void **state)
{
    (void)state;
    assert_ok(sign_in_rightly().result);
    Hayat__V1__ListDevicesRequest request = HAYAT__V1__LIST_DEVICES_REQUEST__INIT;
    struct harness_reply reply = harness_call(&h, SESSION_METHOD("ListDevices"), member.token,
                                              &request.base);
    const Hayat__V1__ListDevicesResponse *response =
        (const Hayat__V1__ListDevicesResponse *)reply.response;
    assert_ok(reply.result);
    assert_true(response->has_passphrase);
    assert_int_equal(response->passphrase_session_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_opens_the_same_kind_of_session),
        TEST(a_code_works_once_and_never_after_a_newer_one),
        TEST(whatever_is_wrong_the_answer_is_one),
        TEST(who_has_no_passphrase_is_unknown),
        TEST(one_route_at_a_time),
        TEST(a_day_has_so_many_changes),
        TEST(guessing_ends_and_harms_nobody),
        TEST(a_success_forgives_what_was_tried),
        TEST(a_full_pool_says_when_to_come_again),
        TEST(a_change_ends_what_the_old_one_opened_and_is_told),
        TEST(a_new_code_key_ends_the_old_codes),
        TEST(a_session_by_passphrase_confirms_with_a_code_too),
        TEST(easy_ones_are_refused),
        TEST(the_list_tells_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
