/*
 * Promise: no byte string reaches protobuf-c that could make it recurse, merge in quadratic time,
 * run out of memory or cut a text at a NUL (SEC-E5), and every bound declared in the proto is
 * enforced with the field's path.
 */
#include "tests/support/cm.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/array.h"
#include "rpc/scan.h"

/* --- a message type of its own, so that the test does not depend on the API --- */

enum {
    NUMBER = 1,
    LIST = 2,
    TEXT = 3,
    BLOB = 4,
    ENUM = 5,
    INNER = 6,
    ITEMS = 7,
    UUID = 8,
    ID = 9,
    DIGITS = 10,
    RESOURCE = 11,
    SIGNED = 12,
    FIXED = 13,
    MAYBE = 20
};

static const int32_t colours[] = {0, 1, 5};
static const struct enum_rule colour = {colours, ARRAY_LEN(colours)};

static const struct field_rule inner_fields[] = {
    {.name = "name", .number = 1, .kind = FIELD_STRING, .required = true, .max_len = 8},
    {.name = "codes",
     .number = 2,
     .kind = FIELD_STRING,
     .repeated = true,
     .min_len = 1,
     .max_len = 4,
     .max_items = 3},
};
static const struct message_rule inner = {"test.Inner", inner_fields, ARRAY_LEN(inner_fields)};

static const struct field_rule fields[] = {
    {.name = "number",
     .number = NUMBER,
     .kind = FIELD_INT32,
     .has_min = true,
     .min = -5,
     .has_max = true,
     .max = 100},
    {.name = "list",
     .number = LIST,
     .kind = FIELD_UINT64,
     .repeated = true,
     .has_max = true,
     .max = 9,
     .max_items = 3},
    {.name = "text", .number = TEXT, .kind = FIELD_STRING, .min_len = 2, .max_len = 10},
    {.name = "blob", .number = BLOB, .kind = FIELD_BYTES, .min_len = 4, .max_len = 4},
    {.name = "colour", .number = ENUM, .kind = FIELD_ENUM, .enumeration = &colour},
    {.name = "inner", .number = INNER, .kind = FIELD_MESSAGE, .message = &inner},
    {.name = "items",
     .number = ITEMS,
     .kind = FIELD_MESSAGE,
     .repeated = true,
     .max_items = 4,
     .message = &inner},
    {.name = "uuid", .number = UUID, .kind = FIELD_STRING, .max_len = 36, .format = FORMAT_UUID},
    {.name = "id",
     .number = ID,
     .kind = FIELD_STRING,
     .max_len = 40,
     .format = FORMAT_ID,
     .prefix = "lc"},
    {.name = "digits",
     .number = DIGITS,
     .kind = FIELD_STRING,
     .max_len = 4,
     .format = FORMAT_DIGITS},
    {.name = "resource",
     .number = RESOURCE,
     .kind = FIELD_STRING,
     .max_len = 64,
     .format = FORMAT_RESOURCE,
     .prefix = "uploads/upl,documents/doc"},
    {.name = "signed", .number = SIGNED, .kind = FIELD_SINT32, .has_min = true, .min = 0},
    {.name = "fixed", .number = FIXED, .kind = FIELD_FIXED64, .has_max = true, .max = 7},
    {.name = "maybe",
     .number = MAYBE,
     .kind = FIELD_INT64,
     .presence = true,
     .has_min = true,
     .min = 1},
};
static const struct message_rule message = {"test.Message", fields, ARRAY_LEN(fields)};

static const struct field_rule strict_fields[] = {
    {.name = "text", .number = 1, .kind = FIELD_STRING, .required = true, .max_len = 8},
    {.name = "colour", .number = 2, .kind = FIELD_ENUM, .required = true, .enumeration = &colour},
    {.name = "number", .number = 3, .kind = FIELD_INT64, .required = true},
    {.name = "inner", .number = 4, .kind = FIELD_MESSAGE, .required = true, .message = &inner},
    {.name = "items",
     .number = 5,
     .kind = FIELD_MESSAGE,
     .repeated = true,
     .required = true,
     .max_items = 2,
     .message = &inner},
};
static const struct message_rule strict = {"test.Strict", strict_fields, ARRAY_LEN(strict_fields)};

/* Not possible from a proto file (rpcgen refuses recursion): proves the depth limit by itself. */
extern const struct message_rule endless;
static const struct field_rule endless_fields[] = {
    {.name = "next", .number = 1, .kind = FIELD_MESSAGE, .message = &endless},
};
const struct message_rule endless = {"test.Endless", endless_fields, 1};

/* --- a writer of wire bytes --- */

struct wire {
    uint8_t *at;
    size_t len, room;
};

static struct wire wire_new(size_t room)
{
    struct wire w = {malloc(room), 0, room};
    assert_non_null(w.at);
    return w;
}

static void put(struct wire *w, uint64_t value)
{
    while (value >= 0x80) {
        w->at[w->len++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    w->at[w->len++] = (uint8_t)value;
    assert_true(w->len <= w->room);
}

static void put_tag(struct wire *w, uint32_t number, uint32_t type)
{
    put(w, (uint64_t)number << 3 | type);
}

static void put_varint(struct wire *w, uint32_t number, uint64_t value)
{
    put_tag(w, number, 0);
    put(w, value);
}

static void put_bytes(struct wire *w, uint32_t number, const void *data, size_t len)
{
    put_tag(w, number, 2);
    put(w, len);
    assert_true(w->len + len <= w->room);
    if (len > 0) {
        memcpy(w->at + w->len, data, len);
    }
    w->len += len;
}

static void put_str(struct wire *w, uint32_t number, const char *text)
{
    put_bytes(w, number, text, strlen(text));
}

/* --- running it --- */

static struct arena arena;
static struct error_details details;

static status scan_wire(const struct message_rule *rule, struct wire *w)
{
    return scan_request(rule, bytes_of(w->at, w->len), &arena, &details);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 256 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void expect_violation(const struct message_rule *rule, struct wire *w, const char *path,
                             const char *text)
{
    assert_reason(scan_wire(rule, w), INVALID_FIELD);
    assert_int_equal(details.field_count, 1);
    assert_string_equal(details.fields[0].path, path);
    assert_string_equal(details.fields[0].description, text);
    w->len = 0;
}

static void expect_malformed(const struct message_rule *rule, struct wire *w, const char *path,
                             const char *text)
{
    assert_reason(scan_wire(rule, w), MALFORMED_REQUEST);
    assert_int_equal(details.field_count, 1);
    assert_string_equal(details.fields[0].path, path);
    assert_string_equal(details.fields[0].description, text);
    w->len = 0;
}

static void expect_ok(const struct message_rule *rule, struct wire *w)
{
    assert_ok(scan_wire(rule, w));
    assert_int_equal(details.field_count, 0);
    w->len = 0;
}

/* --- good requests --- */

static void test_a_full_good_message_passes(void **state)
{
    (void)state;
    struct wire w = wire_new(1024), in = wire_new(64);
    put_str(&in, 1, "Salma");
    put_str(&in, 2, "a");
    put_varint(&w, NUMBER, 100);
    put_bytes(&w, LIST, "\x01\x02\x09", 3);
    put_str(&w, TEXT, "été");
    put_bytes(&w, BLOB, "\0\xFF\0\xFF", 4);
    put_varint(&w, ENUM, 5);
    put_bytes(&w, INNER, in.at, in.len);
    put_bytes(&w, ITEMS, in.at, in.len);
    put_bytes(&w, ITEMS, in.at, in.len);
    put_str(&w, UUID, "018F3a2e-7b1c-7def-8123-456789abcdef");
    put_str(&w, ID, "lc_00000000000000000000000000");
    put_str(&w, DIGITS, "0042");
    put_str(&w, RESOURCE, "documents/doc_00000000000000000000000000");
    put_varint(&w, SIGNED, 4);
    put_tag(&w, FIXED, 1);
    memcpy(w.at + w.len, "\7\0\0\0\0\0\0", 8);
    w.len += 8;
    put_varint(&w, MAYBE, 1);
    expect_ok(&message, &w);
    expect_ok(&message, &w); /* and the empty one */
    assert_ok(scan_request(&message, (bytes){NULL, 0}, &arena, &details));
    free(w.at), free(in.at);
}

static void test_the_last_occurrence_decides_but_each_is_bounded(void **state)
{
    (void)state;
    struct wire w = wire_new(256);
    put_varint(&w, NUMBER, 7);
    put_varint(&w, NUMBER, 8);
    expect_ok(&message, &w);
    put_varint(&w, NUMBER, 101);
    put_varint(&w, NUMBER, 8);
    expect_violation(&message, &w, "number", "must be between -5 and 100");
    put_str(&w, 1, "x");
    put_str(&w, 1, "");
    assert_reason(scan_wire(&strict, &w), INVALID_FIELD);
    assert_string_equal(details.fields[0].path, "text");
    free(w.at);
}

/* --- bounds --- */

static void test_numbers_are_judged_as_protobuf_will_read_them(void **state)
{
    (void)state;
    struct wire w = wire_new(256);
    put_varint(&w, NUMBER, (uint64_t)-5);
    expect_ok(&message, &w);
    put_varint(&w, NUMBER, (uint64_t)-6);
    expect_violation(&message, &w, "number", "must be between -5 and 100");
    put_varint(&w, NUMBER, 0xFFFFFF00); /* -256 in five bytes */
    expect_violation(&message, &w, "number", "must be between -5 and 100");
    put_varint(&w, NUMBER, 1ULL << 32 | 101);
    expect_violation(&message, &w, "number", "must be between -5 and 100");
    put_varint(&w, SIGNED, 3); /* zigzag: -2 */
    expect_violation(&message, &w, "signed", "must be at least 0");
    put_tag(&w, FIXED, 1);
    memset(w.at + w.len, 0xFF, 8); /* 2^64 - 1, not -1 */
    w.len += 8;
    expect_violation(&message, &w, "fixed", "must be at most 7");
    put_varint(&w, LIST, UINT64_MAX);
    expect_violation(&message, &w, "list[0]", "must be at most 9");
    put_varint(&w, ENUM, 2);
    expect_violation(&message, &w, "colour", "must be one of the declared values");
    put_varint(&w, MAYBE, 0); /* presence: zero counts */
    expect_violation(&message, &w, "maybe", "must be at least 1");
    free(w.at);
}

static void test_lengths(void **state)
{
    (void)state;
    struct wire w = wire_new(256);
    put_str(&w, TEXT, "x");
    expect_violation(&message, &w, "text", "must be at least 2 bytes long");
    put_str(&w, TEXT, "12345678901");
    expect_violation(&message, &w, "text", "must be at most 10 bytes long");
    put_str(&w, TEXT, "");
    expect_ok(&message, &w); /* absent */
    put_str(&w, BLOB, "abc");
    expect_violation(&message, &w, "blob", "must be exactly 4 bytes long");
    free(w.at);
}

static void test_items_and_nested_paths(void **state)
{
    (void)state;
    struct wire w = wire_new(512), in = wire_new(128), bad = wire_new(128);
    put_bytes(&w, LIST, "\1\1\1\1\1", 5);
    expect_violation(&message, &w, "list[3]", "must have at most 3 items");
    for (int i = 0; i < 5; i++) {
        put_varint(&w, LIST, 1);
    }
    expect_violation(&message, &w, "list[3]", "must have at most 3 items");
    put_str(&in, 1, "ok");
    put_str(&bad, 1, "ok");
    put_str(&bad, 2, "a");
    put_str(&bad, 2, "");
    put_bytes(&w, ITEMS, in.at, in.len);
    put_bytes(&w, ITEMS, in.at, in.len);
    put_bytes(&w, ITEMS, bad.at, bad.len);
    expect_violation(&message, &w, "items[2].codes[1]", "must be at least 1 bytes long");
    put_bytes(&w, INNER, "", 0);
    expect_violation(&message, &w, "inner.name", "must be set");
    free(w.at), free(in.at), free(bad.at);
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        uint32_t field;
        const char *path, *value, *text;
    } cases[] = {
        {UUID, "uuid", "018f3a2e-7b1c-7def-8123-456789abcde", "must be a UUID"},
        {UUID, "uuid", "018f3a2e-7b1c-7def-8123-456789abcdeg", "must be a UUID"},
        {UUID, "uuid", "018f3a2e07b1c-7def-8123-456789abcdef", "must be a UUID"},
        {ID, "id", "up_00000000000000000000000000", "must be \"lc_\" and 26 characters of base32"},
        {ID, "id", "lc_0000000000000000000000000", "must be \"lc_\" and 26 characters of base32"},
        {DIGITS, "digits", "12a", "must be digits"},
        {RESOURCE, "resource", "uploads/doc_00000000000000000000000000",
         "must be a resource name (uploads/upl,documents/doc)"},
        {RESOURCE, "resource", "uploads", "must be a resource name (uploads/upl,documents/doc)"},
    };
    struct wire w = wire_new(256);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put_str(&w, cases[i].field, cases[i].value);
        expect_violation(&message, &w, cases[i].path, cases[i].text);
    }
    put_str(&w, RESOURCE, "uploads/upl_00000000000000000000000000");
    expect_ok(&message, &w);
    free(w.at);
}

static void test_everything_required_is_told_at_once(void **state)
{
    (void)state;
    static const char *const paths[] = {"text", "colour", "number", "inner", "items"};
    struct wire w = wire_new(64);
    put_varint(&w, 2, 0);
    put_varint(&w, 3, 0);
    assert_reason(scan_wire(&strict, &w), INVALID_FIELD);
    assert_int_equal(details.field_count, ARRAY_LEN(paths));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_string_equal(details.fields[i].path, paths[i]);
        assert_string_equal(details.fields[i].description, "must be set");
    }
    free(w.at);
}

static void test_violations_are_bounded(void **state)
{
    (void)state;
    struct wire w = wire_new(4096);
    for (int i = 0; i < 500; i++) {
        put_varint(&w, NUMBER, 200);
    }
    assert_reason(scan_wire(&message, &w), INVALID_FIELD);
    assert_int_equal(details.field_count, LIMIT_VIOLATIONS);
    arena_reset(&arena, 8); /* no memory to tell anything: still refused */
    assert_reason(scan_wire(&message, &w), INVALID_FIELD);
    assert_int_equal(details.field_count, 0);
    free(w.at);
}

/* --- structure --- */

static void test_text_must_be_utf8_without_nul(void **state)
{
    (void)state;
    struct wire w = wire_new(256), in = wire_new(64);
    put_bytes(&w, TEXT, "ab\0cd", 5);
    expect_malformed(&message, &w, "text", "must be UTF-8 text without NUL");
    put_bytes(&w, TEXT, "ab\xC3\x28", 4);
    expect_malformed(&message, &w, "text", "must be UTF-8 text without NUL");
    put_bytes(&w, TEXT, "\xED\xA0\x80", 3); /* a surrogate */
    expect_malformed(&message, &w, "text", "must be UTF-8 text without NUL");
    put_bytes(&w, TEXT, "\xC0\xAF", 2); /* overlong */
    expect_malformed(&message, &w, "text", "must be UTF-8 text without NUL");
    put_bytes(&w, ID, "lc_\0", 4);
    expect_malformed(&message, &w, "id", "must be UTF-8 text without NUL");
    put_bytes(&in, 1, "\xFF", 1);
    put_varint(&w, NUMBER, 200); /* malformed beats out of bounds */
    put_bytes(&w, ITEMS, in.at, in.len);
    expect_malformed(&message, &w, "items[0].name", "must be UTF-8 text without NUL");
    free(w.at), free(in.at);
}

static void test_bad_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *wire;
        size_t len;
        const char *path, *text;
    } cases[] = {
        {"\x08", 1, "number", "is cut short"},
        {"\x08\xFF", 2, "number", "is cut short"},
        {"\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 11, "number",
         "is cut short"}, /* 65 bits */
        {"\x1A\x05"
         "ab",
         4, "text", "is cut short"},
        {"\x1A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11, "text", "is cut short"},
        /* lengths of six bytes, which protobuf-c refuses, of a known and of an unknown field */
        {"\x1A\x82\x80\x80\x80\x80\x00"
         "ab",
         9, "text", "is cut short"},
        {"\xFA\x07\x80\x80\x80\x80\x80\x00", 8, "", "is cut short"},
        {"\x69\x01\x02", 3, "fixed", "is cut short"},
        {"\x12\x02\x01\x80", 4, "list[1]", "is cut short"},
        {"\x0B", 1, "", "is not a protobuf message"}, /* a group */
        {"\x0C", 1, "", "is not a protobuf message"},
        {"\x0E", 1, "", "is not a protobuf message"},     /* wire type 6 */
        {"\x00\x00", 2, "", "is not a protobuf message"}, /* field 0 */
        {"\x80", 1, "", "is not a protobuf message"},
        {"\x88\x80\x80\x80\x80\x00\x00", 7, "",
         "is not a protobuf message"}, /* a tag of six bytes */
        {"\x0D\x01\x02\x03\x04", 5, "number", "has another type"},
        {"\x0A\x00", 2, "number", "has another type"},
        {"\x18\x00", 2, "text", "has another type"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct wire w = wire_new(64);
        memcpy(w.at, cases[i].wire, cases[i].len);
        w.len = cases[i].len;
        expect_malformed(&message, &w, cases[i].path, cases[i].text);
        free(w.at);
    }
}

static void test_unknown_fields_are_few(void **state)
{
    (void)state;
    struct wire w = wire_new(16384);
    for (uint32_t i = 0; i < LIMIT_UNKNOWN_FIELDS; i++) {
        put_bytes(&w, 100 + i, "\xFF\0", 2); /* not looked into */
    }
    expect_ok(&message, &w);
    for (uint32_t i = 0; i <= LIMIT_UNKNOWN_FIELDS; i++) {
        put_varint(&w, 100, i);
    }
    expect_malformed(&message, &w, "", "has too many unknown fields");
    static const uint8_t big[LIMIT_UNKNOWN_BYTES + 1];
    put_bytes(&w, 100, big, sizeof big);
    expect_malformed(&message, &w, "", "has too many unknown fields");
    free(w.at);
}

static void test_fields_are_counted(void **state)
{
    (void)state;
    struct wire w = wire_new(64 * 1024);
    for (int i = 0; i <= LIMIT_FIELD_COUNT; i++) {
        put_varint(&w, NUMBER, 1);
    }
    expect_malformed(&message, &w, "", "has too many fields");
    static uint8_t ones[LIMIT_FIELD_COUNT + 1];
    memset(ones, 1, sizeof ones);
    put_bytes(&w, LIST, ones, sizeof ones); /* packed items count */
    assert_reason(scan_wire(&message, &w), MALFORMED_REQUEST);
    free(w.at);
}

/* --- bombs --- */

static double milliseconds_since(struct timespec start)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)(now.tv_sec - start.tv_sec) * 1e3 + (double)(now.tv_nsec - start.tv_nsec) / 1e6;
}

static void test_nesting_ends_at_the_limit(void **state)
{
    (void)state;
    const size_t size = 34 * 1024;
    struct wire w = wire_new(size);
    uint8_t *nest = malloc(size); /* built from the inside out */
    assert_non_null(nest);
    size_t at = size;
    while (at > 8) {
        size_t inner_len = size - at;
        struct wire head = wire_new(8);
        put_tag(&head, 1, 2);
        put(&head, inner_len);
        at -= head.len;
        memcpy(nest + at, head.at, head.len);
        free(head.at);
    }
    w.len = size - at;
    memcpy(w.at, nest + at, w.len);
    expect_malformed(&endless, &w, "", "is nested too deep");
    put_bytes(&w, 99, nest + at, 4000); /* as an unknown field it is not entered */
    expect_ok(&endless, &w);
    free(w.at), free(nest);
}

static void test_duplicate_sub_messages_are_refused_at_once(void **state)
{
    (void)state;
    struct wire w = wire_new(2 * 1024 * 1024), in = wire_new(16);
    put_str(&in, 1, "x");
    while (w.len + 16 < w.room) {
        put_bytes(&w, INNER, in.at, in.len);
    }
    struct timespec start;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
    expect_malformed(&message, &w, "inner", "is given twice");
    assert_true(milliseconds_since(start) < 50);
    free(w.at), free(in.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_full_good_message_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_occurrence_decides_but_each_is_bounded,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers_are_judged_as_protobuf_will_read_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_lengths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_items_and_nested_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_formats, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_everything_required_is_told_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_violations_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_must_be_utf8_without_nul, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_encodings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_fields_are_few, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fields_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nesting_ends_at_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_duplicate_sub_messages_are_refused_at_once, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
