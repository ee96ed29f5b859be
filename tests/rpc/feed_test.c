/*
 * FeedService: the core system with the scope for it, and nobody else, tells rows; each batch is taken once, whole, in the order of
 * its number; rows that break a rule are refused with their reason, the others are taken.
 */
#include "base/scope.h"
#include "hayat/backoffice/v1/feed.pb-c.h"
#include "storage/claim_store.h"
#include "storage/member_store.h"
#include "storage/reference_store.h"
#include "storage/rights_store.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

#define FEED_METHOD(name) "/hayat.backoffice.v1.FeedService/" name
#define KIND(name) HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_##name

typedef Hayat__Backoffice__V1__FeedRow feed_row;
typedef Hayat__Backoffice__V1__ImportRecordsResponse import_response;
typedef Hayat__Backoffice__V1__GetFeedBatchResponse batch_response;

static struct harness h;
static struct harness_caller core;

struct row {
    Hayat__Backoffice__V1__FeedKind kind;
    const char *text;
};

static const struct row family[] = {
    {KIND(RIGHTS),
     "990000001,0,1,EMPLOYEE,2020-01-01,2020-04-01,,,2025-05-01"}, /* before its member */
    {KIND(MEMBER), "990000001,A99000001,MGEN,FR,fr,,\"12, rue de l'Exemple\",2025-05-01"},
    {KIND(BENEFICIARY), "990000001,0,HOLDER,Hicham,Bennani,هشام,بناني,1960-01-01,ZZ1,2025-05-01"},
    {KIND(CARD), "990000001,0,2024-02-29,ACTIVE,,2025-05-01"},
    {KIND(EXEMPTION), "990000001,0,1,ALD,diabetes,2024-01-01,,true,10000,2025-05-01"},
    {KIND(TARIFF), "TNR-2006,2006-01-01,TNR 2006,C,private,8000"},
};
static const struct row sheet[] = {
    {KIND(CLAIM_LINE), "990000001,F1,1,2025-03-01,C,C,1000,1,,,,990000124,15000,8000,8000,,6400,"
                       "1600,7000,0,,,,,TNR-2006"},
    {KIND(CLAIM), "990000001,F1,0,POST,CNOPS,APPROVED,2025-03-01,2025-03-01,,2025-03-06,,,15000,"
                  "6400,MEMBER,,,,,false,,2025-04-01"},
};
static const struct row payment[] = {
    {KIND(PAYMENT), "990000001,F1,VIR-1,2025-04-10,6400,*** 64,,2025-04-10"},
};

static void send(struct harness_stream *s, const char *source, int64_t sequence,
                 const struct row *rows, size_t count)
{
    feed_row messages[16], *list[16];
    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++) {
        hayat__backoffice__v1__feed_row__init(&messages[i]);
        messages[i].kind = rows[i].kind;
        messages[i].row = (char *)(uintptr_t)rows[i].text;
        list[i] = &messages[i];
    }
    Hayat__Backoffice__V1__ImportRecordsRequest request;
    hayat__backoffice__v1__import_records_request__init(&request);
    request.source = (char *)(uintptr_t)source;
    request.sequence = sequence;
    request.rows = list;
    request.n_rows = count;
    (void)harness_stream_send(s, &request.base);
}

static struct harness_reply import_one(const char *source, int64_t sequence, const struct row *rows,
                                       size_t count)
{
    struct harness_stream s;
    if (harness_stream_open_as(&s, &h, FEED_METHOD("ImportRecords"), &core)) {
        send(&s, source, sequence, rows, count);
        if (!s.failed) {
            (void)harness_stream_half_close(&s);
        }
    }
    return harness_stream_close(&s);
}

static const import_response *taken(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    return (const import_response *)(const void *)reply->response;
}

static struct harness_reply ask(const char *source, int64_t sequence)
{
    Hayat__Backoffice__V1__GetFeedBatchRequest request;
    hayat__backoffice__v1__get_feed_batch_request__init(&request);
    request.source = (char *)(uintptr_t)source;
    request.sequence = sequence;
    return harness_call_as(&h, FEED_METHOD("GetFeedBatch"), &core, &request.base);
}

static const batch_response *batch_of(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    return (const batch_response *)(const void *)reply->response;
}

struct found {
    uint32_t state;
    size_t periods;
    bool tariffs;
};

static status look(void *ctx, struct txn *txn)
{
    struct found *found = ctx;
    struct owner owner = owner_of_registration(txn_keys(txn), bytes_str("990000001"));
    Hayat__Store__V1__StoredClaim *claim;
    Hayat__Store__V1__StoredRights *rights;
    Hayat__Store__V1__StoredReferenceSet *set;
    *found = (struct found){0};
    TRY(rights_store_get(txn, owner, &rights));
    found->periods = rights->n_periods;
    found->tariffs = ok(reference_store_version(
        txn, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_TARIFF, "TNR-2006", &set));
    status s = claim_store_get(txn, owner, claim_id_of(txn_keys(txn), owner, bytes_str("F1")),
                               &claim);
    found->state = ok(s) ? claim->state : 0;
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static struct found stored(void)
{
    struct found found;
    assert_ok(harness_read(&h, look, &found));
    return found;
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    core = harness_core_system(&h, SCOPE_FEED);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void batches_are_taken_in_order(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open_as(&s, &h, FEED_METHOD("ImportRecords"), &core));
    send(&s, "core", 1, family, COUNT(family));
    assert_int_equal(stored().periods, 1); /* committed before the next one is read */
    assert_true(stored().tariffs);
    send(&s, "core", 2, sheet, COUNT(sheet));
    assert_int_equal(stored().state, 4);
    send(&s, "core", 3, payment, COUNT(payment));
    (void)harness_stream_half_close(&s);
    struct harness_reply reply = harness_stream_close(&s);
    const import_response *response = taken(&reply);
    assert_int_equal(response->last_sequence, 3);
    assert_int_equal(response->taken_batch_count, 3);
    assert_int_equal(response->accepted_count, 9);
    assert_int_equal(response->refused_count, 0);
    assert_int_equal(stored().state, 7);
    reply = ask("core", 2);
    assert_int_equal(batch_of(&reply)->batch->billed_centimes, 15000);
    assert_int_equal(batch_of(&reply)->batch->reimbursed_centimes, 6400);
    assert_int_equal(batch_of(&reply)->last_sequence, 3);
}

static void a_batch_is_taken_once(void **state)
{
    (void)state;
    struct harness_reply reply = import_one("core", 1, family, COUNT(family));
    assert_int_equal(taken(&reply)->taken_batch_count, 1);
    reply = import_one("core", 1, family, COUNT(family));
    assert_int_equal(taken(&reply)->taken_batch_count, 0);
    assert_int_equal(taken(&reply)->repeated_batch_count, 1);
    assert_int_equal(taken(&reply)->last_sequence, 1);
    reply = import_one("core", 1, sheet, COUNT(sheet)); /* the number, with other rows */
    assert_reason(reply.result, FEED_SEQUENCE_REUSED);
    reply = import_one("core", 3, sheet, COUNT(sheet));
    assert_reason(reply.result, FEED_SEQUENCE_GAP);
    assert_string_equal(harness_error_value(&reply, "last_sequence"), "1");
    assert_int_equal(stored().state, 0);
    reply = import_one("core", 2, family, COUNT(family)); /* the same rows under a new number */
    assert_int_equal(taken(&reply)->unchanged_count, COUNT(family));
    reply = ask("other", 0);
    assert_int_equal(batch_of(&reply)->last_sequence, 0);
    assert_null(batch_of(&reply)->batch);
    reply = ask("core", 9);
    assert_reason(reply.result, NOT_FOUND);
}

static void what_is_wrong_is_refused_and_told(void **state)
{
    (void)state;
    const struct row rows[] = {
        {KIND(MEMBER), "990000001,A99000001,MGEN,FR,fr,,,2025-05-01"},
        {KIND(MEMBER), "99,A99000001,MGEN,FR,fr,,,2025-05-01"},
        {KIND(BENEFICIARY), "990000002,0,HOLDER,H,B,ه,ب,1960-01-01,ZZ1,2025-05-01"},
        {KIND(BENEFICIARY), "990000001,0,\"HOLDER"},
        {KIND(BENEFICIARY), "990000001,0,HOLDER,H,B,ه,ب,1960-01-01,ZZ1,2025-05-01"},
        {KIND(CARD), "990000001,0,2024-02-29,ACTIVE,photos/001.png,2025-05-01"},
        sheet[0],
        {KIND(CLAIM), "990000001,F1,0,POST,CNOPS,APPROVED,2025-03-01,2025-03-01,,2025-03-06,,,"
                      "15000,6401,MEMBER,,,,,false,,2025-04-01"},
    };
    static const struct {
        int32_t index;
        const char *fault, *column;
    } expected[] = {{1, "PATTERN", "registration_number"},
                    {2, "UNKNOWN_MEMBER", "registration_number"},
                    {3, "NOT_CSV", ""},
                    {5, "PHOTO", "photo_file"},
                    {6, "COMPANION", ""},
                    {7, "TOTALS", "reimbursed_centimes"}};
    struct harness_reply reply = import_one("core", 1, rows, COUNT(rows));
    assert_int_equal(taken(&reply)->accepted_count, 2);
    assert_int_equal(taken(&reply)->refused_count, COUNT(expected));
    reply = ask("core", 0);
    const Hayat__Backoffice__V1__FeedBatch *batch = batch_of(&reply)->batch;
    assert_int_equal(batch->n_refusals, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_int_equal(batch->refusals[i]->row_index, expected[i].index);
        assert_string_equal(batch->refusals[i]->fault, expected[i].fault);
        assert_string_equal(batch->refusals[i]->column, expected[i].column);
        assert_true(strlen(batch->refusals[i]->text) > 0);
    }
    assert_int_equal(stored().state, 0);
}

static status phone_filed(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredMember *member;
    struct owner owner = owner_of_registration(txn_keys(txn), bytes_str("990000002"));
    TRY(member_store_get(txn, owner, &member));
    *(int64_t *)ctx = member->phone_filed_ms;
    return STATUS_OK;
}

#define PHONE_ROW(phone, updated, filed)                                                           \
    "990000002,A99000002,MGEN,MA,fr," phone ",\"12, rue de l'Exemple\"," updated filed

static void a_number_stays_filed(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        bool filed;
    } steps[] = {{PHONE_ROW("+212600000001", "2025-05-01", ",2025-05-01"), true},
                 {PHONE_ROW("+212600000001", "2025-05-02", ""), true},
                 {PHONE_ROW("+212600000001", "2025-05-03", ","), true},
                 {PHONE_ROW("+212600000002", "2025-05-04", ""), false},
                 {PHONE_ROW("+212600000001", "2025-05-05", ""), false}};
    for (size_t i = 0; i < COUNT(steps); i++) {
        struct row row = {KIND(MEMBER), steps[i].row};
        struct harness_reply reply = import_one("phones", (int64_t)i + 1, &row, 1);
        (void)taken(&reply);
        int64_t filed_ms = -1;
        assert_ok(harness_read(&h, phone_filed, &filed_ms));
        assert_int_equal(filed_ms != 0, steps[i].filed);
    }
}

static void the_last_64_batches_are_remembered(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open_as(&s, &h, FEED_METHOD("ImportRecords"), &core));
    for (int64_t sequence = 1; sequence <= 66; sequence++) {
        send(&s, "core", sequence, payment, COUNT(payment));
    }
    (void)harness_stream_half_close(&s);
    struct harness_reply reply = harness_stream_close(&s);
    assert_int_equal(taken(&reply)->refused_count, 66);
    reply = ask("core", 2);
    assert_reason(reply.result, NOT_FOUND);
    reply = ask("core", 3);
    assert_int_equal(batch_of(&reply)->batch->n_refusals, 1);
    reply = import_one("core", 1, payment, COUNT(payment)); /* forgotten, but not taken again */
    assert_int_equal(taken(&reply)->repeated_batch_count, 1);
}

static void a_stream_has_one_source(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open_as(&s, &h, FEED_METHOD("ImportRecords"), &core));
    send(&s, "core", 1, payment, COUNT(payment));
    send(&s, "other", 1, payment, COUNT(payment));
    struct harness_reply reply = harness_stream_close(&s);
    assert_reason(reply.result, INVALID_FIELD);
}

/* Who brings claims says nothing of accounts, of who lives, or of how long things are kept. */
static void each_kind_has_its_scope(void **state)
{
    (void)state;
    static const struct row account[] = {{KIND(BANK_ACCOUNT), "990000001,x"}},
                            code[] = {{KIND(BANK_CODE), "x"}},
                            living[] = {{KIND(LIFE_CONFIRMATION), "990000001,x"}},
                            period[] = {{KIND(RETENTION_PERIOD), "x"}};
    const struct {
        uint32_t scopes;
        bool members, accounts, codes, confirmations, periods;
    } rows[] = {{SCOPE_FEED, true, false, false, false, false},
                {SCOPE_FEED_BANK, false, true, true, false, false},
                {SCOPE_FEED_REGISTRY, false, false, false, true, false},
                {SCOPE_FEED_RULES, false, false, false, false, true},
                {SCOPE_FEED | SCOPE_FEED_REGISTRY, true, false, false, true, false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        core = harness_core_system(&h, rows[i].scopes);
        const bool taken_so[] = {
            ok(import_one("a", 1, family, COUNT(family)).result),
            ok(import_one("b", 1, account, 1).result), ok(import_one("c", 1, code, 1).result),
            ok(import_one("d", 1, living, 1).result), ok(import_one("e", 1, period, 1).result)};
        assert_int_equal(taken_so[0], rows[i].members);
        assert_int_equal(taken_so[1], rows[i].accounts); /* whatever is wrong with the row */
        assert_int_equal(taken_so[2], rows[i].codes);
        assert_int_equal(taken_so[3], rows[i].confirmations);
        assert_int_equal(taken_so[4], rows[i].periods);
    }
    core = harness_core_system(&h, SCOPE_FEED);
    assert_reason(import_one("core", 1, living, 1).result, PERMISSION_DENIED);
}

/* RULE RETENTION-FLOOR: a slip of the pen ends nobody's year. */
static void members_are_kept_for_a_year_at_least(void **state)
{
    (void)state;
    const struct row rows[] = {
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,insured,1,DAYS"},
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,insured,364,DAYS"},
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,insured,11,MONTHS"},
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,insured,12,MONTHS"},
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,biometric,1,DAYS"},
    };
    core = harness_core_system(&h, SCOPE_FEED_RULES);
    struct harness_reply reply = import_one("core", 1, rows, COUNT(rows));
    assert_int_equal(taken(&reply)->accepted_count, 2);
    reply = ask("core", 0);
    const Hayat__Backoffice__V1__FeedBatch *batch = batch_of(&reply)->batch;
    assert_int_equal(batch->n_refusals, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(batch->refusals[i]->row_index, i);
        assert_string_equal(batch->refusals[i]->fault, "TOO_SHORT");
        assert_string_equal(batch->refusals[i]->column, "limit");
    }
}

static void nobody_else_may(void **state)
{
    (void)state;
    struct harness_caller outbox = harness_core_system(&h, SCOPE_OUTBOX);
    struct harness_caller agent = harness_agent(&h, SCOPE_AGENCY);
    struct harness_member member = harness_member(&h, "999000001");
    const struct harness_caller *callers[] = {&outbox, &agent};
    for (size_t i = 0; i < COUNT(callers); i++) {
        struct harness_stream s;
        assert_false(harness_stream_open_as(&s, &h, FEED_METHOD("ImportRecords"), callers[i]));
        assert_reason(harness_stream_close(&s).result, PERMISSION_DENIED);
    }
    struct harness_stream s;
    assert_false(harness_stream_open(&s, &h, FEED_METHOD("ImportRecords"), member.token));
    assert_reason(harness_stream_close(&s).result, PERMISSION_DENIED);
    /* Two systems' sources are apart. */
    struct harness_reply reply = import_one("core", 1, family, COUNT(family));
    assert_int_equal(taken(&reply)->last_sequence, 1);
    core = harness_core_system(&h, SCOPE_FEED);
    reply = ask("core", 0);
    assert_int_equal(batch_of(&reply)->last_sequence, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(batches_are_taken_in_order),
        TEST(a_batch_is_taken_once),
        TEST(what_is_wrong_is_refused_and_told),
        TEST(the_last_64_batches_are_remembered),
        TEST(a_number_stays_filed),
        TEST(a_stream_has_one_source),
        TEST(each_kind_has_its_scope),
        TEST(members_are_kept_for_a_year_at_least),
        TEST(nobody_else_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
