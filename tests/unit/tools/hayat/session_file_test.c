/*
 * Promise: the session survives between two runs, only its owner can read it, and a token too old
 * to arrive in time is not used; the configuration directory is private.
 */
#include "tests/support/cm.h"

#include "scratch.h"
#include "tools/hayat/files.h"
#include "tools/hayat/session_file.h"

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    scratch_free(*state);
    return 0;
}

static const struct session INVENTED = {
    .token = "hyt_invented",
    .expire_ms = 1700000600000,
    .device_path = "/somewhere/device.json",
    .device_id = "dev_invented",
    .server = "127.0.0.1:8443",
    .ca = "/somewhere/ca.crt",
};

static void test_round_trip(void **state)
{
    struct session back;
    assert_reason(session_load(*state, &back), NOT_SIGNED_IN);
    assert_ok(session_save(*state, &INVENTED));
    assert_ok(session_load(*state, &back));
    assert_string_equal(back.token, INVENTED.token);
    assert_int_equal(back.expire_ms, INVENTED.expire_ms);
    assert_string_equal(back.device_path, INVENTED.device_path);
    assert_string_equal(back.device_id, INVENTED.device_id);
    assert_string_equal(back.server, INVENTED.server);
    assert_string_equal(back.ca, INVENTED.ca);
    assert_ok(session_remove(*state));
    assert_reason(session_load(*state, &back), NOT_SIGNED_IN);
    assert_ok(session_remove(*state));
}

static void test_only_the_owner_reads(void **state)
{
    char path[PATH_MAX];
    struct stat st;
    struct session back;
    assert_ok(session_save(*state, &INVENTED));
    assert_ok(path_join(*state, "session.json", path));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0640), 0);
    assert_reason(session_load(*state, &back), FILE_PERMISSIONS);
}

static void test_foreign_content(void **state)
{
    struct session back;
    static const char *const contents[] = {"", "[]", "{\"token\": 5}", "{\"token\": \"x\"", "null"};
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        free(scratch_write(*state, "session.json", contents[i], 0600));
        assert_reason(session_load(*state, &back), NOT_SIGNED_IN);
    }
}

static void test_usable(void **state)
{
    (void)state;
    struct session session = INVENTED;
    assert_true(session_usable(&session, session.expire_ms - 60000));
    assert_false(session_usable(&session, session.expire_ms - 5000));
    assert_false(session_usable(&session, session.expire_ms + 1));
    session.token[0] = '\0';
    assert_false(session_usable(&session, 0));
}

static void test_config_directory(void **state)
{
    char directory[PATH_MAX];
    struct stat st;
    assert_int_equal(setenv("XDG_CONFIG_HOME", *state, 1), 0);
    assert_ok(config_directory(directory));
    assert_int_equal(stat(directory, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(chmod(directory, 0755), 0);
    assert_reason(config_directory(directory), FILE_PERMISSIONS);
    assert_int_equal(rmdir(directory), 0);
}

static void test_replace_leaves_nothing_else(void **state)
{
    char path[PATH_MAX];
    char *text = NULL;
    assert_ok(path_join(*state, "file", path));
    assert_ok(file_replace(path, bytes_str("one")));
    assert_ok(file_replace(path, bytes_str("two")));
    assert_ok(file_read_private(path, &text));
    assert_string_equal(text, "two");
    free(text);
    int entries = 0;
    DIR *open = opendir(*state);
    assert_non_null(open);
    while (readdir(open) != NULL) {
        entries++;
    }
    assert_int_equal(closedir(open), 0);
    assert_int_equal(entries, 3); /* the file, "." and ".." */
    assert_ok(path_join(*state, "missing/file", path));
    assert_reason(file_replace(path, bytes_str("x")), FILE_UNWRITABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_the_owner_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_foreign_content, setup, teardown),
        cmocka_unit_test(test_usable),
        cmocka_unit_test_setup_teardown(test_config_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replace_leaves_nothing_else, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
