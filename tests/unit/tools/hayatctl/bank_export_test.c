/*
 * Promise: hayatctl bank export gives the core system every change of account that took effect exactly once, in order, wherever a run
 * before was cut off or killed (HAYAT_EXPORT_KILLS: how often); a file that somebody edited, renamed or made up is told from ours.
 */
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "base/codec.h"
#include "service/receipt.h"
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

/* --- who tampers --- */

static void public_key(char out[2 * RECEIPT_PUBLIC_KEY_BYTES + 1])
{
    struct store_options where = {.state = state_dir, .allow_test_file_systems = 1};
    struct store_paths paths;
    struct seal_keys *keys;
    struct receipt_signer signer;
    assert_true(store_paths_find(&where, &paths));
    assert_ok(keyring_open(paths.master, paths.keyring, false, &keys));
    receipt_signer_init(&signer, keys);
    hex_encode(bytes_of(signer.public_key, sizeof signer.public_key), out);
    receipt_signer_fini(&signer);
    keyring_close(keys);
}

static void path_in(const char *name, char out[256])
{
    (void)snprintf(out, 256, "%s/%s", out_dir, name);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    path_in(name, path);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static bool verifies(const char *name, const char *key)
{
    char path[256];
    path_in(name, path);
    return RUN("bank", "verify", "--key-hex", key, path) == EXIT_FINE;
}

static void an_edited_file_is_found_out(void **state)
{
    (void)state;
    static const char name[] = "bank-changes-000000000004-000000000004.csv";
    char key[2 * RECEIPT_PUBLIC_KEY_BYTES + 1], text[TEXT_BYTES] = "", signature[TEXT_BYTES] = "";
    public_key(key);
    assert_true(verifies(name, key));
    assert_true(read_file(name, text));
    assert_true(read_file("bank-changes-000000000004-000000000004.csv.sig", signature));
    for (size_t i = 0; text[i] != '\0'; i++) { /* the thief's account, among others */
        text[i] ^= 1;
        write_file(name, text);
        assert_false(verifies(name, key));
        text[i] ^= 1;
    }
    write_file(name, text);
    assert_true(verifies(name, key));
    write_file("bank-changes-000000000009-000000000009.csv", text); /* paid twice */
    write_file("bank-changes-000000000009-000000000009.csv.sig", signature);
    assert_false(verifies("bank-changes-000000000009-000000000009.csv", key));
    lose("bank-changes-000000000009-000000000009.csv");
    lose("bank-changes-000000000009-000000000009.csv.sig");
    key[0] = key[0] == '0' ? '1' : '0'; /* another's key */
    assert_false(verifies(name, key));
    assert_int_equal(RUN("bank", "verify", "--key-hex", "12", name), EXIT_USAGE);
}

/* --- who kills --- */

/* A run in a process of its own, killed after so many microseconds, or left alone. */
static void export_and_kill(unsigned after_us)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const char *words[] = {"hayatctl", "bank",    "export",
                               "--state",  state_dir, "--allow-test-file-systems",
                               out_dir,    NULL};
        (void)freopen("/dev/null", "we", stdout);
        _exit((int)command_main(7, words));
    }
    int how = 0;
    (void)usleep(after_us);
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &how, 0), pid);
}

/* How often each change is in the files. */
static void count_changes(unsigned *counts, unsigned most)
{
    char pattern[128], row[256];
    glob_t files = {0};
    (void)snprintf(pattern, sizeof pattern, "%s/bank-changes-*.csv", out_dir);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        FILE *file = fopen(files.gl_pathv[i], "re");
        assert_non_null(file);
        assert_non_null(fgets(row, sizeof row, file));
        assert_string_equal(row, HEAD);
        while (fgets(row, sizeof row, file) != NULL) {
            unsigned long sequence = strtoul(row, NULL, 10);
            assert_true(sequence >= 1 && sequence <= most && row[strlen(row) - 1] == '\n');
            counts[sequence]++;
        }
        (void)fclose(file);
    }
    globfree(&files);
}

enum { KILLS = 40, KILLS_MOST = 100000, LONGEST_US = 12000, TAKEN_AWAY = 4 };

static void killed_runs_leave_every_change_once(void **state)
{
    (void)state;
    const char *wanted = getenv("HAYAT_EXPORT_KILLS");
    unsigned kills = wanted == NULL ? KILLS : (unsigned)strtoul(wanted, NULL, 10);
    unsigned *counts = calloc(KILLS_MOST, sizeof *counts);
    uint64_t dice = 20261128;
    assert_true(counts != NULL && kills < KILLS_MOST - TAKEN_AWAY);
    for (unsigned i = 0; i < kills; i++) {
        take_effect(TAKEN_AWAY + 1 + i);
        dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
        export_and_kill((unsigned)(dice >> 33) % LONGEST_US);
    }
    export_now();
    count_changes(counts, TAKEN_AWAY + kills);
    for (unsigned i = 1; i <= TAKEN_AWAY + kills; i++) {
        assert_int_equal(counts[i],
                         i < TAKEN_AWAY ? 0 : 1); /* the core system has the first ones */
    }
    free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_is_written_once),
        cmocka_unit_test(an_edited_file_is_found_out),
        cmocka_unit_test(killed_runs_leave_every_change_once),
    };
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
