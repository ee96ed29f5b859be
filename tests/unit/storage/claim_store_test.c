/*
 * Promise: a member's claims are listed newest first whatever the order they came in; a list goes on from any place and
 * loses and repeats nothing while claims are added; each change is one number; neighbours' wire bytes adjoin.
 */
#include "storage/claim_store.h"

#include <stdlib.h>

#include "storage/change_feed.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { CLAIMS = 300, ARENA = 64 * 1024 * 1024 };

static const struct owner amina = {{0xA1, 7}};

struct writing {
    uint32_t number;
    int64_t receipt_days;
    uint32_t state;
};

static struct id id_of(struct temp_store *t, uint32_t number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "F%07u", number);
    return claim_id_of(t->db->keys, amina, bytes_str(text));
}

struct context {
    struct temp_store *t;
    const struct writing *writings;
    size_t count;
};

static status put_all(void *ctx, struct txn *txn)
{
    struct context *c = ctx;
    struct claim_put puts[CLAIMS];
    static Hayat__Store__V1__StoredClaim claims[CLAIMS];
    static char numbers[CLAIMS][16];
    assert_true(c->count <= CLAIMS);
    for (size_t i = 0; i < c->count; i++) {
        const struct writing *w = &c->writings[i];
        (void)snprintf(numbers[i], sizeof numbers[i], "F%07u", w->number);
        hayat__store__v1__stored_claim__init(&claims[i]);
        claims[i].file_number = numbers[i];
        claims[i].receipt_days = w->receipt_days;
        claims[i].first_care_days = w->number;
        claims[i].state = w->state;
        puts[i] = (struct claim_put){id_of(c->t, w->number), &claims[i], bytes_str(numbers[i])};
    }
    return claim_store_put(txn, amina, puts, c->count);
}

static void put(struct temp_store *t, const struct writing *writings, size_t count)
{
    struct arena arena;
    arena_init(&arena, ARENA);
    struct context c = {t, writings, count};
    assert_ok(writer_run_bulk(t->writer, &arena, put_all, &c));
    arena_fini(&arena);
}

struct seen {
    size_t count, most;
    struct summary summaries[CLAIMS + 1];
    size_t adjoining;
};

static bool see(void *ctx, const struct summary *summary)
{
    struct seen *seen = ctx;
    struct summary *last = seen->count > 0 ? &seen->summaries[seen->count - 1] : NULL;
    if (last != NULL) {
        assert_true(summary->order < last->order ||
                    (summary->order == last->order &&
                     memcmp(summary->id.bytes, last->id.bytes, ID_BYTES) < 0));
        seen->adjoining += last->wire.ptr + last->wire.len == summary->wire.ptr;
    }
    assert_int_equal(summary->view.len, 8);
    assert_int_equal(summary->wire.len, 10);
    assert_int_equal(summary->wire.ptr[0], 0x0A);
    seen->summaries[seen->count++] = *summary;
    return seen->count < seen->most;
}

static void walk(struct temp_store *t, const struct summary_place *after, size_t most,
                 struct seen *seen)
{
    struct arena arena;
    struct txn *txn;
    arena_init(&arena, ARENA);
    seen->count = 0;
    seen->adjoining = 0;
    seen->most = most;
    assert_ok(txn_begin_read(t->db, &arena, &txn));
    assert_ok(claim_store_walk(txn, amina, after, see, seen));
    txn_end_read(txn);
    arena_fini(&arena);
}

static struct summary_head head_of(struct temp_store *t)
{
    struct arena arena;
    struct txn *txn;
    struct summary_head head;
    arena_init(&arena, ARENA);
    assert_ok(txn_begin_read(t->db, &arena, &txn));
    assert_ok(claim_store_head(txn, amina, &head));
    txn_end_read(txn);
    arena_fini(&arena);
    return head;
}

/* Every claim once, in one call or one by one, forwards, backwards or at random. */
static void any_order_gives_the_same_list(void **state)
{
    (void)state;
    for (int order = 0; order < 4; order++) {
        struct temp_store t;
        temp_store_start(&t);
        struct writing all[CLAIMS];
        for (uint32_t i = 0; i < CLAIMS; i++) {
            uint32_t number = order == 0 ? i : order == 1 ? CLAIMS - 1 - i : i * 97 % CLAIMS;
            all[i] = (struct writing){number, 20000 + number / 3, 1};
        }
        for (size_t i = 0; order != 3 && i < CLAIMS; i += 10) {
            put(&t, all + i, 10);
        }
        if (order == 3) {
            put(&t, all, CLAIMS);
        }
        static struct seen seen;
        walk(&t, NULL, CLAIMS + 1, &seen);
        assert_int_equal(seen.count, CLAIMS);
        assert_true(seen.adjoining > CLAIMS * 8 / 10);
        assert_int_equal(head_of(&t).count, CLAIMS);
        assert_int_equal(head_of(&t).last_change, CLAIMS);
        temp_store_stop(&t);
    }
}

static void a_change_moves_and_counts(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct writing all[100];
    for (uint32_t i = 0; i < 100; i++) {
        all[i] = (struct writing){i, 20000 + i, 1};
    }
    put(&t, all, 100);
    struct writing changed = {40, 20040, 7};
    put(&t, &changed, 1);
    struct writing moved = {3, 20099, 2};
    put(&t, &moved, 1);
    static struct seen seen;
    walk(&t, NULL, CLAIMS, &seen);
    assert_int_equal(seen.count, 100);
    size_t found = 0;
    for (size_t i = 0; i < seen.count; i++) {
        const struct summary *s = &seen.summaries[i];
        if (s->change == 101) {
            assert_int_equal(s->state, 7);
            assert_int_equal(s->order, 20040);
            found++;
        } else if (s->change == 102) {
            assert_true(i < 2);
            assert_int_equal(s->order, 20099);
            found++;
        }
    }
    assert_int_equal(found, 2);
    assert_int_equal(head_of(&t).count, 100);
    assert_int_equal(head_of(&t).last_change, 102);
    temp_store_stop(&t);
}

static void a_walk_with_inserts_between_its_pages_loses_nothing(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct writing all[100];
    for (uint32_t i = 0; i < 100; i++) {
        all[i] = (struct writing){i, 20000 + (i * 37) % 100, 1};
    }
    put(&t, all, 100);
    bool met[100] = {false};
    struct summary_place place;
    static struct seen seen;
    size_t total = 0;
    for (uint32_t step = 0; step == 0 || seen.count == 7; step++) {
        walk(&t, step == 0 ? NULL : &place, 7, &seen);
        for (size_t i = 0; i < seen.count; i++) {
            uint32_t number = (uint32_t)seen.summaries[i].first_care_days;
            if (number < 100) {
                assert_false(met[number]);
                met[number] = true;
                total++;
            }
            place = (struct summary_place){seen.summaries[i].order, seen.summaries[i].id};
        }
        struct writing added[4];
        for (uint32_t i = 0; i < 4; i++) {
            added[i] = (struct writing){1000 + step * 4 + i, 19990 + (step * 31 + i * 50) % 130, 1};
        }
        put(&t, added, 4);
        assert_true(step < 100);
    }
    assert_int_equal(total, 100);
    temp_store_stop(&t);
}

static bool changed_since(struct temp_store *t, struct owner owner, uint64_t *snapshot)
{
    struct arena arena;
    struct txn *txn;
    arena_init(&arena, ARENA);
    assert_ok(txn_begin_read(t->db, &arena, &txn));
    bool changed = change_feed_since(txn, owner, *snapshot);
    *snapshot = txn_snapshot(txn);
    txn_end_read(txn);
    arena_fini(&arena);
    return changed;
}

static void a_watcher_hears_of_its_member_alone(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    const struct owner other = {{0xB2, 9}};
    uint64_t mine = 0, theirs = 0;
    assert_true(changed_since(&t, amina, &mine));
    assert_true(changed_since(&t, other, &theirs));
    struct writing one = {1, 20000, 1};
    put(&t, &one, 1);
    assert_true(changed_since(&t, amina, &mine));
    assert_false(changed_since(&t, amina, &mine));
    assert_false(changed_since(&t, other, &theirs));
    temp_store_stop(&t);
}

static bool take_page(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    *(struct key *)ctx = key;
    return false;
}

/* As a later version may write it: with a field that this one does not know. */
static status add_unknown_field(void *ctx, struct txn *txn)
{
    (void)ctx;
    static uint8_t one = 1;
    ProtobufCMessageUnknownField unknown = {
        .tag = 15, .wire_type = PROTOBUF_C_WIRE_TYPE_VARINT, .len = 1, .data = &one};
    struct key key;
    struct scan scan = {.table = TABLE_claim_page, .owner = amina, .prefix = key_owner(amina)};
    TRY(table_scan(txn, &scan, take_page, &key));
    struct cell cell = cell_of_owner(TABLE_claim_page, amina, key);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    record->unknown_fields = &unknown;
    record->n_unknown_fields = 1;
    return table_put_record(txn, &cell, record);
}

static void a_page_of_a_later_version_reads_alike(void **state)
{
    (void)state;
    struct temp_store t;
    static struct seen before, after;
    temp_store_start(&t);
    static const struct writing three[] = {{1, 20000, 1}, {2, 20001, 2}, {3, 20002, 3}};
    put(&t, three, 3);
    walk(&t, NULL, CLAIMS, &before);
    assert_ok(temp_store_write(&t, add_unknown_field, NULL));
    walk(&t, NULL, CLAIMS, &after);
    assert_int_equal(before.count, 3);
    assert_int_equal(after.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(after.summaries[i].order, before.summaries[i].order);
        assert_int_equal(after.summaries[i].state, before.summaries[i].state);
    }
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_list),
        cmocka_unit_test(a_change_moves_and_counts),
        cmocka_unit_test(a_walk_with_inserts_between_its_pages_loses_nothing),
        cmocka_unit_test(a_watcher_hears_of_its_member_alone),
        cmocka_unit_test(a_page_of_a_later_version_reads_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
