/*
 * Promise: whoever is silent after the grace, and about whom the machine asks nobody, is in a list for the fund, with the reason, a page at a time
 * and each once; nobody else is; campaign show counts the same.  A damaged row ends neither: it is counted, and those after it are there.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "service/delivery.h"
#include "service/life_certificate_state.h"
#include "storage/delivery_store.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"
#include "storage/member_store.h"
#include "storage/obligation_store.h"
#include "storage/outbox_store.h"
#include "tests/support/cm.h"
#include "tests/support/kept_store.h"
#include "tools/hayatctl/command.h"

enum { LONG_AGO_DAYS = 18262 /* 2020-01-01 */, YEAR = 2020, TEXT_BYTES = 8192 };

#define PHONE "+212600000000"
#define ADDRESS "1 rue de l'Essai, 99999 Fictif"

/* One way that a reminder went, and what is known of it. */
enum word { NO_WORD, CARRIER, NETWORK };
struct told {
    enum channel channel;
    enum word word;
};

static const struct pensioner {
    const char *phone, *address;
    struct told told[3];
    int64_t left_days, grace_more_days;
    obligation_suspension suspension;
    bool proven, uploads, back;
    const char *expected; /* of its row: what follows the two numbers; NULL: it has none */
} pensioners[] = {
    {PHONE, "", {{CHANNEL_SMS, CARRIER}, {CHANNEL_SMS, CARRIER}}, .expected = "due,one_way,2,sms"},
    {"",
     ADDRESS,
     {{CHANNEL_POST, CARRIER}, {CHANNEL_POST, CARRIER}},
     .expected = "due,one_way,2,post"},
    {"", "", {{CHANNEL_NONE}}, .expected = "due,no_way,0,none"},
    {PHONE,
     ADDRESS,
     {{CHANNEL_SMS, CARRIER}, {CHANNEL_SMS, NO_WORD}},
     .expected = "due,not_arrived,1,sms+post"},
    {PHONE,
     ADDRESS,
     {{CHANNEL_SMS, CARRIER}, {CHANNEL_POST, CARRIER}},
     .uploads = true,
     .expected = "due,upload,2,sms+post"},
    {PHONE,
     ADDRESS,
     {{CHANNEL_SMS, CARRIER}, {CHANNEL_POST, CARRIER}},
     .back = true,
     .expected = "due,not_arrived,2,sms+post"}, /* both of before they were back */
    /* about these somebody is asked, or there is nothing to ask */
    {PHONE, ADDRESS, {{CHANNEL_SMS, CARRIER}, {CHANNEL_POST, CARRIER}}, .expected = NULL},
    {PHONE, "", {{CHANNEL_SMS, NETWORK}, {CHANNEL_SMS, CARRIER}}, .expected = NULL},
    {PHONE, "", {{CHANNEL_SMS, CARRIER}, {CHANNEL_SMS, CARRIER}}, .proven = true},
    {PHONE, "", {{CHANNEL_SMS, CARRIER}, {CHANNEL_SMS, CARRIER}}, .left_days = LONG_AGO_DAYS + 1},
    {PHONE,
     "",
     {{CHANNEL_SMS, CARRIER}, {CHANNEL_SMS, CARRIER}},
     .suspension = SUSPENSION(PROPOSED)},
    {PHONE, "", {{CHANNEL_SMS, CARRIER}, {CHANNEL_SMS, CARRIER}}, .grace_more_days = 100000},
};
enum { PENSIONERS = sizeof pensioners / sizeof pensioners[0], UNASKED = 6 };

static struct kept_store s;

/* --- what is on file --- */

static char *text(struct txn *txn, const char *format, uint32_t number)
{
    return arena_printf(txn_arena(txn), "%s%" PRIu32, format, number);
}

static status put_member(struct txn *txn, uint32_t number, const struct pensioner *p)
{
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.registration_number = text(txn, "99000", number);
    member.phone_number = arena_str(txn_arena(txn), bytes_str(p->phone));
    member.address = arena_str(txn_arena(txn), bytes_str(p->address));
    member.left_ms = p->left_days * 24 * 3600 * 1000;
    member.return_steady_ms = p->back ? 1 : 0;
    return member_store_put(txn, kept_owner(number), &member);
}

static status put_certificate(struct txn *txn, uint32_t number)
{
    struct id id = kept_id(number);
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    certificate.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    certificate.year = YEAR;
    certificate.state = CERTIFICATE(ACCEPTED);
    return life_certificate_store_put(txn, kept_owner(number), &certificate);
}

static status put_upload(struct txn *txn, uint32_t number)
{
    struct id id = kept_id(number);
    Hayat__Store__V1__StoredDocument upload = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    upload.document_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    upload.life_certificate_id = upload.document_id;
    upload.state = HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_OPEN;
    upload.expire_ms = INT64_MAX;
    return document_store_put(txn, kept_owner(number), &upload);
}

static status put_delivery(struct txn *txn, uint32_t number, uint64_t sequence,
                           const struct told *told)
{
    Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
    delivery.queue = told->channel == CHANNEL_SMS ? OUTBOX_SMS : OUTBOX_POST;
    delivery.outcome = HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED;
    delivery.settle_ms = 1;
    delivery.report_ms = told->word == NETWORK ? 1 : 0;
    return delivery_store_put(txn, kept_owner(number), sequence, &delivery);
}

static status put_pensioner(void *ctx, struct txn *txn)
{
    const uint32_t number = *(const uint32_t *)ctx;
    const struct pensioner *p = &pensioners[number - 1];
    struct id id = kept_id(number);
    obligation_row row = HAYAT__STORE__V1__STORED_OBLIGATION__INIT;
    Hayat__Store__V1__StoredReminder reminders[3], *list[3];
    row.obligation_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.year = YEAR;
    row.pension_seq = 1;
    row.pension_number = text(txn, "P-999-", number);
    row.due_days = LONG_AGO_DAYS;
    row.grace_end_days = LONG_AGO_DAYS + p->grace_more_days;
    row.create_ms = TEMP_STORE_WALL_MS;
    row.suspension = p->suspension;
    row.state = p->proven ? OBLIGATION(ACCEPTED) : OBLIGATION(DUE);
    row.reminders = list;
    for (; p->told[row.n_reminders].channel != CHANNEL_NONE; row.n_reminders++) {
        const struct told *told = &p->told[row.n_reminders];
        Hayat__Store__V1__StoredReminder *reminder = &reminders[row.n_reminders];
        hayat__store__v1__stored_reminder__init(reminder);
        reminder->offset_days = (int32_t)row.n_reminders;
        reminder->channel = told->channel;
        reminder->outbox_sequence = number * 10 + row.n_reminders;
        if (told->word != NO_WORD) {
            reminder->outcome = HAYAT__STORE__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_DELIVERED;
            TRY(put_delivery(txn, number, reminder->outbox_sequence, told));
        }
        list[row.n_reminders] = reminder;
    }
    TRY(put_member(txn, number, p));
    TRY(p->uploads ? put_upload(txn, number) : STATUS_OK);
    TRY(p->proven ? put_certificate(txn, number) : STATUS_OK);
    return obligation_store_put(txn, kept_owner(number), &row);
}

static int setup(void **state)
{
    (void)state;
    kept_store_start(&s);
    for (uint32_t number = 1; number <= PENSIONERS; number++) {
        assert_ok(kept_write(&s, put_pensioner, &number));
    }
    kept_store_close(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kept_store_open(&s);
    kept_store_stop(&s);
    return 0;
}

/* --- what is said --- */

struct said {
    char out[TEXT_BYTES], err[TEXT_BYTES];
    enum exit_code code;
};

static int caught(int stream, int *ret_before)
{
    char path[] = "/tmp/hayat-campaign-XXXXXX";
    int file = mkstemp(path);
    *ret_before = dup(stream);
    assert_true(file >= 0 && *ret_before >= 0);
    assert_int_equal(unlink(path), 0);
    assert_true(dup2(file, stream) >= 0);
    return file;
}

static void let_go(int stream, int file, int before, char text_out[TEXT_BYTES])
{
    assert_true(dup2(before, stream) >= 0);
    (void)close(before);
    ssize_t len = pread(file, text_out, TEXT_BYTES - 1, 0);
    (void)close(file);
    assert_true(len >= 0);
    text_out[len] = '\0';
}

static struct said run(const char *const *words)
{
    const char *all[20] = {"hayatctl"};
    struct said said;
    int count = 1, out_before, err_before;
    for (; words[count - 1] != NULL; count++) {
        all[count] = words[count - 1];
    }
    (void)fflush(stdout);
    int out = caught(STDOUT_FILENO, &out_before), err = caught(STDERR_FILENO, &err_before);
    said.code = command_main(count, all);
    (void)fflush(stdout);
    let_go(STDOUT_FILENO, out, out_before, said.out);
    let_go(STDERR_FILENO, err, err_before, said.err);
    return said;
}

#define STORE                                                                                      \
    "--db", s.place.db_directory, "--master", s.master, "--keyring", s.keyring,                    \
        "--allow-test-file-systems"
#define RUN(...) run((const char *const[]){"campaign", __VA_ARGS__, STORE, NULL})

static bool has_row(const struct said *said, uint32_t number)
{
    char row[128];
    const char *expected = pensioners[number - 1].expected;
    (void)snprintf(row, sizeof row, "\n99000%" PRIu32 ",P-999-%" PRIu32 ",%s%s", number, number,
                   expected == NULL ? "" : expected, expected == NULL ? "" : "\n");
    return strstr(said->out, row) != NULL;
}

static size_t count_lines(const char *text_in)
{
    size_t count = 0;
    for (; *text_in != '\0'; text_in++) {
        count += *text_in == '\n' ? 1 : 0;
    }
    return count;
}

static void test_each_is_listed_with_its_reason(void **state)
{
    (void)state;
    struct said said = RUN("unasked", "2020");
    assert_int_equal(said.code, EXIT_FINE);
    assert_int_equal(count_lines(said.out), 1 + UNASKED);
    for (uint32_t number = 1; number <= PENSIONERS; number++) {
        assert_int_equal(has_row(&said, number), pensioners[number - 1].expected != NULL);
    }
    assert_non_null(strstr(said.err, "6 listed\n"));
    assert_null(strstr(said.err, "--after"));
    said = RUN("unasked", "2021");
    assert_int_equal(count_lines(said.out), 1);
}

static void test_pages_miss_nobody(void **state)
{
    (void)state;
    char place[2 * LIMIT_KEY_BYTES + 1] = "";
    int seen[PENSIONERS] = {0}, pages = 0;
    do {
        struct said said = RUN("unasked", "2020", "--limit", "3", "--after", place);
        assert_int_equal(said.code, EXIT_FINE);
        for (uint32_t number = 1; number <= PENSIONERS; number++) {
            seen[number - 1] += has_row(&said, number) ? 1 : 0;
        }
        const char *more = strstr(said.err, "--after ");
        int fields = more == NULL ? 0 : sscanf(more, "--after %80[0-9a-f]", place);
        place[0] = fields == 1 ? place[0] : '\0';
        pages++;
    } while (place[0] != '\0' && pages < PENSIONERS);
    assert_int_equal(pages, 2);
    for (size_t i = 0; i < PENSIONERS; i++) {
        assert_int_equal(seen[i], pensioners[i].expected != NULL ? 1 : 0);
    }
    assert_int_equal(RUN("unasked", "2020", "--after", "00").code, EXIT_USAGE);
    assert_int_equal(RUN("unasked", "2020", "--limit", "0").code, EXIT_USAGE);
}

static void test_show_counts_the_same(void **state)
{
    (void)state;
    struct said said = RUN("show", "2020");
    assert_int_equal(said.code, EXIT_FINE);
    assert_non_null(strstr(said.out, "campaign 2020: 12 obligations of "));
    assert_non_null(
        strstr(said.out, "\n  one_way                       2  silent, and not proposed: "));
    assert_non_null(
        strstr(said.out, "\n  no_way                        1  silent, and not proposed: "));
    assert_non_null(
        strstr(said.out, "\n  not_arrived                   2  silent, and not proposed: "));
    assert_non_null(
        strstr(said.out, "\n  upload                        1  silent, and not proposed: "));
}

/* An obligation, and what another is judged by. */
static void damage_two(void)
{
    struct key member = key_owner(kept_owner(2));
    struct key obligation = key_u32(key_u32(key_owner(kept_owner(1)), YEAR), 1);
    kept_store_open(&s);
    temp_store_damage(s.db, TABLE_obligation, obligation, 31);
    temp_store_damage(s.db, TABLE_member, member, 31);
    kept_store_close(&s);
}

static void test_a_damaged_row_ends_nothing(void **state)
{
    (void)state;
    damage_two();
    struct said said = RUN("unasked", "2020");
    assert_int_equal(said.code, EXIT_FINE);
    assert_int_equal(count_lines(said.out), 1 + UNASKED - 2);
    for (uint32_t number = 1; number <= PENSIONERS; number++) {
        assert_int_equal(has_row(&said, number),
                         number > 2 && pensioners[number - 1].expected != NULL);
    }
    assert_non_null(strstr(said.err, "4 listed\n"));
    assert_non_null(strstr(said.err, "2 damaged records were passed over"));
    said = RUN("show", "2020");
    assert_int_equal(said.code, EXIT_FINE);
    assert_non_null(strstr(said.out, "campaign 2020: 10 obligations of "));
    assert_non_null(strstr(said.out, "2 damaged records were passed over"));
    assert_non_null(
        strstr(said.out, "\n  no_way                        1  silent, and not proposed: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_is_listed_with_its_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_miss_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_show_counts_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_row_ends_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
