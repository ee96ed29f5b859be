/*
 * Promise: whatever a store's record holds, it is read as protobuf-c reads it: of every table, of any content, whole, cut
 * or damaged; and the bytes of a record that this server wrote are not copied.
 */
#include "storage/record.h"

#include <string.h>

#include "base/array.h"
#include "base/random.h"
#include "hayat/store/v1/home.pb-c.h"
#include "tests/support/cm.h"

enum {
    ARENA = 4 * 1024 * 1024,
    WIRE_MAX = 64 * 1024,
    RECORDS = 40,
    DAMAGES = 60,
    DEPTH = 3,
    ITEMS = 4,
    TEXT = 20
};

struct fixture {
    struct fake_random random;
    struct arena arena;
    uint8_t wire[WIRE_MAX], again[WIRE_MAX];
};

static uint32_t draw(struct fixture *f, uint32_t below)
{
    uint32_t word;
    random_fill(&f->random.source, &word, sizeof word);
    return word % below;
}

/* --- a message of anything --- */

static ProtobufCMessage *draw_message(struct fixture *f,
                                      const ProtobufCMessageDescriptor *descriptor, int depth);

static size_t size_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return 8;
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return 4;
}

static void draw_text(struct fixture *f, void *out)
{
    size_t len = draw(f, TEXT);
    char *text = arena_alloc(&f->arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)('a' + draw(f, 26));
    }
    memcpy(out, &text, sizeof text);
}

static void draw_bytes(struct fixture *f, void *out)
{
    size_t len = draw(f, 200);
    ProtobufCBinaryData data = {len, arena_alloc(&f->arena, len + 1)};
    random_fill(&f->random.source, data.data, len);
    memcpy(out, &data, sizeof data);
}

/* Small, large and negative ones. */
static void draw_number(struct fixture *f, const ProtobufCFieldDescriptor *field, void *out)
{
    uint64_t value = draw(f, 200);
    if (draw(f, 2) == 0) {
        random_fill(&f->random.source, &value, sizeof value);
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        value &= 1;
    }
    memcpy(out, &value, size_of(field));
}

static void draw_value(struct fixture *f, const ProtobufCFieldDescriptor *field, int depth,
                       void *out)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        draw_text(f, out);
    } else if (field->type == PROTOBUF_C_TYPE_BYTES) {
        draw_bytes(f, out);
    } else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage *message = draw_message(f, field->descriptor, depth + 1);
        memcpy(out, &message, sizeof message);
    } else {
        draw_number(f, field, out);
    }
}

static void draw_list(struct fixture *f, const ProtobufCFieldDescriptor *field, int depth,
                      uint8_t *message)
{
    size_t count = draw(f, ITEMS);
    uint8_t *items = arena_array(&f->arena, count, size_of(field));
    for (size_t i = 0; i < count; i++) {
        draw_value(f, field, depth, items + i * size_of(field));
    }
    memcpy(message + field->quantifier_offset, &count, sizeof count);
    memcpy(message + field->offset, &items, sizeof items);
}

static void draw_field(struct fixture *f, const ProtobufCFieldDescriptor *field, int depth,
                       uint8_t *message)
{
    uint32_t chosen = 0;
    bool too_deep = field->type == PROTOBUF_C_TYPE_MESSAGE && depth == DEPTH;
    if (too_deep || draw(f, 3) == 0) {
        return;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        draw_list(f, field, depth, message);
        return;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        memcpy(&chosen, message + field->quantifier_offset, sizeof chosen);
        if (chosen != 0) {
            return;
        }
        memcpy(message + field->quantifier_offset, &field->id, sizeof field->id);
    }
    draw_value(f, field, depth, message + field->offset);
}

static ProtobufCMessage *draw_message(struct fixture *f,
                                      const ProtobufCMessageDescriptor *descriptor, int depth)
{
    ProtobufCMessage *message = arena_alloc(&f->arena, descriptor->sizeof_message);
    assert_non_null(message);
    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        draw_field(f, &descriptor->fields[i], depth, (uint8_t *)message);
    }
    return message;
}

/* --- read by both --- */

static size_t pack(const ProtobufCMessage *message, uint8_t *out)
{
    assert_true(protobuf_c_message_get_packed_size(message) <= WIRE_MAX);
    return protobuf_c_message_pack(message, out);
}

static void assert_read_alike(struct fixture *f, const ProtobufCMessageDescriptor *descriptor,
                              size_t len)
{
    static uint8_t theirs[WIRE_MAX];
    ProtobufCMessage *ours = NULL;
    ProtobufCMessage *expected = protobuf_c_message_unpack(descriptor, &f->arena.allocator, len,
                                                           f->wire);
    status s = record_read(&f->arena, descriptor, bytes_of(f->wire, len), &ours);
    assert_int_equal(s.why, expected == NULL ? REASON_STORE_CORRUPT : REASON_OK);
    if (expected == NULL) {
        return;
    }
    size_t packed = pack(ours, f->again);
    assert_int_equal(packed, pack(expected, theirs));
    assert_memory_equal(f->again, theirs, packed);
}

/* One byte changed, some lost at the end, or some said twice. */
static size_t damage(struct fixture *f, size_t len)
{
    size_t at = draw(f, (uint32_t)len);
    switch (draw(f, 3)) {
    case 0:
        f->wire[at] = (uint8_t)draw(f, 256);
        return len;
    case 1:
        return at;
    default: {
        size_t more = 2 * len <= WIRE_MAX ? len : 0;
        memcpy(f->wire + len, f->wire, more);
        return len + more;
    }
    }
}

static void read_many(struct fixture *f, const ProtobufCMessageDescriptor *descriptor)
{
    for (int i = 0; i < RECORDS; i++) {
        arena_reset(&f->arena, ARENA);
        const ProtobufCMessage *message = draw_message(f, descriptor, 0);
        size_t len = pack(message, f->wire);
        assert_read_alike(f, descriptor, len);
        assert_int_equal(pack(message, f->again), len);
        for (int j = 0; len > 0 && j < DAMAGES; j++) {
            arena_reset(&f->arena, ARENA);
            static uint8_t whole[WIRE_MAX];
            memcpy(whole, f->wire, len);
            assert_read_alike(f, descriptor, damage(f, len));
            memcpy(f->wire, whole, len);
        }
    }
}

static void test_every_table_is_read_as_protobuf_c_reads_it(void **state)
{
    (void)state;
    static struct fixture f;
    fake_random_init(&f.random, 24);
    arena_init(&f.arena, ARENA);
    for (size_t i = 0; i < table_info_count; i++) {
        if (table_infos[i].record != NULL) {
            read_many(&f, table_infos[i].record);
        }
    }
    arena_fini(&f.arena);
}

static void test_bytes_stay_where_they_are(void **state)
{
    (void)state;
    uint8_t card[300] = {1}, wire[400];
    Hayat__Store__V1__StoredHomeView view = HAYAT__STORE__V1__STORED_HOME_VIEW__INIT;
    ProtobufCMessage *record;
    struct arena arena;
    arena_init(&arena, ARENA);
    view.card = (ProtobufCBinaryData){sizeof card, card};
    size_t len = protobuf_c_message_pack(&view.base, wire);
    assert_ok(record_unpack(&arena, TABLE_home_view, bytes_of(wire, len), &record));
    const Hayat__Store__V1__StoredHomeView *read =
        (const Hayat__Store__V1__StoredHomeView *)(const void *)record;
    assert_int_equal(read->card.len, sizeof card);
    assert_ptr_equal(read->card.data, wire + len - sizeof card);
    arena_fini(&arena);
}

static void test_a_full_arena_is_told(void **state)
{
    (void)state;
    uint8_t wire[1] = {0};
    ProtobufCMessage *record;
    struct arena arena;
    arena_init(&arena, 8);
    status s = record_unpack(&arena, TABLE_home_view, bytes_of(wire, 0), &record);
    assert_int_equal(s.why, REASON_ARENA_FULL);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_table_is_read_as_protobuf_c_reads_it),
        cmocka_unit_test(test_bytes_stay_where_they_are),
        cmocka_unit_test(test_a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
