/*
 * The audit chain: entries are numbered without a gap, each head follows from the one before, each member's own entries
 * are chained too, nothing about a person is in an entry in clear, and what does not commit leaves no entry.
 */
#include "storage/audit_store.h"

#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static struct temp_store t;
static const struct owner first = {"the first owner"}, second = {"another owner"};

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

static struct audit_event event_about(struct owner subject)
{
    return (struct audit_event){.event = "test.Service/Change",
                                .actor_kind = AUDIT_ACTOR_MEMBER,
                                .actor = bytes_str("an actor's owner"),
                                .subject = subject,
                                .object_type = "lc",
                                .object = {"an object id"},
                                .purpose = "case-1"};
}

static status append(void *ctx, struct txn *txn)
{
    return audit_append(txn, ctx);
}

static void append_about(struct owner subject)
{
    struct audit_event event = event_about(subject);
    assert_ok(temp_store_write(&t, append, &event));
}

struct read {
    uint64_t sequence;
    audit_row *row;
    struct audit_tip tip;
    uint64_t first_count, second_count;
};

static status read_entry(void *ctx, struct txn *txn)
{
    struct read *read = ctx;
    TRY(audit_store_tip(txn, &read->tip));
    TRY(audit_store_subject_count(txn, first, &read->first_count));
    TRY(audit_store_subject_count(txn, second, &read->second_count));
    return read->sequence == 0 ? STATUS_OK : audit_store_get(txn, read->sequence, &read->row);
}

static struct read read_at(uint64_t sequence)
{
    struct read read = {.sequence = sequence};
    assert_ok(temp_store_read(&t, read_entry, &read));
    return read;
}

static bytes data(ProtobufCBinaryData d)
{
    return bytes_of(d.data, d.len);
}

static struct audit_entry decoded(const struct read *read)
{
    struct audit_entry entry;
    assert_true(audit_entry_decode(data(read->row->entry), &entry));
    return entry;
}

static void test_empty(void **state)
{
    (void)state;
    struct read read = read_at(0);
    static const struct audit_hash zero;
    assert_int_equal(read.tip.sequence, 0);
    assert_true(audit_hash_equal(&read.tip.head, &zero));
    assert_int_equal(read.first_count, 0);
}

static void test_chain(void **state)
{
    (void)state;
    const struct owner subjects[] = {first, second, {{0}}, first, second, first};
    struct audit_hash head = {{0}};
    for (size_t i = 0; i < 6; i++) {
        append_about(subjects[i]);
        struct read read = read_at(i + 1);
        struct audit_entry entry = decoded(&read);
        struct audit_hash leaf = audit_leaf(data(read.row->entry));
        head = audit_chain(&head, &leaf);
        assert_int_equal(entry.sequence, i + 1);
        assert_int_equal(read.tip.sequence, i + 1);
        assert_memory_equal(read.row->head.data, head.bytes, AUDIT_HASH_BYTES);
        assert_true(audit_hash_equal(&read.tip.head, &head));
    }
    struct read last = read_at(6), middle = read_at(4), nobody = read_at(3);
    assert_int_equal(last.first_count, 3);
    assert_int_equal(last.second_count, 2);
    assert_int_equal(decoded(&last).number, 3);
    struct audit_hash leaf = audit_leaf(data(middle.row->entry));
    struct audit_entry entry = decoded(&last);
    assert_true(audit_hash_equal(&entry.previous, &leaf));
    assert_int_equal(decoded(&nobody).number, 0);
}

static bool contains(bytes where, bytes what)
{
    for (size_t at = 0; at + what.len <= where.len; at++) {
        if (memcmp(where.ptr + at, what.ptr, what.len) == 0) {
            return true;
        }
    }
    return false;
}

static void test_no_person_in_clear(void **state)
{
    (void)state;
    append_about(first);
    struct read read = read_at(1);
    bytes entry = data(read.row->entry);
    assert_false(contains(entry, bytes_of(first.bytes, OWNER_BYTES)));
    assert_false(contains(entry, bytes_str("an actor's owner")));
    assert_false(contains(entry, bytes_of((struct id){"an object id"}.bytes, ID_BYTES)));
    assert_true(contains(entry, bytes_str("test.Service/Change")));
    assert_memory_equal(read.row->subject.data, first.bytes, OWNER_BYTES);
}

static status append_and_fail(void *ctx, struct txn *txn)
{
    TRY(audit_append(txn, ctx));
    TRY(audit_append(txn, ctx));
    return FAIL(NOT_FOUND);
}

static status append_twice(void *ctx, struct txn *txn)
{
    TRY(audit_append(txn, ctx));
    return audit_append(txn, ctx);
}

static void test_failure_leaves_none(void **state)
{
    (void)state;
    struct audit_event event = event_about(first);
    assert_int_equal(temp_store_write(&t, append_and_fail, &event).why, REASON_NOT_FOUND);
    assert_int_equal(read_at(0).tip.sequence, 0);
    assert_ok(temp_store_write(&t, append_twice, &event));
    assert_int_equal(read_at(0).tip.sequence, 2);
    assert_int_equal(read_at(0).first_count, 2);
}

/* The bytes may never change: chains already exported are made of them. */
static void test_golden_bytes(void **state)
{
    (void)state;
    struct audit_entry entry = {.sequence = 0x0102030405060708,
                                .time_ms = 0x1112131415161718,
                                .actor_kind = AUDIT_ACTOR_AGENT,
                                .number = 0x2122232425262728,
                                .outcome = 0x3132,
                                .event = bytes_str("e"),
                                .object_type = bytes_str("lc"),
                                .purpose = bytes_str("")};
    memset(entry.actor, 0xA1, sizeof entry.actor);
    memset(entry.subject, 0xA2, sizeof entry.subject);
    memset(entry.previous.bytes, 0xA3, sizeof entry.previous);
    memset(entry.object, 0xA4, sizeof entry.object);
    uint8_t out[AUDIT_ENTRY_MAX];
    assert_int_equal(audit_entry_encode(&entry, out), 108 + 2 + 3 + 1);
    static const uint8_t start[] = {1,    1,    2,    3,    4,    5,    6,    7,    8,
                                    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 4};
    static const uint8_t end[] = {0x31, 0x32, 1, 'e', 2, 'l', 'c', 0};
    assert_memory_equal(out, start, sizeof start);
    assert_int_equal(out[18], 0xA1);
    assert_int_equal(out[34], 0xA2);
    assert_int_equal(out[50], 0x21);
    assert_int_equal(out[58], 0xA3);
    assert_int_equal(out[90], 0xA4);
    assert_memory_equal(out + 106, end, sizeof end);
}

static void test_decode_refuses(void **state)
{
    (void)state;
    append_about(first);
    struct read read = read_at(1);
    struct audit_entry entry;
    uint8_t copy[AUDIT_ENTRY_MAX + 1];
    bytes good = data(read.row->entry);
    memcpy(copy, good.ptr, good.len);
    for (size_t len = 0; len <= good.len + 1; len++) {
        assert_int_equal(audit_entry_decode(bytes_of(copy, len), &entry), len == good.len);
    }
    copy[0] = 2;
    assert_false(audit_entry_decode(bytes_of(copy, good.len), &entry));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_person_in_clear, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failure_leaves_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decode_refuses, setup, teardown),
        cmocka_unit_test(test_golden_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
