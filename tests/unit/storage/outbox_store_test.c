/*
 * The outbox: rows go out in the order of commits; of one owner and queue only the first unsettled one is ever out; what is handed out
 * comes back when its lease is over, when it is postponed, or when a broken watch is taken up again; settling twice is nothing; a
 * random walk of all of it loses no row and breaks no order.
 */
#include "storage/outbox_store.h"

#include "base/id.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static struct temp_store t;

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

/* --- steps --- */

struct put {
    enum outbox_queue queue;
    uint8_t owner;
    uint8_t payload;
};

static status append(void *ctx, struct txn *txn)
{
    const struct put *put = ctx;
    return outbox_store_append(txn, &(struct outbox_row){.queue = put->queue,
                                                         .owner = {{put->owner}},
                                                         .kind = "test",
                                                         .payload = bytes_of(&put->payload, 1)});
}

static void put(enum outbox_queue queue, uint8_t owner, uint8_t payload)
{
    struct put p = {queue, owner, payload};
    assert_ok(temp_store_write(&t, append, &p));
}

/* What was taken; copied, since the transaction's memory goes. */
struct item {
    uint64_t sequence;
    uint32_t attempt;
    uint8_t owner, payload;
};

struct take {
    enum outbox_queue queue;
    struct outbox_watch watch;
    size_t count;
    struct item items[LIMIT_OUTBOX_BATCH];
};

static status take(void *ctx, struct txn *txn)
{
    struct take *take = ctx;
    struct outbox_taken_list list = {.max = LIMIT_OUTBOX_BATCH};
    TRY(outbox_store_take(txn, take->queue, &take->watch, &list));
    take->count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        const struct outbox_taken *row = &list.rows[i];
        assert_int_equal(row->lease_end_ms, take->watch.now_ms + take->watch.lease_ms);
        take->items[i] = (struct item){row->sequence, row->attempt_count, row->row->owner.data[0],
                                       row->row->payload.data[0]};
    }
    return STATUS_OK;
}

static struct take taken_at(enum outbox_queue queue, int64_t after_ms)
{
    struct take result = {.queue = queue,
                          .watch = {.now_ms = TEMP_STORE_WALL_MS + after_ms, .lease_ms = 1000}};
    assert_ok(temp_store_write(&t, take, &result));
    return result;
}

struct settle {
    uint64_t sequence;
    int64_t due_ms; /* > 0: postpone instead */
    bool known;
    uint32_t attempts;
};

static status settle(void *ctx, struct txn *txn)
{
    struct settle *s = ctx;
    const Hayat__Store__V1__StoredOutbox *row;
    TRY(s->due_ms > 0 ? outbox_store_postpone(txn, s->sequence, s->due_ms, &row)
                      : outbox_store_settle(txn, s->sequence, &row, &s->attempts));
    s->known = row != NULL;
    return STATUS_OK;
}

static bool settled(uint64_t sequence)
{
    struct settle s = {.sequence = sequence};
    assert_ok(temp_store_write(&t, settle, &s));
    return s.known;
}

static bool postponed(uint64_t sequence, int64_t after_ms)
{
    struct settle s = {.sequence = sequence, .due_ms = TEMP_STORE_WALL_MS + after_ms};
    assert_ok(temp_store_write(&t, settle, &s));
    return s.known;
}

/* --- tests --- */

static void rows_go_out_in_the_order_of_commits(void **state)
{
    (void)state;
    put(OUTBOX_POST, 1, 10);
    put(OUTBOX_POST, 2, 20);
    put(OUTBOX_SMS, 3, 30);
    put(OUTBOX_POST, 4, 40);
    struct take post = taken_at(OUTBOX_POST, 0);
    assert_int_equal(post.count, 3);
    assert_int_equal(post.items[0].payload, 10);
    assert_int_equal(post.items[1].payload, 20);
    assert_int_equal(post.items[2].payload, 40);
    assert_true(post.items[0].sequence < post.items[1].sequence);
    assert_int_equal(taken_at(OUTBOX_POST, 0).count, 0); /* leased */
    assert_int_equal(taken_at(OUTBOX_SMS, 0).count, 1);
}

static void the_next_of_a_member_waits_for_the_first(void **state)
{
    (void)state;
    put(OUTBOX_POST, 1, 10);
    put(OUTBOX_POST, 1, 11);
    put(OUTBOX_SMS, 1, 12); /* another way: another order */
    struct take first = taken_at(OUTBOX_POST, 0);
    assert_int_equal(first.count, 1);
    assert_int_equal(taken_at(OUTBOX_SMS, 0).count, 1);
    assert_true(postponed(first.items[0].sequence, 60000));
    assert_int_equal(taken_at(OUTBOX_POST, 59999).count, 0);
    first = taken_at(OUTBOX_POST, 60000);
    assert_int_equal(first.items[0].payload, 10);
    assert_int_equal(first.items[0].attempt, 2);
    assert_true(settled(first.items[0].sequence));
    struct take second = taken_at(OUTBOX_POST, 60000);
    assert_int_equal(second.count, 1);
    assert_int_equal(second.items[0].payload, 11);
}

static void a_lease_that_is_over_comes_back(void **state)
{
    (void)state;
    put(OUTBOX_SMS, 1, 10);
    assert_int_equal(taken_at(OUTBOX_SMS, 0).count, 1);
    assert_int_equal(taken_at(OUTBOX_SMS, 999).count, 0);
    struct take again = taken_at(OUTBOX_SMS, 1000);
    assert_int_equal(again.count, 1);
    assert_int_equal(again.items[0].attempt, 2);
    temp_store_restart(&t);
    assert_int_equal(taken_at(OUTBOX_SMS, 1999).count, 0); /* a restart forgets no lease ... */
    assert_int_equal(taken_at(OUTBOX_SMS, 2000).count, 1); /* ... and no row */
}

static void settling_twice_is_nothing(void **state)
{
    (void)state;
    put(OUTBOX_SMS, 1, 10);
    uint64_t sequence = taken_at(OUTBOX_SMS, 0).items[0].sequence;
    assert_true(settled(sequence));
    assert_false(settled(sequence));
    assert_false(postponed(sequence, 1));
    put(OUTBOX_SMS, 1, 11);
    struct take next = taken_at(OUTBOX_SMS, 0);
    assert_int_equal(next.count, 1);
    assert_true(next.items[0].sequence > sequence); /* never used twice */
}

static void settling_out_of_turn_wakes_nobody(void **state)
{
    (void)state;
    put(OUTBOX_SMS, 1, 10);
    put(OUTBOX_SMS, 1, 11);
    put(OUTBOX_SMS, 1, 12);
    uint64_t first = taken_at(OUTBOX_SMS, 0).items[0].sequence;
    assert_true(settled(first + 1));
    assert_false(postponed(first + 1, 5));
    assert_int_equal(taken_at(OUTBOX_SMS, 0).count, 0);
    assert_true(settled(first));
    struct take last = taken_at(OUTBOX_SMS, 0);
    assert_int_equal(last.count, 1);
    assert_int_equal(last.items[0].payload, 12);
}

static void a_batch_is_bounded(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < LIMIT_OUTBOX_BATCH + 3; i++) {
        put(OUTBOX_POST, i, i);
    }
    assert_int_equal(taken_at(OUTBOX_POST, 0).count, LIMIT_OUTBOX_BATCH);
    assert_int_equal(taken_at(OUTBOX_POST, 0).count, 3);
}

struct release {
    struct outbox_watch watch;
    struct outbox_release at;
};

static status release(void *ctx, struct txn *txn)
{
    struct release *r = ctx;
    return outbox_store_release(txn, OUTBOX_POST, &r->watch, &r->at);
}

static int release_for(uint8_t caller, uint8_t watch, uint64_t position)
{
    struct release r = {.watch = {.caller = {{caller}},
                                  .id = {{watch}},
                                  .position = position,
                                  .now_ms = TEMP_STORE_WALL_MS + 1}};
    assert_ok(temp_store_write(&t, release, &r));
    assert_true(r.at.done);
    return (int)taken_at(OUTBOX_POST, 1).count;
}

static struct take take_for(uint8_t caller, uint8_t watch, uint64_t position)
{
    struct take result = {.queue = OUTBOX_POST,
                          .watch = {.caller = {{caller}},
                                    .id = {{watch}},
                                    .position = position,
                                    .now_ms = TEMP_STORE_WALL_MS,
                                    .lease_ms = 60000}};
    assert_ok(temp_store_write(&t, take, &result));
    assert_int_equal(result.count, 1);
    return result;
}

/* A watch whose message 2 was lost gets that again at once, and not what message 1 held; a caller that starts over gets both. */
static void a_caller_gets_what_it_lost(void **state)
{
    (void)state;
    put(OUTBOX_POST, 1, 1);
    (void)take_for(5, 7, 1);
    put(OUTBOX_POST, 2, 2);
    (void)take_for(5, 7, 2);
    assert_int_equal(release_for(6, 7, 0), 0); /* another caller's */
    assert_int_equal(release_for(5, 7, 2), 0);
    assert_int_equal(release_for(5, 7, 1), 1);
    put(OUTBOX_POST, 3, 3);
    (void)take_for(5, 9, 1);
    assert_int_equal(release_for(5, 0, 0), 2);
}

struct held {
    uint64_t sequence;
    int64_t lease_end_ms;
    bool held;
};

static status is_held(void *ctx, struct txn *txn)
{
    struct held *held = ctx;
    return outbox_store_is_held(txn, held->sequence, held->lease_end_ms, &held->held);
}

static bool held(uint64_t sequence, int64_t lease_end_ms)
{
    struct held h = {sequence, lease_end_ms, false};
    assert_ok(temp_store_read(&t, is_held, &h));
    return h.held;
}

static void what_is_settled_or_postponed_is_held_no_more(void **state)
{
    (void)state;
    put(OUTBOX_POST, 1, 1);
    put(OUTBOX_POST, 2, 2);
    struct take got = taken_at(OUTBOX_POST, 0);
    int64_t end_ms = TEMP_STORE_WALL_MS + 1000;
    assert_true(held(got.items[0].sequence, end_ms));
    assert_true(settled(got.items[0].sequence));
    assert_false(held(got.items[0].sequence, end_ms));
    assert_true(postponed(got.items[1].sequence, 5000));
    assert_false(held(got.items[1].sequence, end_ms));
}

static status look(void *ctx, struct txn *txn)
{
    int64_t *oldest = ctx;
    uint64_t count;
    bool due;
    TRY(outbox_store_oldest(txn, oldest));
    TRY(outbox_store_count(txn, &count));
    assert_int_equal(count, *oldest == 0 ? 0 : 1);
    TRY(outbox_store_due(txn, OUTBOX_POST, TEMP_STORE_WALL_MS, &due));
    assert_int_equal(due, *oldest != 0);
    TRY(outbox_store_due(txn, OUTBOX_SMS, TEMP_STORE_WALL_MS, &due));
    assert_false(due);
    return STATUS_OK;
}

static void the_oldest_is_told(void **state)
{
    (void)state;
    int64_t oldest;
    assert_ok(temp_store_read(&t, look, &oldest));
    assert_int_equal(oldest, 0);
    put(OUTBOX_POST, 1, 1);
    assert_ok(temp_store_read(&t, look, &oldest));
    assert_int_equal(oldest, TEMP_STORE_WALL_MS);
}

/* --- the random walk --- */

enum { OWNERS = 5, STEPS = 1500 };

struct walk {
    struct fake_random random;
    uint8_t appended[OWNERS], delivered[OWNERS]; /* payloads of an owner count up */
    struct item held[64];
    size_t held_count;
};

static uint8_t draw(struct walk *walk, uint8_t below)
{
    uint8_t byte;
    random_fill(&walk->random.source, &byte, 1);
    return (uint8_t)(byte % below);
}

static void walk_take(struct walk *walk, int64_t now_ms)
{
    struct take got = taken_at(OUTBOX_POST, now_ms);
    for (size_t i = 0; i < got.count; i++) {
        const struct item *item = &got.items[i];
        assert_int_equal(item->payload, walk->delivered[item->owner]); /* the first unsettled one */
        walk->held[walk->held_count++ % 64] = *item;
    }
}

static void walk_settle(struct walk *walk, int64_t now_ms)
{
    if (walk->held_count == 0) {
        return;
    }
    size_t count = walk->held_count < 64 ? walk->held_count : 64;
    struct item *item = &walk->held[draw(walk, (uint8_t)count)];
    if (draw(walk, 3) == 0) {
        (void)postponed(item->sequence, now_ms + 1 + draw(walk, 200));
    } else if (settled(item->sequence)) {
        assert_int_equal(item->payload, walk->delivered[item->owner]);
        walk->delivered[item->owner]++;
    }
}

static void a_random_walk_loses_nothing_and_keeps_order(void **state)
{
    (void)state;
    struct walk walk = {.held_count = 0};
    fake_random_init(&walk.random, 20261128);
    int64_t now_ms = 0;
    for (int i = 0; i < STEPS; i++) {
        uint8_t owner = draw(&walk, OWNERS);
        switch (draw(&walk, 4)) {
        case 0:
            if (walk.appended[owner] < 200) {
                put(OUTBOX_POST, owner, walk.appended[owner]++);
            }
            break;
        case 1:
            walk_take(&walk, now_ms);
            break;
        default:
            walk_settle(&walk, now_ms);
        }
        now_ms += draw(&walk, 100);
    }
    for (int rounds = 0; rounds < 256 * OWNERS; rounds++) { /* to the end */
        now_ms += 10000;
        struct take got = taken_at(OUTBOX_POST, now_ms);
        for (size_t i = 0; i < got.count; i++) {
            assert_int_equal(got.items[i].payload, walk.delivered[got.items[i].owner]++);
            assert_true(settled(got.items[i].sequence));
        }
        if (got.count == 0) {
            break;
        }
    }
    assert_memory_equal(walk.appended, walk.delivered, sizeof walk.appended);
    int64_t oldest;
    assert_ok(temp_store_read(&t, look, &oldest));
    assert_int_equal(oldest, 0);
}

/* --- rows from before there were queues --- */

static status put_old(void *ctx, struct txn *txn)
{
    uint32_t *number = ctx;
    struct owner owner = {{(uint8_t)(*number % 3 + 1)}};
    uint8_t payload = 1;
    char kind[] = "life_certificate.submitted";
    Hayat__Store__V1__StoredOutbox row = HAYAT__STORE__V1__STORED_OUTBOX__INIT;
    row.kind = kind;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    row.payload = (ProtobufCBinaryData){1, &payload};
    row.create_ms = 1;
    struct cell cell = cell_of(TABLE_outbox, key_u64(key_empty(), *number));
    return table_put_record(txn, &cell, &row.base);
}

static status adopt(void *ctx, struct txn *txn)
{
    return outbox_store_adopt(txn, ctx);
}

static void rows_of_an_old_store_are_handed_out(void **state)
{
    (void)state;
    enum { OLD = LIMIT_OUTBOX_BATCH + 5 };
    for (uint32_t i = 1; i <= OLD; i++) {
        assert_ok(temp_store_write(&t, put_old, &i));
    }
    put(OUTBOX_CORE, 1, 10);
    assert_int_equal(taken_at(OUTBOX_CORE, 0).count, 1); /* the new one alone */
    bool more = true;
    int steps = 0;
    for (; more; steps++) {
        assert_ok(temp_store_write(&t, adopt, &more));
    }
    assert_int_equal(steps, 2);
    assert_ok(temp_store_write(&t, adopt, &more));
    assert_false(more);
    assert_int_equal(taken_at(OUTBOX_CORE, 0).count, 2); /* the first of the two other owners */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_go_out_in_the_order_of_commits, setup, teardown),
        cmocka_unit_test_setup_teardown(the_next_of_a_member_waits_for_the_first, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lease_that_is_over_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(settling_twice_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(settling_out_of_turn_wakes_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(a_batch_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_caller_gets_what_it_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_settled_or_postponed_is_held_no_more, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_oldest_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_random_walk_loses_nothing_and_keeps_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(rows_of_an_old_store_are_handed_out, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
