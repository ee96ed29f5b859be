/*
 * The end of insurance as the fund's feed tells it (SEC-F3): members who left read and sign in as before; after the period nothing
 * of them is told to anybody, not even to an old token; the feed may go on naming them without bringing them back, and may bring
 * them back; their identity card's number is free meanwhile, and they can enrol again.
 */
#include "hayat/v1/claim.pb-c.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/retention_pass.h"
#include "storage/member_store.h"
#include "tests/support/applicant.h"
#include "tests/support/cm.h"
#include "tests/support/fed.h"

#define PERIODS "ret-1,2020-01-01,invented,"
#define NUMBER "990000001"
#define MEMBER(rest)                                                                               \
    {                                                                                              \
        KIND(MEMBER), NUMBER ",A99000001,MGEN,MA,fr,+212600000001,\"1, rue Inventée\"," rest       \
    }
#define LEFT(update, left) MEMBER(update ",2020-01-01," left)
#define INSURED(update) MEMBER(update ",2020-01-01,")
#define HOLDER(cine, update)                                                                       \
    {                                                                                              \
        KIND(BENEFICIARY),                                                                         \
            NUMBER ",0,HOLDER,Hicham,Bennani,هشام,بناني,1960-01-03," cine "," update               \
    }

enum { DAYS_OF_THREE_YEARS = 3 * 366, PASS_STEPS_MAX = 2000 };

static struct harness h;
static struct fed core;
static struct applicant person;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    core = fed_start(&h);
    person = applicant(&h, NUMBER);
    person.birth_days = date_to_days((struct date){1960, 1, 3});
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static void feed(const struct fed_row *rows, size_t count)
{
    assert_int_equal(fed(&core, rows, count)->accepted_count, count);
}
#define FEED(...)                                                                                  \
    feed((const struct fed_row[]){__VA_ARGS__},                                                    \
         sizeof((const struct fed_row[]){__VA_ARGS__}) / sizeof(struct fed_row))

static const char *refused(const struct fed_row *row)
{
    assert_int_equal(fed(&core, row, 1)->refused_count, 1);
    return fed_fault(&core);
}

static void pass(void)
{
    struct retention_stuck stuck = {.count = 0};
    const struct retention_work work = {.db = h.app.db,
                                        .writer = h.app.writer,
                                        .keys = h.keys,
                                        .keyring_path = "",
                                        .event = "test retention",
                                        .stuck = &stuck};
    enum retention_step step = RETENTION_MORE;
    for (int i = 0; step == RETENTION_MORE; i++) {
        assert_true(i < PASS_STEPS_MAX);
        assert_ok(retention_pass_step(&work, &step));
    }
}

static void start_insured(void)
{
    FEED({KIND(RETENTION_PERIOD), PERIODS "insured,36,MONTHS"},
         {KIND(RETENTION_PERIOD), PERIODS "health,120,MONTHS"});
    FEED(INSURED("2026-01-10"), HOLDER("ZZ123456", "2026-01-10"),
         {KIND(CARD), NUMBER ",0,2024-02-29,ACTIVE,,2026-01-10"},
         {KIND(RIGHTS), NUMBER ",0,1,EMPLOYEE,2020-01-01,2020-04-01,,,2026-01-10"},
         {KIND(TARIFF), "TNR-2006,2006-01-01,TNR 2006,C,private,8000"},
         {KIND(CLAIM_LINE), NUMBER ",F1,1,2025-03-01,C,C,1000,1,,,,990000124,15000,8000,8000,,6400,"
                                   "1600,7000,0,,,,,TNR-2006"},
         {KIND(CLAIM), NUMBER ",F1,0,POST,CNOPS,APPROVED,2025-03-01,2025-03-01,,2025-03-06,,,15000,"
                              "6400,MEMBER,,,,,false,,2025-04-01"});
}

static const char *enrol(void)
{
    assert_ok(applicant_start(&h, &person, BY(SMS)).result);
    struct harness_reply reply = applicant_confirm(&h, &person, applicant_code(&h, &person));
    assert_ok(reply.result);
    return applicant_sign_in(&h, &person, applicant_device(&reply));
}

static struct harness_reply list_claims(const char *token)
{
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    return harness_call(&h, "/hayat.v1.ClaimService/ListClaims", token, &request.base);
}

static size_t claims_of(const char *token)
{
    struct harness_reply reply = list_claims(token);
    assert_ok(reply.result);
    return ((const Hayat__V1__ListClaimsResponse *)(const void *)reply.response)->n_claims;
}

static const char *export_of(const char *token)
{
    Hayat__V1__ExportMyDataRequest request = HAYAT__V1__EXPORT_MY_DATA_REQUEST__INIT;
    ProtobufCMessage *piece;
    struct harness_stream s;
    char *text = arena_printf(&h.arena, "%s", "");
    assert_true(harness_stream_open(&s, &h, "/hayat.v1.PrivacyService/ExportMyData", token));
    (void)harness_stream_send(&s, &request.base);
    while (harness_stream_next(&s, &piece)) {
        ProtobufCBinaryData data = ((Hayat__V1__ExportMyDataResponse *)piece)->data;
        text = arena_printf(&h.arena, "%s%.*s", text, (int)data.len, (const char *)data.data);
    }
    assert_ok(harness_stream_close(&s).result);
    assert_ok(arena_check(&h.arena));
    return text;
}

static status look(void *ctx, struct txn *txn)
{
    return member_store_has(txn, person.owner, ctx);
}

static bool is_on_file(void)
{
    bool has;
    assert_ok(harness_read(&h, look, &has));
    return has;
}

static void wait_days(int64_t days)
{
    fake_clock_advance(&h.clock, days * 24 * 3600 * 1000);
    core = fed_start(&h); /* a certificate is good for a year */
}

static status sign_in(void *ctx, struct txn *txn)
{
    return session_create(txn, person.owner, id_new(txn_random(txn)), LIMIT_SESSION_IDLE_MS, ctx);
}

/* Of somebody who may not be on file. */
static const char *token_alone(void)
{
    static struct session_token token;
    assert_ok(harness_write(&h, sign_in, &token));
    return token.text;
}

/* --- while they are kept --- */

static void who_left_reads_as_before(void **state)
{
    (void)state;
    start_insured();
    const char *token = enrol();
    FEED(LEFT("2026-01-12", "2026-01-11"));
    pass();
    assert_int_equal(claims_of(token), 1);
    person.birth_days = date_to_days((struct date){1960, 1, 3});
    applicant_new_key(&person);
    wait_days(2); /* a text message a day */
    assert_int_equal(claims_of(enrol()), 1);
}

static void the_same_row_again_is_nothing_new(void **state)
{
    (void)state;
    start_insured();
    const struct fed_row row = LEFT("2026-01-12", "2026-01-11");
    FEED(row);
    wait_days(400);
    assert_int_equal(fed(&core, &row, 1)->unchanged_count,
                     1); /* and does not begin the period anew */
    wait_days(DAYS_OF_THREE_YEARS - 400);
    pass();
    assert_false(is_on_file());
}

static void a_return_before_the_end_undoes_it(void **state)
{
    (void)state;
    start_insured();
    FEED(LEFT("2026-01-12", "2026-01-11"));
    wait_days(1000);
    FEED(INSURED("2028-10-01"));
    wait_days(DAYS_OF_THREE_YEARS);
    pass();
    assert_true(is_on_file());
}

/* A contract that ends one day, then a slip in a bulk file: the slip is news, whatever was heard before. */
static void a_day_that_moves_back_counts_from_when_it_was_told(void **state)
{
    (void)state;
    start_insured();
    FEED(LEFT("2026-01-12", "2040-01-01"));
    wait_days(DAYS_OF_THREE_YEARS);
    FEED(LEFT("2029-01-20", "2020-05-01"));
    pass();
    assert_true(is_on_file());
    wait_days(DAYS_OF_THREE_YEARS - 10);
    FEED(LEFT("2032-01-01", "2020-06-01")); /* forward again: nothing begins anew */
    pass();
    assert_true(is_on_file());
    wait_days(10);
    pass();
    assert_false(is_on_file());
}

/* --- afterwards --- */

static void afterwards_nothing_is_told(void **state)
{
    (void)state;
    start_insured();
    h.app.access_token_ms = 2000LL * 24 * 3600 * 1000;
    struct harness_member same = harness_member(&h, NUMBER);
    FEED(LEFT("2026-01-12", "2026-01-11"));
    assert_int_equal(claims_of(same.token), 1);
    wait_days(DAYS_OF_THREE_YEARS);
    pass();
    assert_false(is_on_file());
    assert_reason(list_claims(same.token).result, TOKEN_INVALID);
    assert_reason(applicant_start(&h, &person, BY(SMS)).result,
                  OK); /* as for a stranger (SEC-B3) */
    const char *told = export_of(token_alone());
    assert_null(strstr(told, "Bennani"));
    assert_null(strstr(told, "ZZ123456"));
    assert_null(strstr(told, "Inventée"));
    assert_non_null(strstr(told, "\"member\":[]"));
    assert_non_null(strstr(told, "\"rights\":[]"));
    assert_null(strstr(told, "\"claim\":[]"));         /* has a period of its own ... */
    assert_null(strstr(told, "\"audit_subject\":[]")); /* ... and who read them is for ever */
    wait_days(10 * 366);
    pass();
    assert_non_null(strstr(export_of(token_alone()), "\"claim\":[]"));
}

/* The core system's whole file, every night. */
static void the_feed_may_go_on_naming_them(void **state)
{
    (void)state;
    start_insured();
    FEED(LEFT("2026-01-12", "2026-01-11"));
    wait_days(DAYS_OF_THREE_YEARS);
    pass();
    const struct fed_row again[] = {LEFT("2029-01-30", "2026-01-11"),
                                    HOLDER("ZZ123456", "2029-01-30")};
    assert_string_equal(refused(&again[0]), "LEFT");
    assert_string_equal(refused(&again[1]), "UNKNOWN_MEMBER");
    assert_false(is_on_file());
}

static void they_can_come_back_and_enrol(void **state)
{
    (void)state;
    start_insured();
    FEED(LEFT("2026-01-12", "2026-01-11"));
    wait_days(DAYS_OF_THREE_YEARS);
    pass();
    FEED(INSURED("2029-01-30"), HOLDER("ZZ123456", "2029-01-30"));
    assert_int_equal(claims_of(enrol()), 1); /* the claim was kept */
}

static status find_cine(void *ctx, struct txn *txn)
{
    return member_store_by_cine(txn, bytes_str("ZZ123456"), ctx);
}

static status count_cines(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_member_cine, ctx);
}

/* Another person's card by now, under another registration number. */
static void a_cine_is_free_again(void **state)
{
    (void)state;
    struct owner found;
    uint64_t cines;
    start_insured();
    FEED(HOLDER("ZZ654321", "2026-01-11")); /* a new card: the old number is nobody's */
    assert_ok(harness_read(&h, count_cines, &cines));
    assert_int_equal(cines, 1);
    FEED({KIND(MEMBER), "990000002,A99000002,MGEN,MA,fr,,\"2, rue Inventée\",2026-01-10"},
         {KIND(BENEFICIARY),
          "990000002,0,HOLDER,Sara,Alaoui,سارة,علوي,1961-01-03,ZZ123456,2026-01-10"});
    FEED(HOLDER("ZZ123456", "2026-01-12")); /* told of both: the later one has it ... */
    FEED(HOLDER("ZZ654321", "2026-01-13"), LEFT("2026-01-12", "2026-01-11"));
    FEED({KIND(BENEFICIARY),
          "990000002,0,HOLDER,Sara,Alaoui,سارة,علوي,1961-01-03,ZZ123456,2026-01-13"});
    wait_days(DAYS_OF_THREE_YEARS);
    pass();
    assert_false(is_on_file());
    assert_ok(harness_read(&h, find_cine, &found)); /* ... and erasing the other leaves it */
    assert_ok(harness_read(&h, count_cines, &cines));
    assert_int_equal(cines, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_left_reads_as_before),
        TEST(the_same_row_again_is_nothing_new),
        TEST(a_return_before_the_end_undoes_it),
        TEST(a_day_that_moves_back_counts_from_when_it_was_told),
        TEST(afterwards_nothing_is_told),
        TEST(the_feed_may_go_on_naming_them),
        TEST(they_can_come_back_and_enrol),
        TEST(a_cine_is_free_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
