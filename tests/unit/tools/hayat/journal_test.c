/*
 * Promise: a filing that is cut anywhere goes on with the request_ids and upload ids it had; other
 * documents are another filing; two programs never work on the same one.
 */
#include "tests/support/cm.h"

#include "scratch.h"
#include "tools/hayat/journal.h"

static struct fake_random random_source;

static int setup(void **state)
{
    fake_random_init(&random_source, 7);
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    scratch_free(*state);
    return 0;
}

/* Two invented documents. */
static struct journal plan(uint8_t first_digest_byte)
{
    struct journal journal = {.route = 1, .document_count = 2, .lock_fd = -1};
    journal.documents[0] = (struct filing_document){.path = "a.pdf", .item = 1, .size_bytes = 10};
    journal.documents[1] = (struct filing_document){.path = "b.jpg", .item = 2, .size_bytes = 20};
    journal.documents[0].sha256[0] = first_digest_byte;
    return journal;
}

static status open_journal(struct journal *journal, const char *directory)
{
    return journal_open(journal, directory, "dev_invented", &random_source.source);
}

static void test_uuid_is_version_4(void **state)
{
    (void)state;
    char uuid[UUID_TEXT_BYTES];
    uuid_new(&random_source.source, uuid);
    assert_int_equal(strlen(uuid), 36);
    assert_int_equal(uuid[8], '-');
    assert_int_equal(uuid[13], '-');
    assert_int_equal(uuid[14], '4');
    assert_int_equal(uuid[18], '-');
    assert_non_null(strchr("89ab", uuid[19]));
    assert_int_equal(uuid[23], '-');
}

static void test_goes_on_where_it_stopped(void **state)
{
    struct journal first = plan(1), second = plan(1);
    assert_ok(open_journal(&first, *state));
    assert_false(first.resumed);
    assert_int_equal(strlen(first.create_request_id), 36);
    (void)snprintf(first.certificate_id, sizeof first.certificate_id, "lc_invented");
    (void)snprintf(first.documents[0].upload_id, ID_TEXT_MAX, "upl_invented");
    first.documents[0].complete = true;
    assert_ok(journal_save(&first));
    journal_close(&first); /* what a kill does to the lock */

    assert_ok(open_journal(&second, *state));
    assert_true(second.resumed);
    assert_string_equal(second.create_request_id, first.create_request_id);
    assert_string_equal(second.submit_request_id, first.submit_request_id);
    assert_string_equal(second.certificate_id, "lc_invented");
    assert_string_equal(second.documents[0].upload_id, "upl_invented");
    assert_true(second.documents[0].complete);
    assert_string_equal(second.documents[1].request_id, first.documents[1].request_id);
    assert_false(second.documents[1].complete);
    assert_string_equal(second.documents[1].path, "b.jpg");
    journal_close(&second);
}

static void test_request_ids_are_on_disk_at_once(void **state)
{
    struct journal first = plan(1), second = plan(1);
    assert_ok(open_journal(&first, *state));
    journal_close(&first);
    assert_ok(open_journal(&second, *state));
    assert_true(second.resumed);
    assert_string_equal(second.create_request_id, first.create_request_id);
    journal_close(&second);
}

static void test_other_documents_are_another_filing(void **state)
{
    struct journal first = plan(1), second = plan(2), third = plan(1);
    third.route = 2;
    assert_ok(open_journal(&first, *state));
    assert_ok(open_journal(&second, *state));
    assert_ok(open_journal(&third, *state));
    assert_false(second.resumed);
    assert_false(third.resumed);
    journal_close(&first);
    journal_close(&second);
    journal_close(&third);
}

static void test_one_program_at_a_time(void **state)
{
    struct journal first = plan(1), second = plan(1);
    assert_ok(open_journal(&first, *state));
    assert_reason(open_journal(&second, *state), ALREADY_RUNNING);
    journal_close(&second);
    journal_close(&first);
}

static void test_finished_is_forgotten(void **state)
{
    struct journal first = plan(1), second = plan(1);
    assert_ok(open_journal(&first, *state));
    assert_ok(journal_finish(&first));
    journal_close(&first);
    assert_ok(open_journal(&second, *state));
    assert_false(second.resumed);
    assert_string_not_equal(second.create_request_id, first.create_request_id);
    journal_close(&second);
}

static void test_a_damaged_journal_starts_again(void **state)
{
    struct journal first = plan(1), second = plan(1);
    assert_ok(open_journal(&first, *state));
    journal_close(&first);
    FILE *file = fopen(first.path, "w");
    assert_non_null(file);
    assert_true(fputs("{\"create_request_id\": 3", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_ok(open_journal(&second, *state));
    assert_false(second.resumed);
    journal_close(&second);
}

static void test_restart_of_one_document(void **state)
{
    struct journal journal = plan(1), again = plan(1);
    assert_ok(open_journal(&journal, *state));
    char before[UUID_TEXT_BYTES];
    memcpy(before, journal.documents[1].request_id, sizeof before);
    (void)snprintf(journal.documents[1].upload_id, ID_TEXT_MAX, "upl_expired");
    status s = journal_restart_document(&journal, &journal.documents[1], &random_source.source);
    assert_ok(s);
    journal_close(&journal);
    assert_ok(open_journal(&again, *state));
    assert_string_equal(again.documents[1].upload_id, "");
    assert_string_not_equal(again.documents[1].request_id, before);
    assert_string_equal(again.create_request_id, journal.create_request_id);
    journal_close(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_is_version_4),
        cmocka_unit_test_setup_teardown(test_goes_on_where_it_stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_request_ids_are_on_disk_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_documents_are_another_filing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_program_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finished_is_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_journal_starts_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_restart_of_one_document, setup, teardown),
    };
    fake_random_init(&random_source, 7);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
