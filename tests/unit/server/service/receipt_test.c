/* Promise: a receipt verifies offline with the public key alone, and any flipped bit of it does not. */
#include "tests/support/cm.h"

#include <sodium.h>

#include "service/receipt.h"

struct fixture {
    struct arena arena;
    struct seal_keys keys;
    struct receipt_signer signer;
    Hayat__V1__SignedReceipt *receipt;
};

static int setup(void **state)
{
    static struct fixture f;
    char kind[] = RECEIPT_KIND, pension[] = "P-999-000-001";
    arena_init(&f.arena, 16 << 20);
    f.keys.current[DOMAIN_RECEIPT] = 1;
    memset(f.keys.key[DOMAIN_RECEIPT][1].bytes, 7, SEAL_KEY_BYTES);
    receipt_signer_init(&f.signer, &f.keys);
    Hayat__V1__ReceiptPayload payload;
    hayat__v1__receipt_payload__init(&payload);
    payload.kind = kind;
    payload.pension_number = pension;
    payload.year = 2026;
    payload.in_time = true;
    assert_ok(receipt_sign(&f.signer, &f.arena, &payload, &f.receipt));
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    receipt_signer_fini(&f->signer);
    arena_fini(&f->arena);
    return 0;
}

static void test_it_verifies(void **state)
{
    struct fixture *f = *state;
    Hayat__V1__ReceiptPayload *payload;
    assert_ok(receipt_verify(f->signer.public_key, f->receipt, &f->arena, &payload));
    assert_string_equal(payload->pension_number, "P-999-000-001");
    assert_int_equal(payload->year, 2026);
    assert_true(payload->in_time);
    assert_int_equal(strlen(f->receipt->key_id), RECEIPT_KEY_ID_LEN);
}

static bool still_verifies(struct fixture *f, const uint8_t *packed, size_t len)
{
    Hayat__V1__ReceiptPayload *payload;
    struct arena_mark mark = arena_mark(&f->arena);
    Hayat__V1__SignedReceipt *receipt = hayat__v1__signed_receipt__unpack(&f->arena.allocator, len,
                                                                          packed);
    bool good = receipt != NULL &&
                ok(receipt_verify(f->signer.public_key, receipt, &f->arena, &payload));
    arena_rewind(&f->arena, mark);
    return good;
}

static void test_any_flipped_bit_is_seen(void **state)
{
    struct fixture *f = *state;
    uint8_t packed[1024];
    assert_true(hayat__v1__signed_receipt__get_packed_size(f->receipt) <= sizeof packed);
    size_t len = hayat__v1__signed_receipt__pack(f->receipt, packed);
    assert_true(still_verifies(f, packed, len));
    for (size_t bit = 0; bit < len * 8; bit++) {
        packed[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(still_verifies(f, packed, len));
        packed[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static void test_another_key_does_not_verify(void **state)
{
    struct fixture *f = *state;
    struct receipt_signer other;
    struct seal_keys keys = {.current[DOMAIN_RECEIPT] = 2};
    Hayat__V1__ReceiptPayload *payload;
    receipt_signer_init(&other, &keys);
    assert_reason(receipt_verify(other.public_key, f->receipt, &f->arena, &payload),
                  RECEIPT_INVALID);
}

/* A signature of the same key over another kind of payload is no receipt. */
static void test_another_kind_is_no_receipt(void **state)
{
    struct fixture *f = *state;
    char kind[] = "hayat.something-else.v1";
    Hayat__V1__ReceiptPayload payload, *read;
    Hayat__V1__SignedReceipt *receipt;
    hayat__v1__receipt_payload__init(&payload);
    payload.kind = kind;
    assert_ok(receipt_sign(&f->signer, &f->arena, &payload, &receipt));
    assert_reason(receipt_verify(f->signer.public_key, receipt, &f->arena, &read), RECEIPT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_verifies),
        cmocka_unit_test(test_any_flipped_bit_is_seen),
        cmocka_unit_test(test_another_key_does_not_verify),
        cmocka_unit_test(test_another_kind_is_no_receipt),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, setup, teardown);
}
