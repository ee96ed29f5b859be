/*
 * Promise (SEC-F3): an export holds every record of every table that tables.def exports, with every field of it that is not left
 * out by name, and nothing of anybody else; a table or a field that is added is in it without a line of code.  What a member
 * asks to be put right is stored, passed on to the core system, and its state is told.
 */
#include <jansson.h>
#include <string.h>

#include "base/array.h"
#include "base/codec.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/export_json.h"
#include "storage/delivery_store.h"
#include "storage/outbox_store.h"
#include "storage/rectification_store.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

#define PRIVACY(name) "/hayat.v1.PrivacyService/" name

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- a record with something in every field --- */

static ProtobufCMessage *sample(const ProtobufCMessageDescriptor *type, const char *whose);

static void set_sample(const ProtobufCFieldDescriptor *field, void *at, const char *whose)
{
    uint8_t *bytes16 = arena_alloc(&h.arena, ID_BYTES);
    assert_non_null(bytes16);
    memset(bytes16, 0xAB, ID_BYTES);
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        *(char **)at = (char *)arena_str(&h.arena, bytes_str(whose));
        break;
    case PROTOBUF_C_TYPE_BYTES:
        *(ProtobufCBinaryData *)at = (ProtobufCBinaryData){ID_BYTES, bytes16};
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)at = sample(field->descriptor, whose);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = true;
        break;
    case PROTOBUF_C_TYPE_ENUM:
        *(int *)at = ((const ProtobufCEnumDescriptor *)field->descriptor)->values[1].value;
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        *(uint32_t *)at = 20000;
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        *(uint64_t *)at = 20000;
        break;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        fail(); /* stored records have none, and an export would lose it */
        break;
    }
}

static ProtobufCMessage *sample(const ProtobufCMessageDescriptor *type, const char *whose)
{
    uint8_t *message = arena_alloc(&h.arena, type->sizeof_message);
    assert_non_null(message);
    protobuf_c_message_init(type, (ProtobufCMessage *)(void *)message);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            void *one = arena_alloc(&h.arena, 32);
            size_t count = 1;
            assert_non_null(one);
            set_sample(field, one, whose);
            memcpy(message + field->quantifier_offset, &count, sizeof count);
            memcpy(message + field->offset, &one, sizeof one);
        } else {
            set_sample(field, message + field->offset, whose);
        }
    }
    return (ProtobufCMessage *)(void *)message;
}

/* Any key that begins with the owner will do: an export goes through all of them. */
static void put_sample(const struct table_info *table, struct owner owner, uint64_t number,
                       const char *whose)
{
    struct key key = key_u64(key_u64(key_owner(owner), 0xFFFFFFFFFFFF0000U), number);
    harness_put(&h, table->id, owner, key, sample(table->record, whose));
}

/* --- exporting --- */

static json_t *export_of(const char *token, size_t *ret_pieces)
{
    struct harness_stream s;
    Hayat__V1__ExportMyDataRequest request = HAYAT__V1__EXPORT_MY_DATA_REQUEST__INIT;
    ProtobufCMessage *message;
    char *text = NULL;
    size_t len = 0;
    *ret_pieces = 0;
    assert_true(harness_stream_open(&s, &h, PRIVACY("ExportMyData"), token));
    assert_true(harness_stream_send(&s, &request.base));
    while (harness_stream_next(&s, &message)) {
        const ProtobufCBinaryData *data = &((Hayat__V1__ExportMyDataResponse *)message)->data;
        char *longer = realloc(text, len + data->len + 1);
        assert_non_null(longer);
        text = longer;
        memcpy(text + len, data->data, data->len);
        len += data->len;
        (*ret_pieces)++;
    }
    assert_ok(harness_stream_close(&s).result);
    json_error_t error;
    json_t *root = json_loadb(text, len, 0, &error);
    assert_non_null(root);
    free(text);
    return root;
}

/* Every field that is not hidden is there, and says something. */
static void assert_whole(const json_t *row, const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const json_t *value = json_object_get(row, field->name);
        if (export_is_hidden(type, field->name)) {
            assert_null(value);
            continue;
        }
        assert_true(value != NULL && !json_is_null(value));
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            assert_int_equal(json_array_size(value), 1);
            value = json_array_get(value, 0);
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            assert_whole(value, field->descriptor);
        }
        if (field->type == PROTOBUF_C_TYPE_STRING) {
            assert_string_equal(json_string_value(value), "mine \"\\\n");
        }
    }
}

/* The row that put_sample put: the last one by its key. */
static const json_t *last_row(const json_t *tables, const char *name)
{
    const json_t *rows = json_object_get(tables, name);
    assert_true(json_is_array(rows) && json_array_size(rows) > 0);
    return json_array_get(rows, json_array_size(rows) - 1);
}

static void every_exported_table_is_in_it(void **state)
{
    (void)state;
    size_t pieces, exported = 0;
    struct harness_member m = harness_member(&h, "999000001"),
                          other = harness_member(&h, "999000002");
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        if (table->record != NULL && table->of_member) {
            put_sample(table, m.owner, 1, "mine \"\\\n");
            put_sample(table, other.owner, 1, "another's");
        }
    }
    json_t *root = export_of(m.token, &pieces);
    const json_t *tables = json_object_get(root, "tables");
    assert_string_equal(json_string_value(json_object_get(root, "format")), "hayat export v1");
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        bool listed = table->exported && table->record != NULL;
        assert_int_equal(json_object_get(tables, table->name) != NULL, listed);
        if (listed) {
            assert_true(table->of_member);
            assert_whole(last_row(tables, table->name), table->record);
            exported++;
        }
    }
    assert_int_equal(json_object_size(tables), exported);
    char *text = json_dumps(root, 0);
    assert_null(strstr(text, "another's"));
    free(text);
    json_decref(root);
}

static void documents_are_named(void **state)
{
    (void)state;
    size_t pieces;
    struct harness_member m = harness_member(&h, "999000001");
    put_sample(table_info(TABLE_document), m.owner, 1, "form");
    json_t *root = export_of(m.token, &pieces);
    const json_t *row = last_row(json_object_get(root, "tables"), "document");
    const char *name = json_string_value(json_object_get(row, "resource_name"));
    struct id id;
    assert_int_equal(strncmp(name, "documents/", 10), 0);
    assert_true(id_parse(bytes_str(name + 10), "doc", &id));
    assert_int_equal(id.bytes[0], 0xAB);
    json_decref(root);
}

/* Pieces end anywhere between records, and nothing is lost or told twice. */
static void a_large_export_comes_in_pieces(void **state)
{
    (void)state;
    enum { CLAIMS = 300 };
    size_t pieces;
    struct harness_member m = harness_member(&h, "999000001");
    for (uint64_t number = 0; number < CLAIMS; number++) {
        put_sample(table_info(TABLE_claim), m.owner, number, "claim");
    }
    json_t *root = export_of(m.token, &pieces);
    assert_true(pieces > 3);
    assert_int_equal(json_array_size(json_object_get(json_object_get(root, "tables"), "claim")),
                     CLAIMS);
    json_decref(root);
}

/* A name in the list of what is left out must be a field: else something would be told that should not. */
static void what_is_hidden_exists(void **state)
{
    (void)state;
    static const struct {
        const char *record, *field;
    } rows[] = {
#define HIDDEN(message, name, why) {"hayat.store.v1." #message, #name},
#include "service/export_hidden.def"
#undef HIDDEN
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool found = false;
        for (size_t t = 0; t < table_info_count; t++) {
            const ProtobufCMessageDescriptor *record = table_infos[t].record;
            found |= record != NULL && table_infos[t].exported &&
                     strcmp(record->name, rows[i].record) == 0 &&
                     protobuf_c_message_descriptor_get_field_by_name(record, rows[i].field) != NULL;
        }
        assert_true(found);
    }
}

/* --- rectification --- */

static Hayat__V1__RequestRectificationRequest wish(char *text, char *request_id)
{
    Hayat__V1__RequestRectificationRequest request = HAYAT__V1__REQUEST_RECTIFICATION_REQUEST__INIT;
    request.request_id = request_id;
    request.subject = HAYAT__V1__RECTIFICATION_SUBJECT__RECTIFICATION_SUBJECT_NAME;
    request.text = text;
    return request;
}

static Hayat__V1__ListRectificationsResponse *list(const char *token, int32_t size, char *page)
{
    Hayat__V1__ListRectificationsRequest request = HAYAT__V1__LIST_RECTIFICATIONS_REQUEST__INIT;
    request.page_size = size;
    request.page_token = page;
    struct harness_reply r = harness_call(&h, PRIVACY("ListRectifications"), token, &request.base);
    assert_ok(r.result);
    return (Hayat__V1__ListRectificationsResponse *)r.response;
}

static bool take_sequence(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    *(uint64_t *)ctx = ((const rectification_row *)record)->outbox_sequence;
    return false;
}

/* As the core system's AckOutbox leaves it. */
static status settle_first(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredOutbox *row;
    Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
    const struct owner owner = *(const struct owner *)ctx;
    uint64_t sequence = 0;
    TRY(rectification_store_list(txn, owner, key_empty(), take_sequence, &sequence));
    TRY(outbox_store_get(txn, sequence, &row));
    assert_string_equal(row->kind, "rectification.requested");
    Hayat__V1__Rectification *told = hayat__v1__rectification__unpack(NULL, row->payload.len,
                                                                      row->payload.data);
    assert_non_null(told);
    assert_string_equal(told->text, "Zineb, not Zeineb");
    hayat__v1__rectification__free_unpacked(told, NULL);
    delivery.queue = OUTBOX_CORE;
    delivery.outcome = HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED;
    delivery.settle_ms = txn_now_ms(txn);
    const Hayat__Store__V1__StoredOutbox *settled;
    uint32_t attempts;
    TRY(outbox_store_settle(txn, sequence, &settled, &attempts));
    return delivery_store_put(txn, owner, sequence, &delivery);
}

static void a_wish_is_passed_on_and_told(void **state)
{
    (void)state;
    char text[] = "Zineb, not Zeineb", id[] = "8b9c5a3e-0f5d-4a7b-9a55-0d0c8a1f2e31", none[] = "";
    struct harness_member m = harness_member(&h, "999000001"),
                          other = harness_member(&h, "999000002");
    Hayat__V1__RequestRectificationRequest request = wish(text, id);
    struct harness_reply r = harness_call(&h, PRIVACY("RequestRectification"), m.token,
                                          &request.base);
    assert_ok(r.result);
    const char *given =
        ((Hayat__V1__RequestRectificationResponse *)r.response)->rectification->rectification_id;
    r = harness_call(&h, PRIVACY("RequestRectification"), m.token, &request.base); /* SEC-G2 */
    assert_string_equal(
        ((Hayat__V1__RequestRectificationResponse *)r.response)->rectification->rectification_id,
        given);
    Hayat__V1__ListRectificationsResponse *mine = list(m.token, 0, none);
    assert_int_equal(mine->n_rectifications, 1);
    assert_string_equal(mine->rectifications[0]->text, text);
    assert_int_equal(mine->rectifications[0]->state,
                     HAYAT__V1__RECTIFICATION_STATE__RECTIFICATION_STATE_RECEIVED);
    assert_int_equal(list(other.token, 0, none)->n_rectifications, 0);
    assert_ok(harness_write(&h, settle_first, &m.owner));
    assert_int_equal(list(m.token, 0, none)->rectifications[0]->state,
                     HAYAT__V1__RECTIFICATION_STATE__RECTIFICATION_STATE_PASSED_ON);
}

static void wishes_are_listed_in_pages_and_come_to_an_end(void **state)
{
    (void)state;
    enum { MOST = 20 };
    char none[] = "";
    struct harness_member m = harness_member(&h, "999000001");
    for (int i = 0; i < MOST + 1; i++) {
        char text[32], id[] = "8b9c5a3e-0f5d-4a7b-9a55-0d0c8a1f2e00";
        (void)snprintf(text, sizeof text, "wish %d", i);
        id[34] = (char)('0' + i / 10);
        id[35] = (char)('0' + i % 10);
        fake_clock_advance(&h.clock, 1000);
        Hayat__V1__RequestRectificationRequest request = wish(text, id);
        struct harness_reply r = harness_call(&h, PRIVACY("RequestRectification"), m.token,
                                              &request.base);
        assert_int_equal(r.result.why, i < MOST ? REASON_OK : REASON_RATE_LIMITED);
    }
    Hayat__V1__ListRectificationsResponse *page = list(m.token, 15, none);
    assert_int_equal(page->n_rectifications, 15);
    assert_string_equal(page->rectifications[0]->text, "wish 19");
    page = list(m.token, 15, page->next_page_token);
    assert_int_equal(page->n_rectifications, 5);
    assert_string_equal(page->rectifications[4]->text, "wish 0");
    assert_string_equal(page->next_page_token, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_exported_table_is_in_it),  TEST(documents_are_named),
        TEST(a_large_export_comes_in_pieces), TEST(what_is_hidden_exists),
        TEST(a_wish_is_passed_on_and_told),   TEST(wishes_are_listed_in_pages_and_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
