/*
 * Enrolment codes: as SEC-B1 says they look and live; typed in any of the usual ways they still match; bound to what they
 * were made for and to nothing else; a code given face to face ends at its time whatever the wall clock does, and a newer
 * one ends the older.
 */
#include "auth/enrolment_code.h"

#include "base/array.h"
#include "base/limits.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"
#include "storage/expiry_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

#define POST HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_POST
#define SMS HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS
#define AGENCY HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_AGENCY
#define DAY_MS (24LL * 3600 * 1000)

static struct temp_store t;
static const struct owner owner = {{7}};

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

static void codes_look_as_they_should(void **state)
{
    (void)state;
    bool seen[256] = {false};
    size_t letters = 0;
    for (int i = 0; i < 2000; i++) {
        struct enrolment_code code = enrolment_code_draw(&random_system, POST);
        assert_int_equal(strlen(code.text), CODE_TEXT_LEN);
        assert_int_equal(strspn(code.text, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), CODE_TEXT_LEN);
        assert_true(code.text[4] == '-' && code.text[9] == '-');
        for (const char *c = code.text; *c != '\0'; c++) {
            seen[(uint8_t)*c] = true;
        }
        code = enrolment_code_draw(&random_system, SMS);
        assert_int_equal(strlen(code.text), CODE_DIGITS);
        assert_int_equal(strspn(code.text, "0123456789"), CODE_DIGITS);
    }
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        letters += seen[i] ? 1 : 0;
    }
    assert_int_equal(letters, 32 + 1); /* all of them, and the hyphen */
}

static bool matches(const struct code_binding *binding, const struct secret_hash *hash,
                    const char *typed)
{
    return enrolment_code_matches(&t.keys, binding, hash, bytes_str(typed));
}

static void a_code_is_read_as_it_was_meant(void **state)
{
    (void)state;
    struct code_binding post = {.channel = POST, .address_version = 3};
    struct enrolment_code code = {.text = "01AB-CDEF-GHJK"};
    struct secret_hash hash;
    assert_ok(enrolment_code_hash(&t.keys, &random_system, &post, &code, &hash));
    assert_true(matches(&post, &hash, "01AB-CDEF-GHJK"));
    assert_true(matches(&post, &hash, "oiab cdef ghjk"));
    assert_true(matches(&post, &hash, "OLABCDEFGHJK"));
    assert_false(matches(&post, &hash, "01AB-CDEF-GHJM"));
    assert_false(matches(&post, &hash, "01AB-CDEF-GHJ"));
    assert_false(matches(&post, &hash, "01AB-CDEF-GHJK0"));
    assert_false(matches(&post, &hash, "01AB-CDEF-GHJ\xd8\xa1"));
    assert_false(matches(&post, &hash, ""));
}

static void a_code_by_sms_has_digits_alone(void **state)
{
    (void)state;
    struct code_binding sms = {.channel = SMS};
    struct enrolment_code code = {.text = "00112233"};
    struct secret_hash hash;
    assert_ok(enrolment_code_hash(&t.keys, &random_system, &sms, &code, &hash));
    assert_true(matches(&sms, &hash, "0011 2233"));
    assert_true(matches(&sms, &hash, "oo112233"));
    assert_false(matches(&sms, &hash, "001122330"));
    assert_false(matches(&sms, &hash, "0011223A"));
}

/* A hash of the empty code, were one ever filed, opens nothing. */
static void no_code_matches_nothing(void **state)
{
    (void)state;
    struct code_binding post = {.channel = POST};
    struct enrolment_code none = {.text = ""};
    struct secret_hash hash, decoy = secret_hash_decoy();
    assert_ok(enrolment_code_hash(&t.keys, &random_system, &post, &none, &hash));
    assert_false(matches(&post, &hash, ""));
    assert_false(matches(&post, &hash, "!"));
    assert_false(matches(&post, &decoy, "0000-0000-0000"));
}

static void a_code_is_good_for_one_thing(void **state)
{
    (void)state;
    struct code_binding made = {
        .channel = POST, .enrolment = {{1}}, .thumbprint = {2}, .address_version = 3};
    struct enrolment_code code = enrolment_code_draw(&random_system, POST);
    struct secret_hash hash;
    assert_ok(enrolment_code_hash(&t.keys, &random_system, &made, &code, &hash));
    assert_true(matches(&made, &hash, code.text));
    struct code_binding others[] = {made, made, made, made};
    others[0].enrolment.bytes[15] ^= 1;
    others[1].thumbprint[31] ^= 1;
    others[2].address_version ^= 1;
    others[3].channel = AGENCY;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_false(matches(&others[i], &hash, code.text));
    }
}

static void thumbprints_tell_keys_apart(void **state)
{
    (void)state;
    uint8_t a[THUMBPRINT_BYTES], b[THUMBPRINT_BYTES];
    struct device_key key = device_key_decoy(
        HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519);
    device_key_thumbprint(&key, a);
    key.algorithm = HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256;
    device_key_thumbprint(&key, b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void codes_live_as_long_as_they_should(void **state)
{
    (void)state;
    assert_int_equal(enrolment_code_life_ms(POST, "MA"), 21 * DAY_MS);
    assert_int_equal(enrolment_code_life_ms(AGENCY, ""), 21 * DAY_MS);
    assert_int_equal(enrolment_code_life_ms(POST, "FR"), 30 * DAY_MS);
    assert_int_equal(enrolment_code_life_ms(SMS, "FR"), 10 * 60 * 1000);
}

/* --- face to face --- */

static status put_member(void *ctx, struct txn *txn)
{
    char country[] = "FR";
    (void)ctx;
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.country_code = country;
    member.address_version = 9;
    return member_store_put(txn, owner, &member);
}

struct filing {
    struct agency_code code;
    int64_t expire_ms;
};

static status file_code(void *ctx, struct txn *txn)
{
    struct filing *filing = ctx;
    return agency_code_file(txn, &filing->code, &filing->expire_ms);
}

static status read_code(void *ctx, struct txn *txn)
{
    return agency_code_store_get(txn, owner, ctx);
}

static status no_upload(struct txn *txn, struct owner whose, bytes id)
{
    (void)txn, (void)whose, (void)id;
    return FAIL(INTERNAL);
}

static status run_expiry(void *ctx, struct txn *txn)
{
    struct expiry_ran ran;
    (void)ctx;
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS,
                      &(struct expiry_ends){.upload = no_upload}, &ran);
}

static bool matches_stored(const struct enrolment_code *code)
{
    struct code_binding binding = {.channel = AGENCY, .owner = owner};
    Hayat__Store__V1__StoredAgencyCode *row;
    assert_ok(temp_store_read(&t, read_code, &row));
    assert_int_equal(row->address_version, 9);
    struct secret_hash hash = secret_hash_of(bytes_of(row->code_hash.data, row->code_hash.len));
    return matches(&binding, &hash, code->text);
}

static void the_newest_code_of_the_agency_counts(void **state)
{
    (void)state;
    struct filing first, second;
    assert_ok(temp_store_write(&t, put_member, NULL));
    assert_ok(agency_code_make(&t.keys, &random_system, owner, &first.code));
    assert_ok(agency_code_make(&t.keys, &random_system, owner, &second.code));
    assert_ok(temp_store_write(&t, file_code, &first));
    assert_int_equal(first.expire_ms, TEMP_STORE_WALL_MS + 30 * DAY_MS);
    assert_true(matches_stored(&first.code.code));
    assert_ok(temp_store_write(&t, file_code, &second));
    assert_true(matches_stored(&second.code.code));
    assert_false(matches_stored(&first.code.code));
}

static void a_code_of_the_agency_ends_at_its_time(void **state)
{
    (void)state;
    struct filing filing;
    Hayat__Store__V1__StoredAgencyCode *row;
    assert_ok(temp_store_write(&t, put_member, NULL));
    assert_ok(agency_code_make(&t.keys, &random_system, owner, &filing.code));
    assert_ok(temp_store_write(&t, file_code, &filing));
    t.clock.wall_ms += 400 * DAY_MS;
    assert_ok(temp_store_write(&t, run_expiry, NULL));
    assert_true(matches_stored(&filing.code.code));
    t.clock.wall_ms -= 400 * DAY_MS;
    fake_clock_advance(&t.clock, 31 * DAY_MS);
    assert_ok(temp_store_write(&t, run_expiry, NULL));
    assert_reason(temp_store_read(&t, read_code, &row), NOT_FOUND);
}

static void nobody_gets_no_code(void **state)
{
    (void)state;
    struct filing filing;
    assert_ok(agency_code_make(&t.keys, &random_system, owner, &filing.code));
    assert_reason(temp_store_write(&t, file_code, &filing), NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(codes_look_as_they_should, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_is_read_as_it_was_meant, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_by_sms_has_digits_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(no_code_matches_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_is_good_for_one_thing, setup, teardown),
        cmocka_unit_test_setup_teardown(thumbprints_tell_keys_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(codes_live_as_long_as_they_should, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_code_of_the_agency_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_of_the_agency_ends_at_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_gets_no_code, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
