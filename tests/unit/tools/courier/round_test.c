/*
 * A courier's round: each item is carried once or accounted for: what was carried before is acknowledged with its first report, what the carrier cannot
 * take waits, what it refuses or what grew too old is given up, and after some failures in a row the carrier is left alone.
 */
#include "tools/courier/round.h"

#include <stdlib.h>

#include "base/id.h"
#include "tests/support/cm.h"

#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name
#define CONTENT(name) HAYAT__BACKOFFICE__V1__OUTBOX_ITEM__CONTENT_##name

enum { ITEMS = 6 };

static char directory[64];
static struct arena arena;
static struct fake_clock clock_now;
static struct fake_random random_numbers;
static struct carried carried;
static struct route route;

/* A carrier that says what it is told and counts. */
static enum verdict next_verdict;
static bool next_is_reported_on;
static int carry_count;
static char last_id[64], last_name[64];

static void fake_carry(struct carrier *self, const struct outbound_message *message,
                       struct report *ret_report)
{
    (void)self;
    carry_count++;
    (void)snprintf(last_id, sizeof last_id, "%s", message->id);
    (void)snprintf(last_name, sizeof last_name, "%s", message->name);
    report_fill(ret_report, next_verdict, "fake");
    ret_report->report_expected = next_is_reported_on;
    fake_clock_advance(&clock_now, 10);
}

static struct carrier fake = {.name = "fake", .carry = fake_carry};

/* --- items --- */

static Hayat__Backoffice__V1__OutboxItem items[ITEMS], *item_list[ITEMS];
static Hayat__Backoffice__V1__OutboxCode code;
static Hayat__Backoffice__V1__OutboxNothing nothing;
static Hayat__Backoffice__V1__OutboxRecipient recipient;
static Hayat__V1__PersonName name;
static Google__Protobuf__Timestamp created;
static Hayat__Backoffice__V1__WatchOutboxResponse response;

static char *text(const char *value)
{
    return arena_str(&arena, bytes_str(value));
}

static void make_items(void)
{
    hayat__backoffice__v1__outbox_code__init(&code);
    hayat__backoffice__v1__outbox_nothing__init(&nothing);
    hayat__backoffice__v1__outbox_recipient__init(&recipient);
    hayat__v1__person_name__init(&name);
    google__protobuf__timestamp__init(&created);
    hayat__backoffice__v1__watch_outbox_response__init(&response);
    code.code = text("12345678");
    name.given_name = text("Prénom");
    name.family_name = text("INVENTÉ");
    recipient.name = &name;
    created.seconds = clock_now.wall_ms / 1000;
    for (int i = 0; i < ITEMS; i++) {
        char id[ID_TEXT_MAX];
        id_format((struct id){{(uint8_t)i, 1}}, "obx", id);
        hayat__backoffice__v1__outbox_item__init(&items[i]);
        items[i].outbox_id = text(id);
        items[i].attempt = 1;
        items[i].create_time = &created;
        items[i].recipient = &recipient;
        items[i].content_case = CONTENT(CODE);
        items[i].code = &code;
        item_list[i] = &items[i];
    }
    response.items = item_list;
    response.n_items = 1;
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/hayat-round-XXXXXX");
    assert_non_null(mkdtemp(directory));
    assert_ok(carried_open(directory, &carried));
    arena_init(&arena, 1 << 20);
    fake_clock_init(&clock_now, 1768467600000);
    fake_random_init(&random_numbers, 3);
    carry_count = 0;
    next_verdict = VERDICT_DELIVERED;
    next_is_reported_on = false;
    route = (struct route){.name = "sms",
                           .carrier = &fake,
                           .carried = &carried,
                           .clock = &clock_now.clock,
                           .random = &random_numbers.source,
                           .give_up_ms = 3600000,
                           .retry_ms = 1000,
                           .breaker = {.first_ms = 1000}};
    make_items();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    carried_close(&carried);
    arena_fini(&arena);
    (void)snprintf(command, sizeof command, "rm -r '%s'", directory);
    assert_int_equal(system(command), 0);
    return 0;
}

static Hayat__Backoffice__V1__AckOutboxRequest run_for(int64_t ms)
{
    Hayat__Backoffice__V1__AckOutboxRequest request;
    assert_ok(round_run(&route, &response, clock_now.mono_us + ms * 1000, &arena, &request));
    return request;
}

/* The outcome of the one item. */
static Hayat__Backoffice__V1__OutboxResult *only_result(void)
{
    Hayat__Backoffice__V1__AckOutboxRequest request = run_for(60000);
    assert_int_equal(request.n_results, 1);
    assert_string_equal(request.results[0]->outbox_id, items[0].outbox_id);
    return request.results[0];
}

/* --- tests --- */

static void a_message_is_carried_once(void **state)
{
    (void)state;
    assert_int_equal(only_result()->outcome, OUTCOME(DELIVERED));
    assert_string_equal(last_id, items[0].outbox_id);
    assert_string_equal(last_name, "Prénom INVENTÉ");
    items[0].attempt = 2; /* the acknowledgement was lost */
    Hayat__Backoffice__V1__OutboxResult *again = only_result();
    assert_int_equal(again->outcome, OUTCOME(DELIVERED));
    assert_string_equal(again->channel, "fake");
    assert_string_equal(again->evidence, "fake");
    assert_int_equal(carry_count, 1);
    Hayat__Backoffice__V1__AckOutboxRequest request = run_for(60000);
    round_forget(&route, &request);
    (void)only_result();
    assert_int_equal(carry_count, 2);
}

/* Also when it is known from its record alone. */
static void that_a_report_will_come_is_told(void **state)
{
    (void)state;
    assert_false(only_result()->report_expected);
    item_list[0] = &items[1];
    next_is_reported_on = true;
    for (int i = 0; i < 2; i++) {
        Hayat__Backoffice__V1__AckOutboxRequest request = run_for(60000);
        assert_true(request.results[0]->report_expected);
    }
    assert_int_equal(carry_count, 2);
}

static void a_refused_message_is_given_up(void **state)
{
    (void)state;
    next_verdict = VERDICT_REFUSED;
    assert_int_equal(only_result()->outcome, OUTCOME(FAILED));
    assert_int_equal(only_result()->outcome, OUTCOME(FAILED)); /* as before, and not asked again */
    assert_int_equal(carry_count, 1);
}

static void nothing_is_discarded(void **state)
{
    (void)state;
    items[0].content_case = CONTENT(NOTHING);
    items[0].nothing = &nothing;
    items[0].recipient = NULL;
    assert_int_equal(only_result()->outcome, OUTCOME(DISCARDED));
    items[0].content_case = CONTENT(CODE); /* a code for nobody */
    items[0].code = &code;
    assert_int_equal(only_result()->outcome, OUTCOME(DISCARDED));
    assert_int_equal(carry_count, 0);
}

static void a_failure_waits_longer_each_time(void **state)
{
    (void)state;
    next_verdict = VERDICT_RETRY;
    Hayat__Backoffice__V1__OutboxResult *result = only_result();
    assert_int_equal(result->outcome, OUTCOME(POSTPONED));
    assert_int_equal(result->retry_seconds, 1);
    items[0].attempt = 5;
    result = only_result();
    assert_in_range(result->retry_seconds, 8, 16);
}

static void an_old_message_is_given_up(void **state)
{
    (void)state;
    next_verdict = VERDICT_RETRY;
    created.seconds -= 3600;
    assert_int_equal(only_result()->outcome, OUTCOME(FAILED));
}

static void a_carrier_that_fails_is_left_alone(void **state)
{
    (void)state;
    next_verdict = VERDICT_RETRY;
    response.n_items = ITEMS;
    Hayat__Backoffice__V1__AckOutboxRequest request = run_for(60000);
    assert_int_equal(request.n_results, ITEMS);
    assert_int_equal(round_count(&request).postponed, ITEMS);
    assert_int_equal(carry_count, BREAKER_FAILURES);
    fake_clock_advance(&clock_now, 1000);
    next_verdict = VERDICT_DELIVERED;
    request = run_for(60000);
    assert_int_equal(round_count(&request).delivered, ITEMS);
}

static void a_round_ends_before_its_leases_do(void **state)
{
    (void)state;
    response.n_items = ITEMS;
    Hayat__Backoffice__V1__AckOutboxRequest request = run_for(25); /* each takes 10 ms */
    assert_int_equal(request.n_results, 3);
    request = run_for(0);
    assert_int_equal(request.n_results, 0);
}

/* A full disk costs a repetition at most. */
static void a_record_that_cannot_be_written_stops_nothing(void **state)
{
    (void)state;
    carried_close(&carried);
    assert_int_equal(only_result()->outcome, OUTCOME(DELIVERED));
    assert_ok(carried_open(directory, &carried));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_carried_once),
        TEST(that_a_report_will_come_is_told),
        TEST(a_refused_message_is_given_up),
        TEST(nothing_is_discarded),
        TEST(a_failure_waits_longer_each_time),
        TEST(an_old_message_is_given_up),
        TEST(a_carrier_that_fails_is_left_alone),
        TEST(a_round_ends_before_its_leases_do),
        TEST(a_record_that_cannot_be_written_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
