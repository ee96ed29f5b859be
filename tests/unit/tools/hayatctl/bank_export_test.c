/*
 * Promise: hayatctl bank export gives the core system every change of account that took effect exactly once, in order, wherever a run
 * before was cut off.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/bank_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tools/hayatctl/command.h"
#include "tools/hayatctl/store_session.h"

enum { TEXT_BYTES = 4096 };

static struct temp_store place; /* only its directory */
static char state_dir[96], out_dir[96];

static enum exit_code run(const char **words)
{
    int count = 0;
    while (words[count] != NULL) {
        count++;
    }
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(kept >= 0 && dup2(null, STDOUT_FILENO) >= 0);
    enum exit_code code = command_main(count, words);
    (void)fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    (void)close(kept);
    (void)close(null);
    return code;
}

#define RUN(...) run((const char *[]){"hayatctl", __VA_ARGS__, NULL})

static status switch_account(void *ctx, struct txn *txn)
{
    const unsigned *number = ctx;
    struct owner owner = owner_of_registration(txn_keys(txn), bytes_str("TEST-EXPORT"));
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    bank_account_row account = HAYAT__STORE__V1__STORED_BANK_ACCOUNT__INIT;
    char rib[32], registration[] = "TEST-EXPORT", holder[] = "Fictif, \"Essai\"";
    uint8_t id[ID_BYTES] = {(uint8_t)*number};
    (void)snprintf(rib, sizeof rib, "9997800000000000000%05u", *number);
    member.registration_number = registration;
    TRY(member_store_put(txn, owner, &member));
    account.account_id = (ProtobufCBinaryData){ID_BYTES, id};
    account.change_id = (ProtobufCBinaryData){ID_BYTES, id};
    account.rib = rib;
    account.holder_name = holder;
    account.active_ms = 1000 + (int64_t)*number;
    return bank_store_switch(txn, owner, &account);
}

static void take_effect(unsigned number)
{
    struct store_options where = {.state = state_dir, .allow_test_file_systems = 1};
    struct store_paths paths;
    struct store_session session = {.db = NULL};
    struct arena arena;
    assert_true(store_paths_find(&where, &paths) && store_session_open(&paths, false, &session));
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    assert_ok(writer_run(session.writer, &arena, switch_account, &number));
    arena_fini(&arena);
    store_session_close(&session);
}

static void export_now(void)
{
    assert_int_equal(
        RUN("bank", "export", "--state", state_dir, "--allow-test-file-systems", out_dir),
        EXIT_FINE);
}

static bool read_file(const char *name, char out[TEXT_BYTES])
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", out_dir, name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    out[fread(out, 1, TEXT_BYTES - 1, file)] = '\0';
    (void)fclose(file);
    return true;
}

static void lose(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", out_dir, name);
    assert_int_equal(unlink(path), 0);
}

#define HEAD "sequence,registration_number,rib,holder_name,active_ms\n"
#define ROW(sequence, number)                                                                      \
    sequence ",TEST-EXPORT,99978000000000000000000" number ",\"Fictif, \"\"Essai\"\"\",100" number \
             "\n"

static void every_change_is_written_once(void **state)
{
    (void)state;
    char text[TEXT_BYTES];
    take_effect(1);
    take_effect(2);
    export_now();
    export_now();
    assert_true(read_file("bank-changes-000000000001-000000000002.csv", text));
    assert_string_equal(text, HEAD ROW("1", "1") ROW("2", "2"));
    assert_false(read_file("bank-changes-000000000003-000000000002.csv",
                           text)); /* the second run had nothing */
    take_effect(3);
    lose("position"); /* a run cut off between its file and its position */
    export_now();
    assert_true(read_file("bank-changes-000000000003-000000000003.csv", text));
    assert_string_equal(text, HEAD ROW("3", "3"));
    lose("bank-changes-000000000001-000000000002.csv"); /* the core system took them away */
    lose("bank-changes-000000000003-000000000003.csv");
    take_effect(4);
    export_now();
    assert_true(read_file("bank-changes-000000000004-000000000004.csv", text));
    assert_string_equal(text, HEAD ROW("4", "4"));
    assert_true(read_file("position", text));
    assert_string_equal(text, "4\n");
    assert_int_equal(RUN("bank", "export", "--state", state_dir), EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_change_is_written_once)};
    temp_store_prepare(&place);
    (void)snprintf(state_dir, sizeof state_dir, "%s/state", place.directory);
    (void)snprintf(out_dir, sizeof out_dir, "%s/out", place.directory);
    if (RUN("keys", "init", "--state", state_dir) != EXIT_FINE) {
        return EXIT_FAILURE;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    temp_store_remove(&place);
    return failed;
}
