/*
 * A spooled message is there whole or not at all and once, however often it comes: by its file, or by the index when the printer took the file; a
 * torn index line is closed; a record tells what was carried already; answers of a gateway are believed only when they are Kannel's.
 */
#include "outbound/spool.h"
#include "outbound/texts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/id.h"
#include "outbound/carried.h"
#include "outbound/durable.h"
#include "outbound/kannel.h"
#include "tests/support/cm.h"

static char directory[64];
static int handle;
static char id[ID_TEXT_MAX];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/hayat-spool-XXXXXX");
    assert_non_null(mkdtemp(directory));
    assert_ok(durable_directory(directory, &handle));
    id_format((struct id){{1, 2, 3}}, "obx", id);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    (void)close(handle);
    (void)snprintf(command, sizeof command, "rm -r '%s'", directory);
    assert_int_equal(system(command), 0);
    return 0;
}

static struct outbound_message message_of(uint32_t attempt)
{
    return (struct outbound_message){
        .id = id,
        .attempt = attempt,
        .now_ms = 1768467600000,
        .what = MESSAGE_CODE,
        .language = LANGUAGE_AR,
        .phone_number = "+212600000000",
        .name = "Prénom INVENTÉ",
        .name_ar = "اسم مخترع",
        .address = "1, rue Inventée\n99999 VILLEFICTIVE",
        .code = "ABCD-EFGH-JKMN",
        .expire_ms = 1770000000000,
        .enrolment_id = "enr_0000000000000000000000000g",
        .try_count = 5,
    };
}

static const char *carried(struct carrier *carrier, uint32_t attempt)
{
    static struct report report;
    struct outbound_message message = message_of(attempt);
    carrier->carry(carrier, &message, &report);
    assert_int_equal(report.verdict, VERDICT_DELIVERED);
    return report.evidence;
}

/* The file's text; "" when there is none. */
static const char *content(const char *name)
{
    static char text[4096];
    int file = openat(handle, name, O_RDONLY);
    ssize_t len = file < 0 ? 0 : read(file, text, sizeof text - 1);
    text[len < 0 ? 0 : len] = '\0';
    (void)close(file);
    return text;
}

static char *named(const char *suffix)
{
    static char name[64];
    (void)snprintf(name, sizeof name, "%s%s", id, suffix);
    return name;
}

static void a_text_message_is_spooled_once(void **state)
{
    (void)state;
    struct carrier *carrier;
    struct stat about;
    assert_ok(spool_sms_open(directory, &carrier));
    assert_string_equal(carried(carrier, 1), "in the spool");
    assert_non_null(strstr(content(named(".json")), "ABCD-EFGH-JKMN"));
    assert_non_null(strstr(content(named(".json")), "\"coding\": \"ucs2\""));
    assert_int_equal(fstatat(handle, named(".json"), &about, 0), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_string_equal(carried(carrier, 1), "there already");
    carrier->close(carrier);
}

static struct carrier *letters(void)
{
    struct carrier *carrier;
    const struct spool_letter_options options = {
        .directory = directory,
        .fund = {.name_fr = "Caisse inventée",
                 .name_ar = "صندوق مخترع",
                 .address = "1, place Inventée",
                 .phone = "+212 5 00 00 00 00",
                 .site = "www.example.invalid"},
        .utc_offset_minutes = 60,
    };
    assert_ok(spool_letter_open(&options, &carrier));
    return carrier;
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static void a_letter_is_spooled_once(void **state)
{
    (void)state;
    struct carrier *carrier = letters();
    (void)carried(carrier, 1);
    assert_memory_equal(content(named(".pdf")), "%PDF", 4);
    assert_int_equal(lines_of(content("index.csv")), 2);
    (void)carried(carrier, 2);
    assert_int_equal(lines_of(content("index.csv")), 2);
    assert_int_equal(unlinkat(handle, named(".pdf"), 0), 0); /* printed */
    assert_string_equal(carried(carrier, 3), "there already");
    assert_false(durable_exists(handle, named(".pdf")));
    carrier->close(carrier);
}

/* Killed between the PDF and the whole of its line. */
static void a_torn_index_is_mended(void **state)
{
    (void)state;
    struct carrier *carrier = letters();
    (void)carried(carrier, 1);
    struct stat about;
    assert_int_equal(fstatat(handle, "index.csv", &about, 0), 0);
    int file = openat(handle, "index.csv", O_WRONLY);
    assert_int_equal(ftruncate(file, about.st_size - 5), 0);
    (void)close(file);
    assert_string_equal(carried(carrier, 2), "in the spool");
    assert_int_equal(lines_of(content("index.csv")), 3);
    assert_string_equal(carried(carrier, 3), "there already");
    carrier->close(carrier);
}

static void every_notice_becomes_a_letter(void **state)
{
    (void)state;
    struct carrier *carrier = letters();
    const uint8_t nobodys = 99;
    uint32_t listed;
    for (uint8_t i = 0; i <= nobodys; i++) {
        bool known = text_notice_at(i, &listed);
        uint8_t kind = known ? (uint8_t)listed : nobodys;
        struct outbound_message message = message_of(1);
        struct report report;
        id_format((struct id){{kind}}, "obx", id);
        message.what = MESSAGE_NOTICE;
        message.notice_kind = kind;
        message.code = "9999-9999-9999-9999";
        message.language = (enum language)(kind % 3);
        carrier->carry(carrier, &message, &report);
        assert_int_equal(report.verdict, known ? VERDICT_DELIVERED : VERDICT_REFUSED);
        i = known ? i : nobodys; /* the last */
    }
    carrier->close(carrier);
}

static void the_carried_remembers_until_it_forgets(void **state)
{
    (void)state;
    struct carried carried;
    struct report report;
    assert_ok(carried_open(directory, &carried));
    assert_false(carried_find(&carried, id, &report));
    report_fill(&report, VERDICT_REFUSED, "http 400, kannel -");
    assert_ok(carried_put(&carried, id, &report));
    report_fill(&report, VERDICT_DELIVERED, "");
    assert_true(carried_find(&carried, id, &report));
    assert_int_equal(report.verdict, VERDICT_REFUSED);
    assert_string_equal(report.evidence, "http 400, kannel -");
    carried_sweep(&carried, 1000);
    assert_true(carried_find(&carried, id, &report));
    carried_forget(&carried, id);
    assert_false(carried_find(&carried, id, &report));
    assert_false(ok(carried_put(&carried, "../escape", &report)));
    assert_ok(carried_put(&carried, id, &report));
    carried_sweep(&carried, INT64_MAX);
    assert_false(carried_find(&carried, id, &report));
    carried_close(&carried);
}

static void a_gateway_is_believed_when_it_is_kannel(void **state)
{
    (void)state;
    assert_int_equal(kannel_verdict(202, "0: Accepted for delivery"), VERDICT_DELIVERED);
    assert_int_equal(kannel_verdict(202, "3: Queued for later delivery"), VERDICT_DELIVERED);
    assert_int_equal(kannel_verdict(200, "0: Accepted for delivery"), VERDICT_RETRY);
    assert_int_equal(kannel_verdict(200, "<html>welcome</html>"), VERDICT_RETRY);
    assert_int_equal(kannel_verdict(202, "4: no"), VERDICT_RETRY);
    assert_int_equal(kannel_verdict(202, ""), VERDICT_RETRY);
    assert_int_equal(kannel_verdict(400, "Missing receiver number, rejected"), VERDICT_REFUSED);
    assert_int_equal(kannel_verdict(403, "Authorization failed"), VERDICT_RETRY);
    assert_int_equal(kannel_verdict(503, "Temporal failure, try again later."), VERDICT_RETRY);
    assert_int_equal(kannel_verdict(0, ""), VERDICT_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_text_message_is_spooled_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_letter_is_spooled_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_torn_index_is_mended, setup, teardown),
        cmocka_unit_test_setup_teardown(every_notice_becomes_a_letter, setup, teardown),
        cmocka_unit_test_setup_teardown(the_carried_remembers_until_it_forgets, setup, teardown),
        cmocka_unit_test(a_gateway_is_believed_when_it_is_kannel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
