/*
 * Promise: --json says what the message says: every field by its proto name, enums by name, bytes
 * in base64, times and dates as text, absent sub-messages left out; and nothing printed for people
 * can drive their terminal.
 */
#include "tests/support/cm.h"

#include <stdlib.h>

#include "hayat/v1/life_certificate.pb-c.h"
#include "tools/hayat/message_json.h"
#include "tools/hayat/output.h"

static void assert_json(const ProtobufCMessage *message, const char *expected)
{
    json_t *json = message_json(message), *wanted = json_loads(expected, 0, NULL);
    assert_non_null(wanted);
    assert_true(json_equal(json, wanted));
    json_decref(json);
    json_decref(wanted);
}

static void test_every_kind_of_field(void **state)
{
    (void)state;
    Hayat__V1__LifeCertificate certificate = HAYAT__V1__LIFE_CERTIFICATE__INIT;
    Hayat__V1__CertificateDocument document = HAYAT__V1__CERTIFICATE_DOCUMENT__INIT;
    Hayat__V1__CertificateDocument *documents[] = {&document};
    Hayat__V1__DocumentItem missing[] = {HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_FORM,
                                         HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_OTHER};
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    uint8_t digest[] = {0, 1, 255};
    char id[] = "lc_x";
    time.seconds = 1700000000;
    document.size_bytes = 5000000000;
    document.sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    certificate.life_certificate_id = id;
    certificate.year = 2026;
    certificate.n_documents = 1;
    certificate.documents = documents;
    certificate.n_missing_items = 2;
    certificate.missing_items = missing;
    certificate.create_time = &time;
    certificate.in_time = 1;
    certificate.state = (Hayat__V1__LifeCertificateState)77; /* of a newer server */
    assert_json(&certificate.base,
                "{\"life_certificate_id\": \"lc_x\", \"year\": 2026, \"state\": 77,"
                "\"route\": \"PROOF_ROUTE_UNSPECIFIED\", \"documents\": [{\"document_id\": \"\","
                "\"item\": \"DOCUMENT_ITEM_UNSPECIFIED\", \"media_type\": \"\","
                "\"size_bytes\": 5000000000, \"sha256\": \"AAH/\"}],"
                "\"missing_items\": [\"DOCUMENT_ITEM_FORM\", \"DOCUMENT_ITEM_OTHER\"],"
                "\"create_time\": \"2023-11-14T22:13:20Z\", \"in_time\": true, \"etag\": \"\", "
                "\"filed_on_paper\": false, \"round\": 0}");
}

static void test_date(void **state)
{
    (void)state;
    Hayat__V1__Obligation obligation = HAYAT__V1__OBLIGATION__INIT;
    Google__Type__Date date = GOOGLE__TYPE__DATE__INIT;
    char text[TIME_TEXT_MAX];
    date.year = 2026;
    date.month = 3;
    date.day = 1;
    obligation.due_date = &date;
    json_t *json = message_json(&obligation.base);
    assert_string_equal(json_string_value(json_object_get(json, "due_date")), "2026-03-01");
    assert_null(json_object_get(json, "open_date"));
    json_decref(json);
    date_text(NULL, text);
    assert_string_equal(text, "");
    time_text(NULL, text);
    assert_string_equal(text, "");
}

static void test_no_control_characters(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    output_safe(file, "é\x1b[31m\n\x7f\xc2\x9bX سلام");
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "é?[31m???X سلام");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_field),
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_no_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
