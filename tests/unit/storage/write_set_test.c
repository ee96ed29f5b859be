/*
 * Promise: a call's writes are found again by their cell, in key order by range, the last one
 * wins, and neither the limit nor the arena can be overrun; an import's tens of thousands of rows
 * stay linear.
 */
#include "storage/write_set.h"

#include "tests/support/cm.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, MANY = 50000 };

struct fixture {
    struct arena arena;
    struct write_set set;
};

static void setup(struct fixture *f, uint32_t limit, size_t arena_bytes)
{
    arena_init(&f->arena, arena_bytes);
    write_set_init(&f->set, &f->arena, limit);
}

static struct cell year(uint32_t value)
{
    return cell_of(TABLE_campaign, key_u32(key_empty(), value));
}

static struct cell card(uint8_t member, uint32_t seq)
{
    struct owner owner = {{member}};
    return cell_of_owner(TABLE_card, owner, key_u32(key_owner(owner), seq));
}

static const struct write_op *find(const struct fixture *f, struct cell cell)
{
    return write_set_find(&f->set, cell.table, &cell.key);
}

static void finds_nothing_in_an_empty_set(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, 4, ARENA_BYTES);
    assert_null(find(&f, year(2026)));
    struct write_op **ops;
    size_t count = 9;
    struct key all = key_empty();
    assert_ok(write_set_range(&f.set, TABLE_campaign, &all, &ops, &count));
    assert_int_equal(count, 0);
    assert_int_equal(f.arena.used, 0); /* and costs nothing */
    arena_fini(&f.arena);
}

static void last_write_wins(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, 4, ARENA_BYTES);
    struct cell cell = year(2026);
    assert_ok(write_set_put(&f.set, &cell, bytes_str("first")));
    assert_ok(write_set_put(&f.set, &cell, bytes_str("second one")));
    assert_int_equal(f.set.count, 1);
    assert_true(bytes_equal_str(find(&f, cell)->plain, "second one"));
    assert_int_equal(f.set.bytes, 4 + SEAL_OVERHEAD + 10);
    assert_ok(write_set_delete(&f.set, &cell));
    assert_true(find(&f, cell)->deletes);
    assert_ok(write_set_put(&f.set, &cell, bytes_str("third")));
    assert_false(find(&f, cell)->deletes);
    assert_int_equal(f.set.count, 1);
    arena_fini(&f.arena);
}

static void copies_value_and_document_key(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, 4, ARENA_BYTES);
    char value[] = "mine";
    struct seal_key key = {"document key"};
    struct owner owner = {{1}};
    struct cell cell = cell_of_owner(TABLE_document_chunk, owner, key_owner(owner));
    cell.document_key = &key;
    assert_ok(write_set_put(&f.set, &cell, bytes_of(value, 4)));
    memset(value, 'x', sizeof value);
    memset(&key, 0, sizeof key);
    assert_true(bytes_equal_str(find(&f, cell)->plain, "mine"));
    assert_string_equal((const char *)find(&f, cell)->cell.document_key->bytes, "document key");
    arena_fini(&f.arena);
}

static void same_key_in_other_tables_is_another_cell(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, 4, ARENA_BYTES);
    struct cell a = card(1, 1), b = card(1, 1);
    b.table = TABLE_beneficiary;
    assert_ok(write_set_put(&f.set, &a, bytes_str("a")));
    assert_null(find(&f, b));
    assert_ok(write_set_put(&f.set, &b, bytes_str("b")));
    assert_true(bytes_equal_str(find(&f, a)->plain, "a"));
    arena_fini(&f.arena);
}

static void refuses_past_the_limit(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, 2, ARENA_BYTES);
    struct cell a = year(1), b = year(2), c = year(3);
    assert_ok(write_set_put(&f.set, &a, bytes_str("a")));
    assert_ok(write_set_delete(&f.set, &b));
    assert_reason(write_set_put(&f.set, &c, bytes_str("c")), OVERLOADED);
    assert_ok(write_set_put(&f.set, &b, bytes_str("again"))); /* what is in may change */
    arena_fini(&f.arena);
}

static void refuses_past_the_arena(void **state)
{
    (void)state;
    struct fixture f;
    for (size_t cap = 0; cap < 2048; cap += 64) {
        setup(&f, 16, cap);
        struct cell cell = year(1);
        struct seal_key key = {{1}};
        cell.document_key = &key;
        status result = write_set_put(&f.set, &cell, bytes_str("value"));
        if (ok(result)) {
            assert_true(bytes_equal_str(find(&f, cell)->plain, "value"));
        } else {
            assert_reason(result, ARENA_FULL);
            assert_int_equal(f.set.count, 0);
        }
        arena_fini(&f.arena);
    }
}

static void range_is_in_key_order(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, 64, ARENA_BYTES);
    static const uint32_t seqs[] = {5, 1, 9, 3, 7, 256, 2};
    for (size_t i = 0; i < 7; i++) {
        struct cell mine = card(1, seqs[i]), theirs = card(2, seqs[i]);
        assert_ok(write_set_put(&f.set, &mine, bytes_str("mine")));
        assert_ok(write_set_put(&f.set, &theirs, bytes_str("theirs")));
    }
    struct write_op **ops;
    size_t count = 0;
    struct key prefix = key_owner((struct owner){{1}});
    assert_ok(write_set_range(&f.set, TABLE_card, &prefix, &ops, &count));
    assert_int_equal(count, 7);
    for (size_t i = 1; i < count; i++) {
        assert_true(key_compare(key_view(&ops[i - 1]->cell.key), key_view(&ops[i]->cell.key)) < 0);
        assert_true(bytes_equal_str(ops[i]->plain, "mine"));
    }
    struct key all = key_empty();
    assert_ok(write_set_range(&f.set, TABLE_card, &all, &ops, &count));
    assert_int_equal(count, 14);
    arena_fini(&f.arena);
}

static void holds_an_import(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, LIMIT_WRITE_SET_BULK, ARENA_BYTES);
    for (uint32_t i = 0; i < MANY; i++) {
        struct cell cell = year(i);
        assert_ok(write_set_put(&f.set, &cell, bytes_of(&i, sizeof i)));
    }
    assert_int_equal(f.set.count, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        const struct write_op *op = find(&f, year(i));
        assert_non_null(op);
        assert_memory_equal(op->plain.ptr, &i, sizeof i);
    }
    arena_fini(&f.arena);
}

/* Each member's rows are looked for among that member's alone: were it among all, this would take
   minutes. */
static void ranges_of_an_import_stay_cheap(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f, LIMIT_WRITE_SET_BULK, ARENA_BYTES);
    for (uint32_t i = 0; i < MANY; i++) {
        struct owner owner = {{0}};
        memcpy(owner.bytes, &(uint32_t){i / 2}, 4);
        struct cell cell = cell_of_owner(TABLE_card, owner, key_u32(key_owner(owner), i % 2));
        assert_ok(write_set_put(&f.set, &cell, bytes_str("x")));
        struct write_op **ops;
        size_t count = 0;
        struct key prefix = key_owner(owner);
        assert_ok(write_set_range(&f.set, TABLE_card, &prefix, &ops, &count));
        assert_int_equal(count, i % 2 + 1);
    }
    arena_fini(&f.arena);
}

static void keys_compare_as_in_lmdb(void **state)
{
    (void)state;
    assert_int_equal(key_compare(bytes_str(""), bytes_str("")), 0);
    assert_int_equal(key_compare(bytes_str(""), bytes_str("a")), -1);
    assert_int_equal(key_compare(bytes_str("ab"), bytes_str("a")), 1);
    assert_int_equal(key_compare(bytes_str("a\xff"), bytes_str("b")), -1);
    assert_int_equal(key_compare(bytes_str("\xff"), bytes_str("\x01")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_nothing_in_an_empty_set),
        cmocka_unit_test(last_write_wins),
        cmocka_unit_test(copies_value_and_document_key),
        cmocka_unit_test(same_key_in_other_tables_is_another_cell),
        cmocka_unit_test(refuses_past_the_limit),
        cmocka_unit_test(refuses_past_the_arena),
        cmocka_unit_test(range_is_in_key_order),
        cmocka_unit_test(holds_an_import),
        cmocka_unit_test(ranges_of_an_import_stay_cheap),
        cmocka_unit_test(keys_compare_as_in_lmdb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
