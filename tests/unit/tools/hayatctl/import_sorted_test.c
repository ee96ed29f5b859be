/*
 * Promise: a fund's files are taken together, member by member; every row ends accepted, unchanged or refused into its
 * file's quarantine; a claim is taken whole or not at all; a killed import goes on after the last member it committed and
 * does nothing twice; the same files again change nothing; what the civil registry confirms is signed.
 */
#include "tools/hayatctl/import_sorted.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/check.h"
#include "storage/claim_store.h"
#include "storage/failpoint.h"
#include "storage/life_certificate_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tools/hayatctl/demo_generate.h"

enum { MEMBERS = 120, BATCH = 150, SORT_MEMORY = 1024 * 1024 };

struct fixture {
    struct temp_store store;
    struct feed_rules rules;
    struct import_options import;
    struct sorted_options options;
    struct sorted_file files[SORTED_FILES_MAX];
    char paths[SORTED_FILES_MAX][160];
    size_t count;
    char directory[80];
    char text[8192];
};

static void connect_options(struct fixture *f)
{
    f->import.db = f->store.db;
    f->import.writer = f->store.writer;
    f->options.keys = &f->store.keys;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    temp_store_start(&f->store);
    assert_ok(feed_rules_init(&f->rules, &feed_patterns_default, (struct date){2026, 1, 15}));
    f->import = (struct import_options){
        .rules = &f->rules, .clock = &f->store.clock.clock, .quiet = true, .batch_rows = BATCH};
    f->options = (struct sorted_options){
        .import = &f->import, .directory = "/tmp", .memory_bytes = SORT_MEMORY};
    connect_options(f);
    (void)snprintf(f->directory, sizeof(f->directory), "%s/fund", f->store.directory);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    feed_rules_fini(&f->rules);
    temp_store_stop(&f->store);
    free(f);
    return 0;
}

static void add_file(struct fixture *f, enum feed_kind kind)
{
    (void)snprintf(f->paths[f->count], sizeof(f->paths[0]), "%s/%s.csv", f->directory,
                   feed_layout(kind)->name);
    f->files[f->count] = (struct sorted_file){.kind = kind, .path = f->paths[f->count]};
    f->count++;
}

static void add_all_files(struct fixture *f)
{
    f->count = 0;
    for (size_t kind = 0; kind < FEED_KIND_COUNT; kind++) {
        if (!feed_kind_is_common((enum feed_kind)kind)) {
            add_file(f, (enum feed_kind)kind);
        }
    }
}

static struct demo_result generate(struct fixture *f)
{
    struct demo_fund fund = {.seed = 3, .members = MEMBERS, .today = {2026, 1, 15}};
    struct progress progress;
    struct demo_result result;
    progress_init(&progress, &clock_system, "demo", true);
    assert_ok(demo_generate(&fund, f->directory, &progress, &result));
    return result;
}

static status import(struct fixture *f)
{
    for (size_t i = 0; i < f->count; i++) {
        f->files[i].totals = (struct import_totals){0};
        f->files[i].billed_centimes = f->files[i].reimbursed_centimes = 0;
    }
    return import_sorted(&f->options, f->files, f->count);
}

static struct sorted_file *file_of(struct fixture *f, enum feed_kind kind)
{
    size_t at = 0;
    while (f->files[at].kind != kind) {
        at++;
    }
    return &f->files[at];
}

static void expect(struct fixture *f, enum feed_kind kind, uint64_t accepted, uint64_t unchanged,
                   uint64_t refused)
{
    const struct import_totals *totals = &file_of(f, kind)->totals;
    assert_int_equal(totals->accepted, accepted);
    assert_int_equal(totals->unchanged, unchanged);
    assert_int_equal(totals->refused, refused);
    assert_int_equal(totals->rows, accepted + unchanged + refused);
}

static void check_store(struct fixture *f)
{
    static struct db_check_report report;
    assert_ok(db_check(f->store.db, NULL, NULL, &report));
}

static void a_whole_fund_twice(void **state)
{
    struct fixture *f = *state;
    struct demo_result result = generate(f);
    add_all_files(f);
    for (int round = 0; round < 2; round++) {
        assert_ok(import(f));
        for (size_t i = 0; i < f->count; i++) {
            uint64_t rows = result.rows[f->files[i].kind];
            assert_true(rows > 0 || f->files[i].kind == FEED_LIFE_CONFIRMATIONS);
            expect(f, f->files[i].kind, round == 0 ? rows : 0, round == 0 ? 0 : rows, 0);
        }
        assert_true(file_of(f, FEED_CLAIMS)->billed_centimes > 0);
    }
    check_store(f);
}

/* --- small files by hand --- */

static void put_file(struct fixture *f, enum feed_kind kind, const char *rows)
{
    (void)mkdir(f->directory, 0755);
    add_file(f, kind);
    FILE *file = fopen(f->paths[f->count - 1], "w");
    assert_non_null(file);
    const struct feed_layout *layout = feed_layout(kind);
    for (size_t i = 0; i < layout->column_count; i++) {
        (void)fprintf(file, "%s%s", i == 0 ? "" : ",", layout->columns[i]);
    }
    (void)fprintf(file, "\n%s", rows);
    assert_int_equal(fclose(file), 0);
}

#define MEMBER "990000001,A99000001,MGEN,FR,fr,,,2025-05-01\n"
#define HOLDER "990000001,0,HOLDER,Hicham,Bennani,هشام,بناني,1960-01-01,ZZ1,2025-05-01\n"
#define CLAIM(number, state, billed, reimbursed, update)                                           \
    "990000001," number ",0,POST,CNOPS," state                                                     \
    ",2025-03-01,2025-03-01,,2025-03-06,,990000123," billed "," reimbursed                         \
    ",MEMBER,,,,,false,," update "\n"
#define LINE(number, line, billed, reimbursed, ticket)                                             \
    "990000001," number "," line ",2025-03-01,C,C,1000,1,,,,990000124," billed                     \
    ",8000,8000,," reimbursed "," ticket ",0,0,,,,,TNR-2006\n"

static const char *quarantined(struct fixture *f, enum feed_kind kind)
{
    char path[200];
    (void)snprintf(path, sizeof(path), "%s.quarantine.csv", file_of(f, kind)->path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(f->text, 1, sizeof(f->text) - 1, file);
    f->text[len] = '\0';
    assert_int_equal(fclose(file), 0);
    return f->text;
}

static void put_family(struct fixture *f)
{
    put_file(f, FEED_MEMBERS, MEMBER);
    put_file(f, FEED_BENEFICIARIES, HOLDER);
}

/* --- the civil registry --- */

static status read_receipt(void *ctx, struct txn *txn)
{
    Hayat__V1__SignedReceipt **receipt = ctx;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct life_certificate_list list;
    struct owner owner = owner_of_registration(txn_keys(txn), bytes_str("990000001"));
    TRY(life_certificate_store_list(txn, owner, &list));
    assert_int_equal(list.count, 1);
    TRY(life_certificate_store_get(txn, owner, list.rows[0].id, &certificate));
    *receipt = hayat__v1__signed_receipt__unpack(&txn_arena(txn)->allocator,
                                                 certificate->decision_receipt.len,
                                                 certificate->decision_receipt.data);
    return *receipt == NULL ? FAIL(NOT_FOUND) : STATUS_OK;
}

/* SEC-F4: whoever imports it, the member holds a receipt in the fund's name. */
static void what_the_registry_confirms_is_signed(void **state)
{
    struct fixture *f = *state;
    struct receipt_signer signer;
    Hayat__V1__SignedReceipt *receipt;
    Hayat__V1__ReceiptPayload *payload;
    receipt_signer_init(&signer, &f->store.keys);
    const struct receipt_issuer issuer = {&signer, "Caisse Fictive", "صندوق خيالي"};
    f->import.issuer = &issuer;
    put_file(f, FEED_CAMPAIGNS, "2026,2026-01-01,2026-12-31,2027-03-31\n");
    assert_ok(import_file(&f->import, FEED_CAMPAIGNS, f->paths[0], &f->files[0].totals));
    f->count = 0;
    put_family(f);
    put_file(f, FEED_PENSIONS, "990000001,0,P990000001,CIVIL,FR,2020-03-01,2025-05-01\n");
    put_file(f, FEED_LIFE_CONFIRMATIONS,
             "990000001,P990000001,2026-01-14,REG-999-0001,2026-01-15\n");
    assert_ok(import(f));
    expect(f, FEED_LIFE_CONFIRMATIONS, 1, 0, 0);
    assert_ok(temp_store_read(&f->store, read_receipt, &receipt));
    assert_ok(receipt_verify(signer.public_key, receipt, &f->store.arena, &payload));
    assert_string_equal(payload->issuer_fr, "Caisse Fictive");
    assert_string_equal(payload->pension_number, "P990000001");
    assert_string_equal(payload->registry_reference, "REG-999-0001");
    receipt_signer_fini(&signer);
    check_store(f);
}

static void a_claim_is_taken_whole_or_not(void **state)
{
    struct fixture *f = *state;
    put_family(f);
    put_file(f, FEED_CLAIMS,
             CLAIM("F1", "APPROVED", "16000", "12800", "2025-04-01")
                 CLAIM("F2", "APPROVED", "8000", "6400", "2025-04-01") /* a line is wrong */
             CLAIM("F3", "APPROVED", "9000", "6400", "2025-04-01")     /* not the sum */
             CLAIM("F4", "APPROVED", "8000", "6400", "2025-04-01")     /* no lines */
             CLAIM("F6", "APPROVED", "8000", "6400",
                   "2025-04-01") "990000009,F9,0,POST,CNOPS,PAID,2025-03-01,2025-03-01,,2025-03-06,"
                                 ",,1,1,MEMBER,,,,,"
                                 "false,,2025-04-01\n" /* nobody's */
                                 "broken \" row\n");
    put_file(f, FEED_CLAIM_LINES,
             LINE("F1", "2", "8000", "6400", "1600") LINE("F1", "1", "8000", "6400", "1600")
                 LINE("F2", "1", "8000", "6400", "1601") LINE("F3", "1", "8000", "6400", "1600")
                     LINE("F5", "1", "8000", "6400", "1600") /* no claim */
             LINE("F6", "1", "8000", "6400", "1600") LINE("F6", "1", "8000", "6400", "1600"));
    assert_ok(import(f));
    expect(f, FEED_CLAIMS, 1, 0, 6);
    expect(f, FEED_CLAIM_LINES, 2, 0, 5);
    const char *claims = quarantined(f, FEED_CLAIMS);
    assert_non_null(strstr(claims, "COMPANION,,\"990000001,F2"));
    assert_non_null(strstr(claims, "TOTALS,billed_centimes,\"990000001,F3"));
    assert_non_null(strstr(claims, "NO_LINES,,\"990000001,F4"));
    assert_non_null(strstr(claims, "COMPANION,,\"990000001,F6"));
    assert_non_null(strstr(claims, "UNKNOWN_MEMBER,registration_number,\"990000009,F9"));
    assert_non_null(strstr(claims, "NOT_CSV"));
    const char *lines = quarantined(f, FEED_CLAIM_LINES);
    assert_non_null(strstr(lines, "4,SPLIT,billed_centimes,\"990000001,F2"));
    assert_non_null(strstr(lines, "UNKNOWN_CLAIM,claim_number,\"990000001,F5"));
    assert_non_null(strstr(lines, "TWICE,line_number,\"990000001,F6"));
    assert_int_equal(file_of(f, FEED_CLAIMS)->billed_centimes, 16000);
    check_store(f);
}

struct stored {
    struct fixture *f;
    const char *number;
    uint32_t state;
    size_t payments;
    int64_t payment_days;
    uint64_t change;
};

static status read_claim(void *ctx, struct txn *txn)
{
    struct stored *stored = ctx;
    const struct seal_keys *keys = txn_keys(txn);
    struct owner owner = owner_of_registration(keys, bytes_str("990000001"));
    Hayat__Store__V1__StoredClaim *claim;
    TRY(claim_store_get(txn, owner, claim_id_of(keys, owner, bytes_str(stored->number)), &claim));
    stored->state = claim->state;
    stored->payments = claim->n_payments;
    stored->payment_days = claim->payment_days;
    stored->change = claim->change;
    return STATUS_OK;
}

static void payments_may_come_later(void **state)
{
    struct fixture *f = *state;
    put_family(f);
    put_file(f, FEED_CLAIMS, CLAIM("F1", "APPROVED", "8000", "6400", "2025-04-01"));
    put_file(f, FEED_CLAIM_LINES, LINE("F1", "1", "8000", "6400", "1600"));
    assert_ok(import(f));
    f->count = 0;
    put_file(f, FEED_PAYMENTS,
             "990000001,F1,VIR-1,2025-04-10,6400,*** 64,,2025-04-10\n"
             "990000001,F7,VIR-2,2025-04-10,6400,*** 64,,2025-04-10\n");
    assert_ok(import(f));
    expect(f, FEED_PAYMENTS, 1, 0, 1);
    assert_non_null(strstr(quarantined(f, FEED_PAYMENTS), "UNKNOWN_CLAIM"));
    struct stored stored = {.f = f, .number = "F1"};
    assert_ok(temp_store_read(&f->store, read_claim, &stored));
    assert_int_equal(stored.state, 7); /* paid */
    assert_int_equal(stored.payments, 1);
    assert_int_equal(stored.payment_days, date_to_days((struct date){2025, 4, 10}));
    assert_int_equal(stored.change, 2);
    f->count = 0; /* more than is reimbursed */
    put_file(f, FEED_PAYMENTS, "990000001,F1,VIR-3,2025-04-11,1,*** 64,,2025-04-11\n");
    assert_ok(import(f));
    expect(f, FEED_PAYMENTS, 0, 0, 1);
    f->count = 0; /* yesterday's sheet cannot undo today's */
    put_file(f, FEED_CLAIMS, CLAIM("F1", "RECEIVED", "8000", "6400", "2025-04-09"));
    put_file(f, FEED_CLAIM_LINES, LINE("F1", "1", "8000", "6400", "1600"));
    assert_ok(import(f));
    expect(f, FEED_CLAIMS, 0, 0, 1);
    assert_non_null(strstr(quarantined(f, FEED_CLAIMS), "STALE"));
    check_store(f);
}

static void a_stopped_import_goes_on(void **state)
{
    struct fixture *f = *state;
    struct demo_result result = generate(f);
    add_all_files(f);
    f->import.batches_max = 3;
    assert_ok(import(f));
    uint64_t first = file_of(f, FEED_MEMBERS)->totals.rows;
    assert_in_range(first, 1, MEMBERS - 1);
    f->import.batches_max = 0;
    assert_ok(import(f));
    assert_true(file_of(f, FEED_MEMBERS)->totals.resumed_line > 0);
    for (size_t i = 0; i < f->count; i++) {
        expect(f, f->files[i].kind, result.rows[f->files[i].kind], 0, 0); /* of both together */
    }
    check_store(f);
}

#ifdef HAYAT_FAILPOINTS
static void import_and_die(struct fixture *f, const char *place)
{
    temp_store_close(&f->store);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        temp_store_in_child();
        temp_store_open(&f->store);
        connect_options(f);
        failpoint_arm(place);
        (void)import(f);
        _exit(9);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    temp_store_open(&f->store);
    connect_options(f);
}

/* HAYAT_FEED_KILLS=200: the long version. */
static void a_killed_import_does_nothing_twice(void **state)
{
    struct fixture *f = *state;
    const char *wish = getenv("HAYAT_FEED_KILLS");
    unsigned long kills = wish != NULL ? strtoul(wish, NULL, 10) : 8;
    struct demo_result result = generate(f);
    add_all_files(f);
    for (unsigned long n = 0; n < kills; n++) {
        char place[64];
        (void)snprintf(place, sizeof(place), "%s=kill@%lu",
                       n % 2 == 0 ? "commit.before" : "commit.after", 1 + n / 2 % 4);
        import_and_die(f, place);
        check_store(f);
        if (n % 6 == 5) { /* to the end; then it is taken from the beginning again */
            assert_ok(import(f));
            for (size_t i = 0; i < f->count; i++) {
                const struct import_totals *totals = &f->files[i].totals;
                assert_int_equal(totals->rows, result.rows[f->files[i].kind]);
                assert_int_equal(totals->refused, 0);
            }
        }
    }
    assert_ok(import(f));
    for (size_t i = 0; i < f->count; i++) {
        assert_int_equal(f->files[i].totals.rows, result.rows[f->files[i].kind]);
    }
    check_store(f);
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_fund_twice),
        TEST(a_claim_is_taken_whole_or_not),
        TEST(payments_may_come_later),
        TEST(what_the_registry_confirms_is_signed),
        TEST(a_stopped_import_goes_on),
#ifdef HAYAT_FAILPOINTS
        TEST(a_killed_import_does_nothing_twice),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
