/*
 * Promise: every row of an import ends accepted, unchanged or refused into the quarantine, and the
 * numbers add up; a killed import goes on where it was and does nothing twice; the same file again
 * changes nothing; an older file cannot undo a newer one.
 */
#include "tools/hayatctl/import.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/card_message.h"
#include "storage/card_store.h"
#include "storage/failpoint.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tools/hayatctl/demo_generate.h"

#define MEMBERS_HEADER                                                                             \
    "registration_number,affiliation_number,mutuelle_code,country_code,language,phone_number,"     \
    "address,update_date\n"
#define BENEFICIARIES_HEADER                                                                       \
    "registration_number,seq,relationship,given_name,family_name,given_name_ar,family_name_ar,"    \
    "birth_date,cine_number,update_date\n"
#define CARDS_HEADER "registration_number,seq,issue_date,state,photo_file,update_date\n"
#define MEMBER_1 "990000001,A99000001,MGEN,FR,fr,,\"12, rue de l'Exemple\",2025-05-01\n"
#define MEMBER_2 "990000002,A99000002,MGEN,MA,ar,,,2025-05-01\n"
#define HOLDER_1 "990000001,0,HOLDER,Hicham,Bennani,هشام,بناني,1960-01-01,ZZ1,2025-05-01\n"

struct fixture {
    struct temp_store store;
    struct feed_rules rules;
    struct import_options options;
    struct import_totals totals;
    char path[100];
    char text[4096]; /* of the quarantine file */
};

static void connect_options(struct fixture *f)
{
    f->options.db = f->store.db;
    f->options.writer = f->store.writer;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    temp_store_start(&f->store);
    assert_ok(feed_rules_init(&f->rules, &feed_patterns_default, (struct date){2026, 1, 15}));
    f->options = (struct import_options){
        .rules = &f->rules, .clock = &f->store.clock.clock, .quiet = true};
    connect_options(f);
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

static void write_bytes(struct fixture *f, const char *name, const void *content, size_t len)
{
    (void)snprintf(f->path, sizeof(f->path), "%s/%s", f->store.directory, name);
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static status import_text(struct fixture *f, enum feed_kind kind, const char *content)
{
    write_bytes(f, "feed.csv", content, strlen(content));
    return import_file(&f->options, kind, f->path, &f->totals);
}

static void expect_totals(const struct fixture *f, uint64_t accepted, uint64_t unchanged,
                          uint64_t refused)
{
    assert_int_equal(f->totals.accepted, accepted);
    assert_int_equal(f->totals.unchanged, unchanged);
    assert_int_equal(f->totals.refused, refused);
    assert_int_equal(f->totals.rows, accepted + unchanged + refused);
    assert_true(f->totals.done);
}

/* The quarantine's text; "" when there is none. */
static const char *quarantine(struct fixture *f)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s.quarantine.csv", f->path);
    f->text[0] = '\0';
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        struct stat info;
        assert_int_equal(fstat(fileno(file), &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
        f->text[fread(f->text, 1, sizeof(f->text) - 1, file)] = '\0';
        assert_int_equal(fclose(file), 0);
    }
    return f->text;
}

static void test_members_come_in_and_the_same_again_is_unchanged(void **state)
{
    struct fixture *f = *state;
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1 MEMBER_2));
    expect_totals(f, 2, 0, 0);
    assert_string_equal(quarantine(f), "");
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1 MEMBER_2));
    expect_totals(f, 0, 2, 0);
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_2 MEMBER_1 MEMBER_2));
    expect_totals(f, 0, 3, 0);
}

static void test_refused_rows_are_quarantined_whole(void **state)
{
    struct fixture *f = *state;
    const char content[] = MEMBERS_HEADER MEMBER_1
        "990000003,A99000003,MGEN,MA\n"
        "990000004,A99000004,MGEN,MA,fr,,\"say \"\"hi\"\"\tthere\",2025-05-01\n"
        "\"990000005,open\n" MEMBER_2 "990000006,A99000006,MGEN,MA,fr,,bad \xff,2025-05-01\r\n"
        "990000007,A99000007,MGEN,MA,fr,,nul \0,2025-05-01\n";
    write_bytes(f, "feed.csv", content, sizeof(content) - 1);
    assert_ok(import_file(&f->options, FEED_MEMBERS, f->path, &f->totals));
    expect_totals(f, 2, 0, 5);
    static const char expected[] =
        "line,reason,column,row\n"
        "3,COLUMN_COUNT,,\"990000003,A99000003,MGEN,MA\"\n"
        "4,NOT_TEXT,address,\"990000004,A99000004,MGEN,MA,fr,,\"\"say "
        "\"\"\"\"hi\"\"\"\"\tthere\"\",2025-05-01\"\n"
        "5,NOT_CSV,,\"\"\"990000005,open\"\n"
        "7,NOT_TEXT,address,\"990000006,A99000006,MGEN,MA,fr,,bad \xff,2025-05-01\"\n"
        "8,NOT_TEXT,address,\"990000007,A99000007,MGEN,MA,fr,,nul \0,2025-05-01\"\n";
    (void)quarantine(f);
    assert_memory_equal(f->text, expected, sizeof(expected));
    assert_ok(import_file(&f->options, FEED_MEMBERS, f->path, &f->totals)); /* again: not doubled */
    expect_totals(f, 0, 2, 5);
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1)); /* mended: the old one goes */
    assert_string_equal(quarantine(f), "");
}

static void test_a_wrong_header_refuses_the_file(void **state)
{
    struct fixture *f = *state;
    assert_reason(import_text(f, FEED_MEMBERS, "a,b\n" MEMBER_1), IMPORT_REFUSED);
    assert_non_null(strstr(f->totals.failure, "line 1 must be the header registration_number,"));
    assert_reason(import_text(f, FEED_MEMBERS, ""), IMPORT_REFUSED);
    assert_reason(import_text(f, FEED_MEMBERS, MEMBER_1), IMPORT_REFUSED);
    assert_reason(import_text(f, FEED_CARDS, MEMBERS_HEADER MEMBER_1), IMPORT_REFUSED);
    assert_reason(import_file(&f->options, FEED_MEMBERS, "/nonexistent/members.csv", &f->totals),
                  FILE_UNREADABLE);
}

static void test_crlf_and_no_last_line_end(void **state)
{
    struct fixture *f = *state;
    assert_ok(import_text(
        f, FEED_CAMPAIGNS,
        "year,open_date,due_date,grace_end_date\r\n2026,2026-01-01,2026-12-31,2027-03-31\r\n"
        "2027,2027-01-01,2027-12-31,2028-03-31"));
    expect_totals(f, 2, 0, 0);
}

static void test_what_rows_refer_to_must_be_there(void **state)
{
    struct fixture *f = *state;
    assert_ok(import_text(f, FEED_BENEFICIARIES, BENEFICIARIES_HEADER HOLDER_1));
    expect_totals(f, 0, 0, 1);
    assert_non_null(strstr(quarantine(f), "2,UNKNOWN_MEMBER,registration_number,"));
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1));
    assert_ok(
        import_text(f, FEED_CARDS, CARDS_HEADER "990000001,0,2024-01-01,ACTIVE,,2025-05-01\n"));
    assert_non_null(strstr(quarantine(f), "2,UNKNOWN_BENEFICIARY,seq,"));
    assert_ok(import_text(f, FEED_BENEFICIARIES, BENEFICIARIES_HEADER HOLDER_1));
    expect_totals(f, 1, 0, 0);
    assert_ok(
        import_text(f, FEED_CARDS, CARDS_HEADER "990000001,0,2024-01-01,ACTIVE,,2025-05-01\n"));
    expect_totals(f, 1, 0, 0);
}

struct look {
    struct owner owner;
    Hayat__Store__V1__StoredMember *member;
    Hayat__Store__V1__StoredCard *card;
    Hayat__Store__V1__StoredPhoto *photo;
};

static status look_at_member(void *ctx, struct txn *txn)
{
    struct look *look = ctx;
    return member_store_get(txn, look->owner, &look->member);
}

static status look_at_card(void *ctx, struct txn *txn)
{
    struct look *look = ctx;
    TRY(card_store_get(txn, look->owner, 0, &look->card));
    return look->card->has_photo ? card_store_get_photo(txn, look->owner, 0, &look->photo)
                                 : STATUS_OK;
}

static struct look look_with(struct fixture *f, txn_body *body)
{
    struct look look = {.owner = owner_of_registration(&f->store.keys, bytes_str("990000001"))};
    assert_ok(temp_store_read(&f->store, body, &look));
    return look;
}

static void test_updates_count_up_addresses_and_never_go_back(void **state)
{
    struct fixture *f = *state;
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1));
    assert_int_equal(look_with(f, look_at_member).member->address_version, 1);
    assert_ok(import_text(f, FEED_MEMBERS,
                          MEMBERS_HEADER
                          "990000001,A99000001,MGEN,BE,fr,,\"12, rue de l'Exemple\",2025-06-01\n"));
    expect_totals(f, 1, 0, 0);
    assert_int_equal(look_with(f, look_at_member).member->address_version, 1);
    assert_ok(import_text(f, FEED_MEMBERS,
                          MEMBERS_HEADER
                          "990000001,A99000001,MGEN,BE,fr,,\"1, rue de l'Essai\",2025-06-02\n"));
    assert_int_equal(look_with(f, look_at_member).member->address_version, 2);
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1));
    expect_totals(f, 0, 0, 1);
    assert_non_null(strstr(quarantine(f), "2,STALE,update_date,"));
    assert_string_equal(look_with(f, look_at_member).member->country_code, "BE");
}

#define PNG_HEAD "\x89PNG\r\n\x1a\n"

static void import_holder(struct fixture *f)
{
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1));
    assert_ok(import_text(f, FEED_BENEFICIARIES, BENEFICIARIES_HEADER HOLDER_1));
}

static void test_photos_come_with_cards(void **state)
{
    struct fixture *f = *state;
    import_holder(f);
    write_bytes(f, "a.png", PNG_HEAD "one", 11);
    write_bytes(f, "b.jpg", "\xff\xd8\xff\xe0two", 7);
    assert_ok(import_text(f, FEED_CARDS,
                          CARDS_HEADER "990000001,0,2024-01-01,ACTIVE,a.png,2025-05-01\n"));
    struct look first = look_with(f, look_at_card);
    assert_string_equal(first.photo->media_type, "image/png");
    assert_int_equal(first.photo->data.len, 11);
    assert_ok(import_text(f, FEED_CARDS,
                          CARDS_HEADER "990000001,0,2024-01-01,ACTIVE,b.jpg,2025-05-01\n"));
    expect_totals(f, 1, 0, 0);
    struct look second = look_with(f, look_at_card);
    assert_string_equal(second.photo->media_type, "image/jpeg");
    assert_memory_equal(first.card->card_id.data, second.card->card_id.data, 16); /* ids stay */
    assert_ok(
        import_text(f, FEED_CARDS, CARDS_HEADER "990000001,0,2024-01-01,SUSPENDED,,2025-05-02\n"));
    assert_string_equal(look_with(f, look_at_card).photo->media_type, "image/jpeg"); /* kept */
}

static void test_photos_stay_inside_and_are_images(void **state)
{
    static const char *const refused[] = {"missing.png", "../a.png",  "/etc/passwd", "sub/../a.png",
                                          "./a.png",     "text.png",  "empty.png",   "link.png",
                                          "large.png",   "sub",       "//a.png",     "sub/",
                                          "fifo.png",    "away/a.png"};
    struct fixture *f = *state;
    char path[128];
    import_holder(f);
    write_bytes(f, "text.png", "text", 4);
    write_bytes(f, "empty.png", "", 0);
    write_bytes(f, "a.png", PNG_HEAD, 8);
    char *large = calloc(1, 256 * 1024 + 1);
    assert_non_null(large);
    memcpy(large, PNG_HEAD, 8);
    write_bytes(f, "large.png", large, 256 * 1024 + 1);
    free(large);
    (void)snprintf(path, sizeof(path), "%s/link.png", f->store.directory);
    assert_int_equal(symlink("a.png", path), 0);
    (void)snprintf(path, sizeof(path), "%s/fifo.png", f->store.directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    (void)snprintf(path, sizeof(path), "%s/sub", f->store.directory);
    assert_int_equal(mkdir(path, 0700), 0);
    write_bytes(f, "sub/in.png", PNG_HEAD, 8);
    (void)snprintf(path, sizeof(path), "%s/away",
                   f->store.directory); /* a feed that was unpacked */
    assert_int_equal(symlink(f->store.directory, path), 0);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        char content[256];
        (void)snprintf(content, sizeof(content),
                       CARDS_HEADER "990000001,0,2024-01-01,ACTIVE,%s,2025-05-01\n", refused[i]);
        assert_ok(import_text(f, FEED_CARDS, content));
        expect_totals(f, 0, 0, 1);
        assert_non_null(strstr(quarantine(f), "2,PHOTO,photo_file,"));
    }
    assert_ok(import_text(f, FEED_CARDS,
                          CARDS_HEADER "990000001,0,2024-01-01,ACTIVE,sub/in.png,2025-05-01\n"));
    expect_totals(f, 1, 0, 0);
}

/* --- cards' views --- */

struct view {
    struct owner owner;
    uint32_t seq;
    Hayat__V1__Card *card; /* the view's */
};

/* The view is, byte for byte, the card made of the three records. */
static status look_at_view(void *ctx, struct txn *txn)
{
    struct view *view = ctx;
    Hayat__Store__V1__StoredCard *stored;
    Hayat__V1__Card *built;
    uint8_t packed[1024];
    TRY(card_store_get(txn, view->owner, view->seq, &stored));
    struct card_row row = {view->seq, stored};
    TRY(card_message_read(txn, view->owner, &row, &built));
    assert_true(protobuf_c_message_get_packed_size(&built->base) <= sizeof packed);
    size_t len = protobuf_c_message_pack(&built->base, packed);
    assert_int_equal(stored->view.len, len);
    assert_memory_equal(stored->view.data, packed, len);
    view->card = hayat__v1__card__unpack(NULL, len, stored->view.data);
    assert_non_null(view->card);
    return STATUS_OK;
}

static void expect_view(struct fixture *f, uint32_t seq, const char *affiliation, const char *name)
{
    struct view view = {owner_of_registration(&f->store.keys, bytes_str("990000001")), seq, NULL};
    assert_ok(temp_store_read(&f->store, look_at_view, &view));
    assert_string_equal(view.card->affiliation_number, affiliation);
    assert_string_equal(view.card->beneficiary->name->given_name, name);
    hayat__v1__card__free_unpacked(view.card, NULL);
}

#define SPOUSE_1 "990000001,1,SPOUSE,Salma,Bennani,سلمى,بناني,1962-01-01,ZZ2,2025-05-01\n"
#define NEW_NAME_1 "990000001,1,SPOUSE,Samia,Bennani,سامية,بناني,1962-01-01,ZZ2,2025-06-01\n"
#define NEW_NUMBER_1 "990000001,A99000777,MGEN,FR,fr,,\"12, rue de l'Exemple\",2025-06-01\n"
#define NEW_DATE_1 "990000001,A99000777,MGEN,FR,fr,,\"12, rue de l'Exemple\",2025-07-01\n"
#define CARDS_1                                                                                    \
    "990000001,0,2024-01-01,ACTIVE,,2025-05-01\n990000001,1,2024-01-01,ACTIVE,,2025-05-01\n"

static void test_views_follow_what_they_show(void **state)
{
    struct fixture *f = *state;
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1));
    assert_ok(import_text(f, FEED_BENEFICIARIES, BENEFICIARIES_HEADER HOLDER_1 SPOUSE_1));
    assert_ok(import_text(f, FEED_CARDS, CARDS_HEADER CARDS_1));
    expect_view(f, 0, "A99000001", "Hicham");
    expect_view(f, 1, "A99000001", "Salma");
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER NEW_NUMBER_1));
    expect_view(f, 0, "A99000777", "Hicham");
    expect_view(f, 1, "A99000777", "Salma");
    assert_ok(import_text(f, FEED_BENEFICIARIES, BENEFICIARIES_HEADER HOLDER_1 NEW_NAME_1));
    expect_totals(f, 1, 1, 0);
    expect_view(f, 0, "A99000777", "Hicham");
    expect_view(f, 1, "A99000777", "Samia");
    assert_ok(import_text(f, FEED_CARDS, CARDS_HEADER CARDS_1));
    expect_totals(f, 0, 2, 0); /* the view is not what a row says */
    assert_ok(
        import_text(f, FEED_CARDS, CARDS_HEADER "990000001,1,2024-01-01,SUSPENDED,,2025-06-01\n"));
    expect_view(f, 1, "A99000777", "Samia");
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER NEW_DATE_1));
    expect_totals(f, 1, 0, 0);
    expect_view(f, 1, "A99000777", "Samia");
}

/* Rows that change many views are more commits than one. */
static void test_many_views_are_many_commits(void **state)
{
    struct fixture *f = *state;
    f->options.batch_views = 1;
    for (int round = 0; round < 2; round++) {
        assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1 MEMBER_2));
        assert_ok(import_text(f, FEED_BENEFICIARIES, BENEFICIARIES_HEADER HOLDER_1 SPOUSE_1));
        assert_ok(import_text(f, FEED_CARDS, CARDS_HEADER CARDS_1));
        expect_totals(f, round == 0 ? 2 : 0, round == 0 ? 0 : 2, 0);
    }
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER NEW_NUMBER_1 MEMBER_2));
    expect_totals(f, 1, 1, 0);
    expect_view(f, 1, "A99000777", "Salma");
}

/* --- killed imports --- */

enum { MANY = 35, BATCH = 10, BAD_EVERY = 7 };

/* MANY members, each seventh without a country. */
static void write_many(struct fixture *f)
{
    char content[16384] = MEMBERS_HEADER;
    size_t used = strlen(content);
    for (uint32_t i = 0; i < MANY; i++) {
        used += (size_t)snprintf(content + used, sizeof(content) - used,
                                 "%09u,A99%06u,MGEN,%s,fr,,,2025-05-01\n", 990000001 + i, i,
                                 i % BAD_EVERY == 0 ? "" : "MA");
    }
    assert_true(used < sizeof(content));
    write_bytes(f, "feed.csv", content, used);
}

static uint64_t quarantined_lines(struct fixture *f)
{
    uint64_t lines = 0;
    for (const char *c = quarantine(f); *c != '\0'; c++) {
        lines += *c == '\n' ? 1 : 0;
    }
    return lines;
}

enum { BAD = (MANY + BAD_EVERY - 1) / BAD_EVERY };

static void test_a_stopped_import_goes_on(void **state)
{
    struct fixture *f = *state;
    write_many(f);
    f->options.batch_rows = BATCH;
    f->options.batches_max = 1;
    for (uint64_t rows = BATCH; rows < MANY; rows += BATCH) {
        assert_ok(import_file(&f->options, FEED_MEMBERS, f->path, &f->totals));
        assert_int_equal(f->totals.rows, rows);
        assert_int_equal(f->totals.resumed_line, rows == BATCH ? 0 : rows - BATCH + 2);
        assert_false(f->totals.done);
        temp_store_restart(&f->store);
        connect_options(f);
    }
    assert_ok(import_file(&f->options, FEED_MEMBERS, f->path, &f->totals));
    expect_totals(f, MANY - BAD, 0, BAD);
    assert_int_equal(quarantined_lines(f), 1 + BAD);
}

static void test_another_file_does_not_go_on_from_the_first(void **state)
{
    struct fixture *f = *state;
    write_many(f);
    f->options.batch_rows = BATCH;
    f->options.batches_max = 2;
    assert_ok(import_file(&f->options, FEED_MEMBERS, f->path, &f->totals));
    f->options.batches_max = 0;
    assert_ok(import_text(f, FEED_MEMBERS, MEMBERS_HEADER MEMBER_1));
    assert_int_equal(f->totals.resumed_line, 0);
    expect_totals(f, 1, 0, 0);
}

#ifdef HAYAT_FAILPOINTS
/* A child imports until the fail point kills it. */
static void import_and_die(struct fixture *f, const char *where)
{
    temp_store_close(&f->store);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        temp_store_in_child();
        failpoint_arm(where);
        temp_store_open(&f->store);
        connect_options(f);
        (void)import_file(&f->options, FEED_MEMBERS, f->path, &f->totals);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    temp_store_open(&f->store);
    connect_options(f);
}

static void test_a_killed_import_does_nothing_twice(void **state)
{
    static const char *const places[] = {
        "run.after=kill@1",     /* the first batch's quarantine is on disk, its rows are not */
        "commit.before=kill@3", /* in the middle */
        "commit.after=kill@3", "commit.after=kill@4", /* after the last batch */
    };
    struct fixture *f = *state;
    f->options.batch_rows = BATCH;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        temp_store_stop(&f->store);
        temp_store_start(&f->store);
        connect_options(f);
        write_many(f);
        import_and_die(f, places[i]);
        assert_ok(import_file(&f->options, FEED_MEMBERS, f->path, &f->totals));
        if (strcmp(places[i], "commit.after=kill@4") == 0) {
            expect_totals(f, 0, MANY - BAD, BAD); /* it was done: taken again from the beginning */
        } else {
            expect_totals(f, MANY - BAD, 0, BAD);
        }
        assert_int_equal(quarantined_lines(f), 1 + BAD);
    }
}
#endif

static void test_a_whole_fund(void **state)
{
    struct fixture *f = *state;
    struct demo_fund fund = {.seed = 3, .members = 150, .today = {2026, 1, 15}};
    struct progress progress;
    struct demo_result result;
    char directory[80], path[120];
    progress_init(&progress, &clock_system, "demo", true);
    (void)snprintf(directory, sizeof(directory), "%s/fund", f->store.directory);
    assert_ok(demo_generate(&fund, directory, &progress, &result));
    for (int round = 0; round < 2; round++) {
        for (size_t kind = 0; kind < FEED_KIND_COUNT; kind++) {
            if (feed_kind_is_part((enum feed_kind)kind)) {
                continue; /* import_sorted_test */
            }
            (void)snprintf(path, sizeof(path), "%s/%s.csv", directory,
                           feed_layout((enum feed_kind)kind)->name);
            assert_ok(import_file(&f->options, (enum feed_kind)kind, path, &f->totals));
            expect_totals(f, round == 0 ? f->totals.rows : 0, round == 0 ? 0 : f->totals.rows, 0);
            assert_true(f->totals.rows > 0 || kind == FEED_LIFE_CONFIRMATIONS);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_members_come_in_and_the_same_again_is_unchanged),
        TEST(test_refused_rows_are_quarantined_whole),
        TEST(test_a_wrong_header_refuses_the_file),
        TEST(test_crlf_and_no_last_line_end),
        TEST(test_what_rows_refer_to_must_be_there),
        TEST(test_updates_count_up_addresses_and_never_go_back),
        TEST(test_photos_come_with_cards),
        TEST(test_photos_stay_inside_and_are_images),
        TEST(test_views_follow_what_they_show),
        TEST(test_many_views_are_many_commits),
        TEST(test_a_stopped_import_goes_on),
        TEST(test_another_file_does_not_go_on_from_the_first),
#ifdef HAYAT_FAILPOINTS
        TEST(test_a_killed_import_does_nothing_twice),
#endif
        TEST(test_a_whole_fund),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
