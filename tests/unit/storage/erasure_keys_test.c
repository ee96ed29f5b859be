/*
 * The tree of erasure keys: whatever is erased can be derived no more, from memory or from its bytes, and everything else still
 * gives the key it always gave; the nodes left are no more than they must be (SEC-D3).
 */
#include "storage/erasure_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tests/support/cm.h"

enum { SEEN = 300 };

/* The leaves looked at: the first ones, some of the middle, the last ones. */
static uint32_t seen[SEEN];
static struct seal_key before[SEEN];

static void look_at_all(struct erasure_keys *keys)
{
    for (uint32_t i = 0; i < SEEN; i++) {
        seen[i] = i < 100 ? i + 1 : i < 200 ? 0x7FFFFFC0U + i : UINT32_MAX - (SEEN - 1 - i);
        assert_ok(erasure_key_of(keys, seen[i], &before[i]));
    }
}

static bool is_in(const uint32_t *leaves, size_t count, uint32_t leaf)
{
    for (size_t i = 0; i < count; i++) {
        if (leaves[i] == leaf) {
            return true;
        }
    }
    return false;
}

static void assert_erased(struct erasure_keys *keys, const uint32_t *leaves, size_t count)
{
    for (size_t i = 0; i < SEEN; i++) {
        struct seal_key key = {{0}};
        bool erased = is_in(leaves, count, seen[i]);
        assert_int_equal(erasure_is_erased(keys, seen[i]), erased);
        status s = erasure_key_of(keys, seen[i], &key);
        assert_int_equal(s.why, erased ? REASON_DOCUMENT_ERASED : REASON_OK);
        if (!erased) {
            assert_memory_equal(key.bytes, before[i].bytes, SEAL_KEY_BYTES);
        }
    }
}

static void erase(struct erasure_keys *keys, const uint32_t *leaves, size_t count)
{
    struct erasure_nodes left;
    assert_ok(erasure_without(keys, leaves, count, &left));
    erasure_keys_replace(keys, &left);
}

static void every_key_is_another(void **state)
{
    (void)state;
    struct erasure_keys *keys;
    assert_ok(erasure_keys_create(&random_system, &keys));
    look_at_all(keys);
    for (size_t i = 0; i < SEEN; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(before[i].bytes, before[j].bytes, SEAL_KEY_BYTES);
        }
    }
    erasure_keys_free(keys);
}

static void what_is_erased_is_gone_and_nothing_else(void **state)
{
    (void)state;
    static const uint32_t some[] = {1,  2,  50,         51,         52,        53,
                                    54, 55, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
    const size_t count = sizeof some / sizeof some[0];
    struct erasure_keys *keys;
    assert_ok(erasure_keys_create(&random_system, &keys));
    look_at_all(keys);
    erase(keys, some, count);
    assert_erased(keys, some, count);
    assert_int_equal(erasure_next_leaf(keys, 50), 56);
    assert_int_equal(erasure_next_leaf(keys, 49), 49);
    assert_int_equal(erasure_next_leaf(keys, UINT32_MAX), 0);
    size_t nodes = erasure_node_count(keys);
    erase(keys, some, count); /* again: nothing changes */
    assert_erased(keys, some, count);
    assert_int_equal(erasure_node_count(keys), nodes);
    assert_true(nodes <= 7 * 32); /* seven gaps, with leaf 0 */
    erasure_keys_free(keys);
}

/* One by one in a random order, against the plain list. */
static void any_order_leads_to_the_same(void **state)
{
    (void)state;
    struct erasure_keys *keys;
    uint32_t gone[SEEN];
    size_t count = 0;
    uint32_t next = 7;
    assert_ok(erasure_keys_create(&random_system, &keys));
    look_at_all(keys);
    while (count < SEEN) {
        uint32_t leaf = seen[(next = next * 1664525 + 1013904223) / 8 % SEEN];
        erase(keys, &leaf, 1);
        if (!is_in(gone, count, leaf)) {
            gone[count++] = leaf;
        }
        assert_erased(keys, gone, count);
    }
    assert_true(erasure_node_count(keys) <= 3 * 2 * 32); /* three gaps without an island */
    erasure_keys_free(keys);
}

static void bytes_bring_the_same_tree(void **state)
{
    (void)state;
    static const uint32_t some[] = {3, 70, 0x80000000};
    struct erasure_keys *keys, *again;
    struct erasure_nodes nodes, decoded;
    assert_ok(erasure_keys_create(&random_system, &keys));
    look_at_all(keys);
    assert_ok(erasure_without(keys, some, 3, &nodes));
    size_t len = nodes.count * ERASURE_NODE_BYTES;
    uint8_t *file = malloc(len);
    assert_non_null(file);
    erasure_nodes_encode(&nodes, file);
    assert_ok(erasure_nodes_decode(bytes_of(file, len), &decoded));
    assert_ok(erasure_keys_of_nodes(&decoded, &again));
    assert_erased(again, some, 3);
    /* what breaks the order, or is cut */
    assert_reason(erasure_nodes_decode(bytes_of(file, len - 1), &decoded), KEY_FILE_INVALID);
    memmove(file + ERASURE_NODE_BYTES, file, ERASURE_NODE_BYTES);
    assert_reason(erasure_nodes_decode(bytes_of(file, len), &decoded), KEY_FILE_INVALID);
    free(file);
    erasure_nodes_free(&nodes);
    erasure_keys_free(keys);
    erasure_keys_free(again);
}

static void leaf_0_is_nobodys(void **state)
{
    (void)state;
    struct erasure_keys *keys;
    struct seal_key key;
    assert_ok(erasure_keys_create(&random_system, &keys));
    assert_reason(erasure_key_of(keys, 0, &key), DOCUMENT_ERASED);
    erasure_keys_free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_another),
        cmocka_unit_test(what_is_erased_is_gone_and_nothing_else),
        cmocka_unit_test(any_order_leads_to_the_same),
        cmocka_unit_test(bytes_bring_the_same_tree),
        cmocka_unit_test(leaf_0_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
