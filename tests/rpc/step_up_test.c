/*
 * Step-up (SEC-B6): an act of a step_up method happens only when the session's key signed that very act, as the server put it into words,
 * once, in time and in the session that asked.  Every part of what is signed and sent is spoilt in turn, and every time nothing happens.
 */
#include "base/array.h"
#include "storage/device_store.h"
#include "storage/expiry_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/member_session.h"

#define REVOKE SESSION_METHOD("RevokeDevice")

static struct harness h;
static struct harness_member member;
static struct member_session session;
static struct id other_device;
static char other_device_id[ID_TEXT_MAX], request_id[37];
static uint32_t wishes;

static status add_device(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    uint8_t key[DEVICE_ED25519_KEY_BYTES] = {1};
    device.device_id = (ProtobufCBinaryData){ID_BYTES, other_device.bytes};
    device.algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519;
    device.public_key = (ProtobufCBinaryData){sizeof key, key};
    device.create_ms = txn_now_ms(txn);
    return device_store_put(txn, member.owner, &device);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, "TEST-STEP-UP");
    session = member_session_open(&h, &member);
    other_device = id_new(&random_system);
    id_format(other_device, "dev", other_device_id);
    member_session_uuid(++wishes, request_id);
    assert_ok(harness_write(&h, add_device, NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- revoking the other device --- */

static Hayat__V1__RevokeDeviceRequest revoke_request(void)
{
    Hayat__V1__RevokeDeviceRequest request = HAYAT__V1__REVOKE_DEVICE_REQUEST__INIT;
    request.request_id = request_id;
    request.device_id = other_device_id;
    return request;
}

static status read_device(void *ctx, struct txn *txn)
{
    bool *revoked = ctx;
    Hayat__Store__V1__StoredDevice *device;
    TRY(device_store_get(txn, member.owner, other_device, &device));
    *revoked = device->revoked;
    return STATUS_OK;
}

static bool is_revoked(void)
{
    bool revoked = false;
    assert_ok(harness_read(&h, read_device, &revoked));
    return revoked;
}

static void a_confirmed_act_happens(void **state)
{
    (void)state;
    struct harness_member as_other = member;
    as_other.device = other_device;
    struct member_session of_other = member_session_open(&h, &as_other);
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    struct harness_reply refusal = member_call(&h, &call);
    assert_reason(refusal.result, STEP_UP_REQUIRED);
    assert_int_equal(refusal.code, CODE_FAILED_PRECONDITION);
    assert_false(is_revoked());
    assert_ok(member_confirmed_call(&h, call, member.device_secret, NULL).result);
    assert_true(is_revoked());
    assert_false(member_session_works(&h, of_other.access));
    assert_true(member_session_works(&h, session.access));
}

static struct harness_reply revoke_again(void)
{
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    request.request_id = fund_request_id(&h);
    fake_clock_advance(&h.clock, 3000); /* the rate's own bound */
    return member_confirmed_call(&h, call, member.device_secret, NULL);
}

/* Each is an entry of the audit chain, for ever. */
static void what_is_revoked_is_not_revoked_for_ever(void **state)
{
    (void)state;
    assert_ok(revoke_again().result);
    for (int i = 0; i < LIMIT_REVOKED_AGAIN; i++) {
        assert_ok(revoke_again().result);
    }
    assert_reason(revoke_again().result, RATE_LIMITED);
}

static void the_sentence_says_what_will_happen_in_the_members_language(void **state)
{
    (void)state;
    static const char *const languages[] = {"fr", "ar", "en"};
    static const char *const words[] = {"Retirer l'appareil", "إزالة الجهاز", "Remove the device"};
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
        struct member_call call = {REVOKE, session.access, &request.base, .language = languages[i]};
        struct harness_reply refusal = member_call(&h, &call);
        const char *text = harness_error_value(&refusal, "step_up_text");
        assert_non_null(strstr(text, words[i]));
        assert_non_null(strstr(text, other_device_id));
        assert_null(harness_error_value(&refusal, "step_up_code"));
    }
}

static void the_confirmation_may_come_in_another_language(void **state)
{
    (void)state;
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base, .language = "ar"};
    struct harness_reply refusal = member_call(&h, &call);
    struct confirmation confirmation = member_confirmation(&h, &refusal, &call,
                                                           member.device_secret);
    call.step_up = member_confirmation_text(&h, &confirmation);
    call.language = "en";
    assert_ok(member_call(&h, &call).result);
}

/* --- everything spoilt --- */

static struct harness_member stranger;
static char other_id[ID_TEXT_MAX], other_request_id[37];
static struct member_session second_session;

static void spoil_nonce(struct confirmation *c)
{
    c->nonce[31] ^= 1;
}

static void spoil_token(struct confirmation *c)
{
    c->access = second_session.access;
}

static void spoil_method(struct confirmation *c)
{
    c->method = SESSION_METHOD("ChangePassphrase");
}

static void spoil_text(struct confirmation *c)
{
    c->text = "Consulter la carte.";
}

static void spoil_request(struct confirmation *c)
{
    c->request.len--;
}

static void spoil_key(struct confirmation *c)
{
    c->secret = stranger.device_secret;
}

static void spoil_id(struct confirmation *c)
{
    id_format(id_new(&random_system), "stp", other_id);
    c->id = other_id;
}

static void nothing_signed_may_differ(void **state)
{
    (void)state;
    static void (*const spoilers[])(struct confirmation *) = {
        spoil_nonce, spoil_token, spoil_method, spoil_text, spoil_request, spoil_key, spoil_id};
    static const enum reason reasons[] = {REASON_SIGNATURE_INVALID, REASON_SIGNATURE_INVALID,
                                          REASON_SIGNATURE_INVALID, REASON_SIGNATURE_INVALID,
                                          REASON_SIGNATURE_INVALID, REASON_SIGNATURE_INVALID,
                                          REASON_STEP_UP_INVALID};
    stranger = harness_member(&h, "TEST-STRANGER");
    second_session = member_session_open(&h, &member);
    for (size_t i = 0; i < ARRAY_LEN(spoilers); i++) {
        Hayat__V1__RevokeDeviceRequest request = revoke_request();
        struct member_call call = {REVOKE, session.access, &request.base};
        fake_clock_advance(&h.clock, 10000); /* rates refill */
        struct harness_reply refusal = member_call(&h, &call);
        struct confirmation good = member_confirmation(&h, &refusal, &call, member.device_secret);
        struct confirmation spoilt = good;
        spoilers[i](&spoilt);
        call.step_up = member_confirmation_text(&h, &spoilt);
        assert_int_equal(member_call(&h, &call).result.why, reasons[i]);
        assert_false(is_revoked());
        /* A wrong signature has used it up; a wrong id has not touched it. */
        call.step_up = member_confirmation_text(&h, &good);
        if (spoilers[i] == spoil_id) {
            assert_ok(member_call(&h, &call).result);
        } else {
            assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
        }
    }
    assert_true(is_revoked()); /* by the last one */
}

/* The signature is right; what is asked for is something else. */
static void a_confirmation_is_for_one_request(void **state)
{
    (void)state;
    char own_device_id[ID_TEXT_MAX];
    id_format(member.device, "dev", own_device_id);
    member_session_uuid(++wishes, other_request_id);
    for (int field = 0; field < 2; field++) {
        Hayat__V1__RevokeDeviceRequest request = revoke_request();
        struct member_call call = {REVOKE, session.access, &request.base};
        struct harness_reply refusal = member_call(&h, &call);
        struct confirmation good = member_confirmation(&h, &refusal, &call, member.device_secret);
        call.step_up = member_confirmation_text(&h, &good);
        if (field == 0) {
            request.request_id = other_request_id;
        } else {
            request.device_id = own_device_id;
        }
        assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
        assert_true(member_session_works(&h, session.access));
    }
    assert_false(is_revoked());
}

static void a_confirmation_is_for_one_session(void **state)
{
    (void)state;
    second_session = member_session_open(&h, &member);
    stranger = harness_member(&h, "TEST-STRANGER");
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    struct harness_reply refusal = member_call(&h, &call);
    struct confirmation good = member_confirmation(&h, &refusal, &call, member.device_secret);
    call.step_up = member_confirmation_text(&h, &good);
    call.access = second_session.access;
    assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
    call.access = stranger.token; /* to whom the device does not exist */
    assert_reason(member_call(&h, &call).result, NOT_FOUND);
    assert_false(is_revoked());
    call.access = session.access; /* and neither has used it up */
    assert_ok(member_call(&h, &call).result);
}

static void a_confirmation_is_good_once(void **state)
{
    (void)state;
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    struct harness_reply refusal = member_call(&h, &call);
    struct confirmation good = member_confirmation(&h, &refusal, &call, member.device_secret);
    call.step_up = member_confirmation_text(&h, &good);
    struct harness_reply first = member_call(&h, &call);
    assert_ok(first.result);
    harness_restart(&h);
    struct harness_reply again = member_call(&h,
                                             &call); /* SEC-G2: the first answer, no second act */
    assert_ok(again.result);
    assert_true(bytes_equal(first.wire, again.wire));
    member_session_uuid(++wishes, other_request_id);
    request.request_id = other_request_id;
    assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
}

static void a_confirmation_has_its_time(void **state)
{
    (void)state;
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    struct harness_reply refusal = member_call(&h, &call);
    struct confirmation good = member_confirmation(&h, &refusal, &call, member.device_secret);
    call.step_up = member_confirmation_text(&h, &good);
    fake_clock_advance(&h.clock, LIMIT_STEP_UP_MS);
    atomic_fetch_sub(&h.clock.wall_ms, 1000); /* SEC-G4 */
    assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
    assert_false(is_revoked());
}

static status age_device(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredDevice *device;
    TRY(device_store_get(txn, member.owner, other_device, &device));
    device->create_ms -= 400LL * 24 * 3600 * 1000;
    return device_store_put(txn, member.owner, device);
}

/* Dynamic linking: what was read to the member is what would happen now. */
static void a_confirmation_is_void_when_the_sentence_would_differ(void **state)
{
    (void)state;
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    struct harness_reply refusal = member_call(&h, &call);
    struct confirmation good = member_confirmation(&h, &refusal, &call, member.device_secret);
    call.step_up = member_confirmation_text(&h, &good);
    assert_ok(harness_write(&h, age_device, NULL));
    assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
    assert_false(is_revoked());
}

static void what_is_no_confirmation_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"x", "stp_00000000000000000000000000",
                                      "stp_00000000000000000000000000 00", "  ",
                                      "stp_00000000000000000000000000 zz 123456"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        Hayat__V1__RevokeDeviceRequest request = revoke_request();
        struct member_call call = {REVOKE, session.access, &request.base, bad[i]};
        assert_reason(member_call(&h, &call).result, STEP_UP_INVALID);
    }
    Hayat__V1__ListDevicesRequest list = HAYAT__V1__LIST_DEVICES_REQUEST__INIT;
    struct member_call call = {SESSION_METHOD("ListDevices"), session.access, &list.base, "x"};
    assert_ok(member_call(&h, &call).result); /* nobody asked for one */
}

static void who_may_not_act_is_not_asked(void **state)
{
    (void)state;
    char nobodys[ID_TEXT_MAX];
    id_format(id_new(&random_system), "dev", nobodys);
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, NULL, &request.base};
    assert_reason(member_call(&h, &call).result, TOKEN_MISSING);
    call.access = session.access;
    request.device_id = nobodys;
    assert_reason(member_call(&h, &call).result, NOT_FOUND);
}

static status count_asked(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_step_up, ctx);
}

static status no_upload(struct txn *txn, struct owner owner, bytes id)
{
    (void)txn, (void)owner, (void)id;
    return STATUS_OK;
}

static status expire(void *ctx, struct txn *txn)
{
    struct expiry_ends ends = {.upload = no_upload};
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS, &ends, ctx);
}

static void what_was_never_confirmed_goes_away(void **state)
{
    (void)state;
    uint64_t asked = 0;
    struct expiry_ran ran;
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    assert_reason(member_call(&h, &call).result, STEP_UP_REQUIRED);
    assert_ok(harness_read(&h, count_asked, &asked));
    assert_int_equal(asked, 1);
    fake_clock_advance(&h.clock, LIMIT_STEP_UP_MS);
    assert_ok(harness_write(&h, expire, &ran));
    assert_ok(harness_read(&h, count_asked, &asked));
    assert_int_equal(asked, 0);
}

static void acts_and_false_confirmations_are_on_record(void **state)
{
    (void)state;
    Hayat__V1__RevokeDeviceRequest request = revoke_request();
    struct member_call call = {REVOKE, session.access, &request.base};
    struct harness_reply refusal = member_call(&h, &call);
    struct confirmation spoilt = member_confirmation(&h, &refusal, &call, member.device_secret);
    spoil_nonce(&spoilt);
    struct member_call spoilt_call = call;
    spoilt_call.step_up = member_confirmation_text(&h, &spoilt);
    assert_reason(member_call(&h, &spoilt_call).result, SIGNATURE_INVALID);
    assert_int_equal(member_last_audit(&h).outcome, REASON_SIGNATURE_INVALID);
    assert_ok(member_confirmed_call(&h, call, member.device_secret, NULL).result);
    struct audit_entry entry = member_last_audit(&h);
    assert_int_equal(entry.outcome, REASON_OK);
    assert_true(bytes_equal_str(entry.event, &REVOKE[1]));
    assert_true(bytes_equal_str(entry.object_type, "dev"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_confirmed_act_happens),
        TEST(what_is_revoked_is_not_revoked_for_ever),
        TEST(the_sentence_says_what_will_happen_in_the_members_language),
        TEST(the_confirmation_may_come_in_another_language),
        TEST(nothing_signed_may_differ),
        TEST(a_confirmation_is_for_one_request),
        TEST(a_confirmation_is_for_one_session),
        TEST(a_confirmation_is_good_once),
        TEST(a_confirmation_has_its_time),
        TEST(a_confirmation_is_void_when_the_sentence_would_differ),
        TEST(what_is_no_confirmation_is_refused),
        TEST(who_may_not_act_is_not_asked),
        TEST(what_was_never_confirmed_goes_away),
        TEST(acts_and_false_confirmations_are_on_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
