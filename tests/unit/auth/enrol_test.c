/*
 * Enrolment and sessions against a real store: a device belongs to a member that exists, has a real key, and there are at
 * most LIMIT_DEVICES_PER_MEMBER of them, revoked ones not counted (SEC-B5); the store never holds a token (SEC-B5).
 */
#include "auth/enrol.h"

#include <sodium.h>
#include <stdio.h>

#include "auth/session.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

#define REGISTRATION "TEST-0001"

static struct temp_store t;

struct enrolling {
    struct enrolment enrolment;
    struct id device;
};

static status put_member(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredMember member;
    hayat__store__v1__stored_member__init(&member);
    (void)ctx;
    return member_store_put(txn, owner_of_registration(txn_keys(txn), bytes_str(REGISTRATION)),
                            &member);
}

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    return ok(temp_store_write(&t, put_member, NULL)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

static status enrol(void *ctx, struct txn *txn)
{
    struct enrolling *e = ctx;
    return enrol_device(txn, &e->enrolment, &e->device);
}

static status revoke(void *ctx, struct txn *txn)
{
    const struct enrolling *e = ctx;
    return enrol_revoke_device(txn, e->enrolment.registration_number, e->device);
}

static struct enrolling new_device(uint8_t public_key[crypto_sign_PUBLICKEYBYTES])
{
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    assert_int_equal(crypto_sign_keypair(public_key, secret_key), 0);
    return (struct enrolling){
        .enrolment = {.registration_number = bytes_str(REGISTRATION),
                      .algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519,
                      .public_key = bytes_of(public_key, crypto_sign_PUBLICKEYBYTES)}};
}

static status look_up(void *ctx, struct txn *txn)
{
    const struct enrolling *e = ctx;
    struct owner owner, expected = owner_of_registration(txn_keys(txn), bytes_str(REGISTRATION));
    Hayat__Store__V1__StoredDevice *device;
    TRY(device_store_owner(txn, e->device, &owner));
    assert_memory_equal(&owner, &expected, sizeof owner);
    TRY(device_store_get(txn, owner, e->device, &device));
    assert_false(device->revoked);
    assert_memory_equal(device->public_key.data, e->enrolment.public_key.ptr,
                        e->enrolment.public_key.len);
    return STATUS_OK;
}

static void a_device_is_filed_with_its_member(void **state)
{
    (void)state;
    uint8_t key[32];
    struct enrolling e = new_device(key);
    assert_ok(temp_store_write(&t, enrol, &e));
    assert_ok(temp_store_read(&t, look_up, &e));
}

static void an_unknown_member_has_no_devices(void **state)
{
    (void)state;
    uint8_t key[32];
    struct enrolling e = new_device(key);
    e.enrolment.registration_number = bytes_str("TEST-0002");
    assert_reason(temp_store_write(&t, enrol, &e), NOT_FOUND);
}

static void a_key_that_is_none_is_refused(void **state)
{
    (void)state;
    uint8_t key[32];
    struct enrolling e = new_device(key);
    memset(key, 0xff, sizeof key);
    assert_reason(temp_store_write(&t, enrol, &e), DEVICE_KEY_INVALID);
    e.enrolment.algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256;
    assert_reason(temp_store_write(&t, enrol, &e), DEVICE_KEY_INVALID);
}

static void devices_are_counted_and_a_revoked_one_makes_room(void **state)
{
    (void)state;
    uint8_t key[32];
    struct enrolling e = {.device = {{0}}};
    for (int i = 0; i < LIMIT_DEVICES_PER_MEMBER; i++) {
        e = new_device(key);
        assert_ok(temp_store_write(&t, enrol, &e));
    }
    struct enrolling one_more = new_device(key);
    assert_reason(temp_store_write(&t, enrol, &one_more), DEVICE_LIMIT);
    assert_ok(temp_store_write(&t, revoke, &e));
    assert_ok(temp_store_write(&t, enrol, &one_more));
}

struct opening {
    struct session_token token;
    struct principal principal;
};

static status open_session(void *ctx, struct txn *txn)
{
    struct opening *o = ctx;
    return session_create(txn, (struct owner){{1}}, (struct id){{2}}, 1000, &o->token);
}

static status check(void *ctx, struct txn *txn)
{
    struct opening *o = ctx;
    uint8_t hash[TOKEN_HASH_BYTES];
    TRY(token_hash(txn_keys(txn), bytes_str(o->token.text), hash));
    return session_check(txn, hash, &o->principal);
}

static void a_session_knows_its_owner_and_device(void **state)
{
    (void)state;
    struct opening o = {.principal = {.network = 7}};
    assert_ok(temp_store_write(&t, open_session, &o));
    assert_ok(temp_store_read(&t, check, &o));
    assert_int_equal(o.principal.kind, CALLER_MEMBER);
    assert_int_equal(o.principal.owner.bytes[0], 1);
    assert_int_equal(o.principal.device.bytes[0], 2);
    assert_int_equal(o.principal.network, 7);
    assert_int_equal(o.principal.session_expire_ms, o.token.expire_ms);
    fake_clock_advance(&t.clock, 1000);
    assert_reason(temp_store_read(&t, check, &o), TOKEN_INVALID);
}

static void the_store_does_not_hold_the_token(void **state)
{
    (void)state;
    struct opening o;
    assert_ok(temp_store_write(&t, open_session, &o));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/data.mdb", t.db_directory);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char content[1 << 20];
    size_t len = fread(content, 1, sizeof content, file);
    (void)fclose(file);
    assert_true(len > 0);
    for (size_t at = 0; at + 8 <= len; at++) {
        assert_true(memcmp(content + at, o.token.text, 8) != 0);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_device_is_filed_with_its_member),
        TEST(an_unknown_member_has_no_devices),
        TEST(a_key_that_is_none_is_refused),
        TEST(devices_are_counted_and_a_revoked_one_makes_room),
        TEST(a_session_knows_its_owner_and_device),
        TEST(the_store_does_not_hold_the_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
