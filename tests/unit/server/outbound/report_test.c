/*
 * Promise: the address under which a gateway reports is one that nobody makes up, says nothing of the recipient or the message, and is good after a
 * restart; what was reported is kept until the server knows, the better word of two, and no more of it than there is room for.
 */
#include "outbound/report_listener.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "outbound/durable.h"
#include "tests/support/cm.h"

#define ADDRESS "127.0.0.1:13014"
#define IN_2100_MS INT64_C(4102444800000)

static char directory[64];
static int handle;
static struct fake_random random_numbers;
static struct report_link link_;
static struct reported kept;
static char id[ID_TEXT_MAX], other[ID_TEXT_MAX];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/hayat-report-XXXXXX");
    assert_non_null(mkdtemp(directory));
    assert_ok(durable_directory(directory, &handle));
    fake_random_init(&random_numbers, 7);
    assert_ok(report_link_open(handle, ADDRESS, &random_numbers.source, &link_));
    assert_ok(reported_open(handle, &kept));
    id_format((struct id){{1, 2, 3}}, "obx", id);
    id_format((struct id){{1, 2, 4}}, "obx", other);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    reported_close(&kept);
    report_link_close(&link_);
    (void)close(handle);
    (void)snprintf(command, sizeof command, "rm -r '%s'", directory);
    assert_int_equal(system(command), 0);
    return 0;
}

/* --- links --- */

/* "/report/obx_…/code" of a link, as the gateway asks for it. */
static void path_of(const struct report_link *link, const char *outbox_id,
                    char ret_path[REPORT_URL_MAX])
{
    char url[REPORT_URL_MAX];
    assert_true(report_link_url(link, outbox_id, url));
    assert_true(bytes_starts_with(bytes_str(url), "http://" ADDRESS "/report/obx_"));
    char *query = strchr(url, '?');
    assert_non_null(query);
    assert_string_equal(query, "?type=%d");
    *query = '\0';
    (void)snprintf(ret_path, REPORT_URL_MAX, "%s", url + strlen("http://" ADDRESS));
}

static void a_link_leads_to_its_message(void **state)
{
    (void)state;
    char path[REPORT_URL_MAX], found[ID_TEXT_MAX];
    path_of(&link_, id, path);
    assert_true(report_link_parse(&link_, path, found));
    assert_string_equal(found, id);
    assert_false(report_link_url(&link_, "obx_short", path));
    assert_false(report_link_url(&link_, "../../etc/passwd", path));
}

static void no_other_link_does(void **state)
{
    (void)state;
    char path[REPORT_URL_MAX], wrong[REPORT_URL_MAX], found[ID_TEXT_MAX] = "";
    path_of(&link_, id, path);
    for (size_t i = 0; i < strlen(path); i++) { /* each character another one, and each beginning */
        (void)snprintf(wrong, sizeof wrong, "%s", path);
        wrong[i] = (char)(path[i] == '0' ? '1' : '0');
        assert_false(report_link_parse(&link_, wrong, found));
        wrong[i] = '\0';
        assert_false(report_link_parse(&link_, wrong, found));
    }
    path_of(&link_, other, wrong);
    char *code = strrchr(path, '/'), *foreign = strrchr(wrong, '/');
    memcpy(code, foreign, strlen(foreign)); /* the code of another message */
    assert_false(report_link_parse(&link_, path, found));
    assert_false(report_link_parse(&link_, "", found));
    assert_false(report_link_parse(&link_, "/report/", found));
    assert_false(report_link_parse(&link_, "/report//", found));
    assert_string_equal(found, "");
}

static void a_link_is_good_after_a_restart_and_nowhere_else(void **state)
{
    (void)state;
    char path[REPORT_URL_MAX], found[ID_TEXT_MAX], elsewhere[96];
    struct report_link again;
    int there;
    path_of(&link_, id, path);
    assert_ok(report_link_open(handle, ADDRESS, &random_numbers.source, &again));
    assert_true(report_link_parse(&again, path, found));
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", directory);
    assert_ok(durable_directory(elsewhere, &there));
    assert_ok(report_link_open(there, ADDRESS, &random_numbers.source, &again));
    assert_false(report_link_parse(&again, path, found));
    assert_ok(durable_put(there, "report.key", bytes_str("short")));
    assert_reason(report_link_open(there, ADDRESS, &random_numbers.source, &again),
                  FILE_UNREADABLE);
    (void)close(there);
}

/* --- what is kept --- */

static enum report_word word_of(const char *outbox_id)
{
    struct reported_item items[8];
    size_t count = reported_list(&kept, 0, 8, items);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(items[i].outbox_id, outbox_id) == 0) {
            return items[i].word;
        }
    }
    return REPORT_NOTHING;
}

static void the_better_word_stays(void **state)
{
    (void)state;
    assert_ok(reported_put(&kept, id, REPORT_NOT_ARRIVED, 2));
    assert_int_equal(word_of(id), REPORT_NOT_ARRIVED);
    assert_ok(reported_put(&kept, id, REPORT_ARRIVED, 1));
    assert_ok(reported_put(&kept, id, REPORT_NOT_ARRIVED, 16));
    assert_int_equal(word_of(id), REPORT_ARRIVED);
    assert_int_equal(kept.count, 1);
    reported_close(&kept); /* as kill -9 does */
    assert_ok(reported_open(handle, &kept));
    assert_int_equal(word_of(id), REPORT_ARRIVED);
    assert_int_equal(kept.count, 1);
}

/* A better word comes while the server is told of the first. */
static void what_came_meanwhile_is_not_forgotten(void **state)
{
    (void)state;
    struct reported_item items[2];
    assert_ok(reported_put(&kept, id, REPORT_NOT_ARRIVED, 2));
    assert_int_equal(reported_list(&kept, 0, 2, items), 1);
    assert_int_equal(items[0].type, 2);
    assert_ok(reported_put(&kept, id, REPORT_ARRIVED, 1));
    reported_forget(&kept, &items[0]);
    assert_int_equal(word_of(id), REPORT_ARRIVED);
    assert_int_equal(reported_list(&kept, 0, 2, items), 1);
    reported_forget(&kept, &items[0]);
    assert_int_equal(reported_list(&kept, 0, 2, items), 0);
    assert_int_equal(kept.count, 0);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    kept.max = 1;
    assert_ok(reported_put(&kept, id, REPORT_NOT_ARRIVED, 2));
    assert_reason(reported_put(&kept, other, REPORT_ARRIVED, 1), OVERLOADED);
    assert_ok(reported_put(&kept, id, REPORT_ARRIVED, 1)); /* of one that is known, always */
    assert_reason(reported_put(&kept, "obx_../../x", REPORT_ARRIVED, 1), FILE_UNWRITABLE);
    reported_sweep(&kept, IN_2100_MS); /* all of it */
    assert_int_equal(kept.count, 0);
    assert_ok(reported_put(&kept, other, REPORT_ARRIVED, 1));
}

/* While the courier runs, not at its start alone: a server that never takes a report must not fill the directory for ever. */
static void what_is_too_old_goes_again_and_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        const int64_t now_ms = IN_2100_MS + i * LIMIT_REPORT_SWEEP_MS;
        assert_ok(reported_put(&kept, id, REPORT_ARRIVED, 1));
        reported_sweep(&kept, now_ms);
        assert_int_equal(kept.count, 0);
        assert_ok(reported_put(&kept, id, REPORT_ARRIVED, 1));
        reported_sweep(&kept, now_ms + LIMIT_REPORT_SWEEP_MS - 1); /* not yet */
        assert_int_equal(kept.count, 1);
    }
    static const struct timespec in_1970[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    assert_int_equal(utimensat(kept.directory, id, in_1970, 0), 0);
    reported_sweep(&kept, LIMIT_REPORT_LIFE_MS); /* the clock was set back: not old yet ... */
    assert_int_equal(kept.count, 1);
    reported_sweep(&kept, LIMIT_REPORT_LIFE_MS + LIMIT_REPORT_SWEEP_MS); /* ... and now */
    assert_int_equal(kept.count, 0);
}

static void lists_go_on_where_they_are_told_to(void **state)
{
    (void)state;
    struct reported_item items[2];
    assert_ok(reported_put(&kept, id, REPORT_ARRIVED, 1));
    assert_ok(reported_put(&kept, other, REPORT_ARRIVED, 1));
    assert_int_equal(reported_list(&kept, 0, 2, items), 2);
    assert_string_not_equal(items[0].outbox_id, items[1].outbox_id);
    assert_int_equal(reported_list(&kept, 1, 2, items), 1);
    assert_int_equal(reported_list(&kept, 2, 2, items), 0);
}

/* --- numbers and addresses --- */

static void kannels_numbers_mean_what_its_guide_says(void **state)
{
    (void)state;
    assert_int_equal(report_word_of_type(1), REPORT_ARRIVED);
    assert_int_equal(report_word_of_type(2), REPORT_NOT_ARRIVED);
    assert_int_equal(report_word_of_type(16), REPORT_NOT_ARRIVED);
    assert_int_equal(report_word_of_type(0), REPORT_NOTHING);
    assert_int_equal(report_word_of_type(4), REPORT_NOTHING); /* waits at the network's centre */
    assert_int_equal(report_word_of_type(8), REPORT_NOTHING); /* the centre has it */
    assert_int_equal(REPORT_TYPES_WANTED, 19);
}

static void it_listens_on_the_loopback_alone(void **state)
{
    (void)state;
    const char *const good[] = {"127.0.0.1:13014", "[::1]:1", "127.0.0.1:65535"};
    const char *const bad[] = {"",
                               "127.0.0.1",
                               "127.0.0.1:",
                               "127.0.0.1:0",
                               "127.0.0.1:65536",
                               "127.0.0.1:1x",
                               "0.0.0.0:13014",
                               "[::]:13014",
                               "localhost:13014",
                               "192.0.2.1:13014",
                               "127.0.0.1:-1",
                               "127.0.0.2:13014"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(report_address_is_loopback(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(report_address_is_loopback(bad[i]));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_link_leads_to_its_message),
        TEST(no_other_link_does),
        TEST(a_link_is_good_after_a_restart_and_nowhere_else),
        TEST(the_better_word_stays),
        TEST(what_came_meanwhile_is_not_forgotten),
        TEST(there_is_room_for_so_many),
        TEST(what_is_too_old_goes_again_and_again),
        TEST(lists_go_on_where_they_are_told_to),
        TEST(kannels_numbers_mean_what_its_guide_says),
        TEST(it_listens_on_the_loopback_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
