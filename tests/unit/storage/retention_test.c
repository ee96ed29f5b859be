/* What tables.def says of retention can be done: events are instants of their records, and nothing hangs on nothing. */
#include "storage/retention.h"

#include <string.h>

#include "storage/table.h"
#include "tests/support/cm.h"

static bool is_instant(const ProtobufCMessageDescriptor *record, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(record,
                                                                                            name);
    size_t len = strlen(name);
    return field != NULL && field->type == PROTOBUF_C_TYPE_INT64 && len > 3 &&
           strcmp(name + len - 3, "_ms") == 0;
}

/* A rule names what is there: a field that is an instant, a case's, or another table that ends by itself. */
static void retention_is_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < table_info_count; i++) {
        const struct retention_rule *rule = &table_infos[i].retention;
        switch (rule->kind) {
        case RETENTION_FOREVER:
        case RETENTION_OWN:
        case RETENTION_INSURED:
            assert_true(strlen(rule->text) > 0);
            break;
        case RETENTION_WITH:
            assert_int_not_equal(table_info(rule->with)->retention.kind, RETENTION_WITH);
            break;
        case RETENTION_AFTER:
            assert_true(is_instant(table_infos[i].record, rule->event));
            break;
        case RETENTION_AFTER_CASE:
            assert_non_null(protobuf_c_message_descriptor_get_field_by_name(table_infos[i].record,
                                                                            "life_certificate_id"));
            assert_true(is_instant(table_info(TABLE_life_certificate)->record, rule->event));
            break;
        }
    }
}

static void defaults_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < PERIOD_COUNT; i++) {
        const struct retention_default *period = &retention_defaults[i];
        assert_true(period->limit > 0 && strlen(period->basis) > 0);
        assert_true(period->unit == RETENTION_DAYS || period->unit == RETENTION_MONTHS);
        assert_true(strcmp(period->sureness, "OURS") == 0 ||
                    strcmp(period->sureness, "CONFIRMED") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(retention_is_data),
        cmocka_unit_test(defaults_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
