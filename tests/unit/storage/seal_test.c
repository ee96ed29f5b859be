/*
 * Promise: a sealed value opens only with its key, in its place, for its owner, in its epoch,
 * unchanged (SEC-D1, SEC-A4); blinded names tell nothing without the key and are the same every
 * time (SEC-D2).
 */
#include "storage/seal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/codec.h"
#include "storage/cell_key.h"
#include "storage/document_key.h"
#include "storage/nonce_pool.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static const char plain_text[] = "Amina ESSAI, née pour un test";

struct fixture {
    struct seal_key key;
    struct seal_place place;
    uint8_t cell[sizeof plain_text + SEAL_OVERHEAD];
};

static struct fixture sealed(void)
{
    struct fixture f = {
        .key = {"0123456789abcdef0123456789abcdef"},
        .place = {.table = 4,
                  .record_type = 77,
                  .key = bytes_str("the key"),
                  .owner = {{1, 2, 3}},
                  .chunk_index = 5,
                  .chunk_count = 9,
                  .epoch = 3},
    };
    seal_cell(&f.key, &f.place, &random_system, bytes_of(plain_text, sizeof plain_text), f.cell);
    return f;
}

static bytes cell_of_fixture(const struct fixture *f)
{
    return bytes_of(f->cell, sizeof f->cell);
}

static bool opens(const struct fixture *f, uint32_t epoch)
{
    uint8_t out[sizeof plain_text] = {0};
    struct seal_place place = f->place;
    place.epoch = epoch;
    status result = open_cell(&f->key, &place, cell_of_fixture(f), out);
    if (!ok(result)) {
        assert_reason(result, STORE_CORRUPT);
        return false;
    }
    assert_memory_equal(out, plain_text, sizeof plain_text);
    return true;
}

static void opens_in_its_place(void **state)
{
    (void)state;
    struct fixture f = sealed();
    assert_true(opens(&f, 3));
    uint32_t epoch = 0;
    assert_ok(seal_cell_epoch(cell_of_fixture(&f), &epoch));
    assert_int_equal(epoch, 3);
}

static void refuses_every_other_place(void **state)
{
    (void)state;
    struct fixture f = sealed(), g;
    g = f, g.place.table++;
    assert_false(opens(&g, 3));
    g = f, g.place.record_type++;
    assert_false(opens(&g, 3));
    g = f, g.place.key = bytes_str("the kez");
    assert_false(opens(&g, 3));
    g = f, g.place.key = bytes_str("the key1");
    assert_false(opens(&g, 3));
    g = f, g.place.key = bytes_str("");
    assert_false(opens(&g, 3));
    g = f, g.place.owner.bytes[15] = 1;
    assert_false(opens(&g, 3));
    g = f, g.place.chunk_index = 4;
    assert_false(opens(&g, 3));
    g = f, g.place.chunk_count = 10;
    assert_false(opens(&g, 3));
    g = f, g.key.bytes[31] ^= 1;
    assert_false(opens(&g, 3));
}

static void refuses_another_epoch(void **state)
{
    (void)state;
    struct fixture f = sealed();
    assert_false(opens(&f, 2)); /* asked for another */
    put_be32(f.cell + 1, 2);    /* rolled back in the file */
    assert_false(opens(&f, 2));
    assert_false(opens(&f, 3));
}

static void refuses_every_flipped_bit(void **state)
{
    (void)state;
    struct fixture f = sealed();
    for (size_t bit = 0; bit < sizeof f.cell * 8; bit++) {
        f.cell[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_false(opens(&f, 3));
        f.cell[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_true(opens(&f, 3));
}

static void refuses_every_shorter_cell(void **state)
{
    (void)state;
    struct fixture f = sealed();
    uint8_t out[sizeof plain_text];
    for (size_t len = 0; len < sizeof f.cell; len++) {
        assert_reason(open_cell(&f.key, &f.place, bytes_of(f.cell, len), out), STORE_CORRUPT);
    }
}

static void seals_nothing_too(void **state)
{
    (void)state;
    struct fixture f = sealed();
    uint8_t cell[SEAL_OVERHEAD], none[1];
    seal_cell(&f.key, &f.place, &random_system, bytes_of(NULL, 0), cell);
    assert_ok(open_cell(&f.key, &f.place, bytes_of(cell, sizeof cell), none));
}

/* The form on disk: if this changes, stores in the field stop opening. */
static void keeps_its_form(void **state)
{
    (void)state;
    struct fixture f = sealed();
    struct fake_random random;
    fake_random_init(&random, 42);
    uint8_t cell[4 + SEAL_OVERHEAD];
    f.place.epoch = 1;
    seal_cell(&f.key, &f.place, &random.source, bytes_str("form"), cell);
    char text[sizeof cell * 2 + 1];
    hex_encode(bytes_of(cell, sizeof cell), text);
    assert_string_equal(text, "01000000015daf1d44ef0620792ac7f2550e2db16185818a0f04c47c3e885eb453"
                              "e1edc5d3f2dc0deb25def2850c355169");
}

static int compare_nonces(const void *a, const void *b)
{
    return memcmp(a, b, SEAL_NONCE_BYTES);
}

static void never_repeats_a_nonce(void **state)
{
    (void)state;
    enum { CELLS = 20000 };
    uint8_t(*nonces)[SEAL_NONCE_BYTES] = malloc(sizeof(*nonces) * CELLS);
    assert_non_null(nonces);
    struct fixture f = sealed();
    struct nonce_pool pool;
    nonce_pool_init(&pool, &random_system);
    for (size_t i = 0; i < CELLS; i++) {
        uint8_t cell[SEAL_OVERHEAD];
        seal_cell(&f.key, &f.place, &pool.source, bytes_of(NULL, 0), cell);
        memcpy(nonces[i], cell + 5, SEAL_NONCE_BYTES);
    }
    qsort(nonces, CELLS, sizeof(*nonces), compare_nonces);
    for (size_t i = 1; i < CELLS; i++) {
        assert_memory_not_equal(nonces[i], nonces[i - 1], SEAL_NONCE_BYTES);
    }
    nonce_pool_fini(&pool);
    free(nonces);
}

static void pool_serves_any_length(void **state)
{
    (void)state;
    static uint8_t big[NONCE_POOL_BYTES + 1], other[NONCE_POOL_BYTES + 1];
    struct nonce_pool pool;
    nonce_pool_init(&pool, &random_system);
    random_fill(&pool.source, big, sizeof big);
    random_fill(&pool.source, other, sizeof other);
    assert_memory_not_equal(big, other, sizeof big);
    random_fill(&pool.source, big, NONCE_POOL_BYTES);
    random_fill(&pool.source, other, NONCE_POOL_BYTES);
    assert_memory_not_equal(big, other, NONCE_POOL_BYTES);
    nonce_pool_fini(&pool);
}

static void blinds_by_key_label_and_input(void **state)
{
    (void)state;
    struct seal_keys keys = {0}, others = {0};
    temp_store_keys(&keys, 1, 1);
    temp_store_keys(&others, 1, 2);
    uint8_t a[32], b[32];
    seal_blind(&keys, "member", bytes_str("999000001"), a, sizeof a);
    seal_blind(&keys, "member", bytes_str("999000001"), b, sizeof b);
    assert_memory_equal(a, b, sizeof a);
    seal_blind(&keys, "member", bytes_str("999000002"), b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    seal_blind(&keys, "request", bytes_str("999000001"), b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    seal_blind(&others, "member", bytes_str("999000001"), b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    seal_blind(&keys, "ab", bytes_str("c"), a, sizeof a);
    seal_blind(&keys, "a", bytes_str("bc"), b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void owner_is_a_blinded_number(void **state)
{
    (void)state;
    struct seal_keys keys = {0};
    temp_store_keys(&keys, 1, 1);
    struct owner owner = owner_of_registration(&keys, bytes_str("999000001"));
    uint8_t expected[OWNER_BYTES];
    seal_blind(&keys, "member", bytes_str("999000001"), expected, sizeof expected);
    assert_memory_equal(owner.bytes, expected, sizeof expected);
}

static struct cell session_cell(void)
{
    return cell_of(TABLE_session, key_u32(key_empty(), 7));
}

static void opens_cells_of_loaded_epochs_only(void **state)
{
    (void)state;
    struct seal_keys keys = {0};
    temp_store_keys(&keys, 1, 1);
    struct cell cell = session_cell();
    struct seal_place place = cell_place(&cell);
    static const uint32_t epochs[] = {0, 2, SEAL_EPOCHS_MAX - 1, SEAL_EPOCHS_MAX, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(epochs); i++) {
        struct seal_key zeroes = {{0}};
        uint8_t forged[4 + SEAL_OVERHEAD], out[4];
        place.epoch = epochs[i];
        seal_cell(&zeroes, &place, &random_system, bytes_str("evil"), forged);
        assert_reason(cell_open(&keys, &cell, bytes_of(forged, sizeof forged), out), STORE_CORRUPT);
    }
}

static void old_epochs_open_after_a_rotation(void **state)
{
    (void)state;
    struct seal_keys keys = {0};
    temp_store_keys(&keys, 1, 1);
    struct cell cell = session_cell();
    uint8_t old[3 + SEAL_OVERHEAD], fresh[3 + SEAL_OVERHEAD], out[3];
    cell_seal(&keys, &cell, &random_system, bytes_str("old"), old);
    temp_store_keys(&keys, 2, 9);
    cell_seal(&keys, &cell, &random_system, bytes_str("new"), fresh);
    assert_ok(cell_open(&keys, &cell, bytes_of(old, sizeof old), out));
    assert_ok(cell_open(&keys, &cell, bytes_of(fresh, sizeof fresh), out));
    put_be32(old + 1, 2); /* rolled to the other epoch */
    put_be32(fresh + 1, 1);
    assert_reason(cell_open(&keys, &cell, bytes_of(old, sizeof old), out), STORE_CORRUPT);
    assert_reason(cell_open(&keys, &cell, bytes_of(fresh, sizeof fresh), out), STORE_CORRUPT);
}

static void document_keys_belong_to_their_document(void **state)
{
    (void)state;
    struct seal_keys keys = {0};
    temp_store_keys(&keys, 1, 1);
    struct document_name name = {{{1}}, {{2}}}, other_id = {{{1}}, {{3}}},
                         other_owner = {{{4}}, {{2}}};
    struct seal_key key, opened = {{0}};
    uint8_t wrapped[WRAPPED_KEY_BYTES];
    document_key_create(&random_system, &key);
    assert_ok(document_key_wrap(&keys, &name, &random_system, &key, wrapped));
    bytes view = bytes_of(wrapped, sizeof wrapped);
    assert_ok(document_key_unwrap(&keys, &name, view, &opened));
    assert_memory_equal(opened.bytes, key.bytes, sizeof key.bytes);
    assert_reason(document_key_unwrap(&keys, &other_id, view, &opened), STORE_CORRUPT);
    assert_reason(document_key_unwrap(&keys, &other_owner, view, &opened), STORE_CORRUPT);
    assert_reason(document_key_unwrap(&keys, &name, bytes_head(view, 76), &opened), STORE_CORRUPT);
    wrapped[4] = 9; /* an epoch nobody loaded */
    assert_reason(document_key_unwrap(&keys, &name, view, &opened), STORE_CORRUPT);
}

static void counts_chunks(void **state)
{
    (void)state;
    assert_int_equal(document_chunk_count(0), 0);
    assert_int_equal(document_chunk_count(1), 1);
    assert_int_equal(document_chunk_count(CHUNK_PLAIN_BYTES), 1);
    assert_int_equal(document_chunk_count(CHUNK_PLAIN_BYTES + 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_in_its_place),
        cmocka_unit_test(refuses_every_other_place),
        cmocka_unit_test(refuses_another_epoch),
        cmocka_unit_test(refuses_every_flipped_bit),
        cmocka_unit_test(refuses_every_shorter_cell),
        cmocka_unit_test(seals_nothing_too),
        cmocka_unit_test(keeps_its_form),
        cmocka_unit_test(never_repeats_a_nonce),
        cmocka_unit_test(pool_serves_any_length),
        cmocka_unit_test(blinds_by_key_label_and_input),
        cmocka_unit_test(owner_is_a_blinded_number),
        cmocka_unit_test(opens_cells_of_loaded_epochs_only),
        cmocka_unit_test(old_epochs_open_after_a_rotation),
        cmocka_unit_test(document_keys_belong_to_their_document),
        cmocka_unit_test(counts_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
