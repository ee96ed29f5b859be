/*
 * A member's inbox: numbers never come twice, a change is never told under an old number, marking twice is nothing; it never holds more
 * than LIMIT_INBOX_ROWS, and what goes is what is read, then what is old, and what is important last; the counts are always the rows'.
 */
#include "storage/inbox_store.h"

#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static struct temp_store t;
static const struct owner owner = {{7}}, other = {{8}};

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
    struct owner owner;
    bool important;
};

static status add(void *ctx, struct txn *txn)
{
    const struct put *put = ctx;
    Hayat__Store__V1__StoredNotification row = HAYAT__STORE__V1__STORED_NOTIFICATION__INIT;
    row.kind = 1;
    row.create_ms = txn_now_ms(txn);
    row.important = put->important;
    return inbox_store_add(txn, put->owner, &row);
}

static void put(struct owner whose, bool important)
{
    struct put p = {whose, important};
    assert_ok(temp_store_write(&t, add, &p));
}

struct mark {
    struct owner owner;
    uint64_t number;
    bool changed;
};

static status mark(void *ctx, struct txn *txn)
{
    struct mark *m = ctx;
    return inbox_store_mark_read(txn, m->owner, m->number, &m->changed);
}

static bool mark_read(struct owner whose, uint64_t number)
{
    struct mark m = {.owner = whose, .number = number};
    assert_ok(temp_store_write(&t, mark, &m));
    return m.changed;
}

struct view {
    struct inbox_walk walk;
    struct inbox_head head;
    size_t count, unread, important;
    uint64_t numbers[LIMIT_INBOX_ROWS + 1], changes[LIMIT_INBOX_ROWS + 1];
};

static bool see(void *ctx, uint64_t number, const Hayat__Store__V1__StoredNotification *row)
{
    struct view *view = ctx;
    assert_true(view->count <= LIMIT_INBOX_ROWS);
    view->numbers[view->count] = number;
    view->changes[view->count++] = row->change;
    view->unread += row->read_ms == 0;
    view->important += row->important ? 1 : 0;
    return true;
}

static status look(void *ctx, struct txn *txn)
{
    struct view *view = ctx;
    TRY(inbox_store_head(txn, view->walk.owner, &view->head));
    return inbox_store_each(txn, &view->walk, see, view);
}

static struct view view_of(struct owner whose, uint64_t before)
{
    struct view view = {.walk = {whose, before}};
    assert_ok(temp_store_read(&t, look, &view));
    return view;
}

/* The head counts what is there. */
static void assert_counted(const struct view *view)
{
    assert_int_equal(view->head.count, view->count);
    assert_int_equal(view->head.unread_count, view->unread);
}

/* --- tests --- */

static void test_order_and_changes(void **state)
{
    (void)state;
    assert_int_equal(view_of(owner, 0).head.count, 0);
    put(owner, false);
    put(other, false);
    put(owner, false);
    put(owner, false);
    struct view view = view_of(owner, 0);
    assert_counted(&view);
    assert_int_equal(view.count, 3);
    assert_int_equal(view.numbers[0], 3);
    assert_int_equal(view.changes[0], 3);
    assert_true(mark_read(owner, 1));
    assert_false(mark_read(owner, 1));
    assert_false(mark_read(owner, 99));
    view = view_of(owner, 0);
    assert_counted(&view);
    assert_int_equal(view.unread, 2);
    assert_int_equal(view.changes[2], 4);
    assert_int_equal(view.head.last_change, 4);
    view = view_of(owner, 3);
    assert_int_equal(view.count, 2);
    assert_int_equal(view.numbers[0], 2);
    assert_int_equal(view_of(other, 0).head.unread_count, 1);
    temp_store_restart(&t);
    assert_int_equal(view_of(owner, 0).head.last_number, 3);
}

static void fill(size_t count, bool important)
{
    for (size_t i = 0; i < count; i++) {
        put(owner, important);
    }
}

static bool has(const struct view *view, uint64_t number)
{
    for (size_t i = 0; i < view->count; i++) {
        if (view->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

static void test_what_is_read_goes_first(void **state)
{
    (void)state;
    fill(LIMIT_INBOX_ROWS, false);
    for (uint64_t number = 101; number <= 101 + LIMIT_INBOX_TRIM; number++) {
        assert_true(mark_read(owner, number));
    }
    put(owner, false);
    struct view view = view_of(owner, 0);
    assert_counted(&view);
    assert_int_equal(view.count, LIMIT_INBOX_ROWS + 1 - LIMIT_INBOX_TRIM);
    assert_true(has(&view, 1));
    assert_false(has(&view, 101));
    assert_false(has(&view, 100 + LIMIT_INBOX_TRIM));
    assert_true(has(&view, 101 + LIMIT_INBOX_TRIM));
}

static void test_what_is_important_goes_last(void **state)
{
    (void)state;
    put(owner, true);
    fill(3 * LIMIT_INBOX_ROWS, false);
    struct view view = view_of(owner, 0);
    assert_counted(&view);
    assert_true(view.count <= LIMIT_INBOX_ROWS);
    assert_true(has(&view, 1));
    assert_int_equal(view.head.last_number, 3 * LIMIT_INBOX_ROWS + 1);
    fill(3 * LIMIT_INBOX_ROWS, true);
    view = view_of(owner, 0);
    assert_counted(&view);
    assert_true(view.count <= LIMIT_INBOX_ROWS);
    assert_int_equal(view.important, view.count);
    assert_false(has(&view, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order_and_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_read_goes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_important_goes_last, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
