/*
 * Promise: a statement tells of exactly the paid claims of its period and person, to the centime, in three forms; its
 * signature and digests verify offline; a retry gets the same one; nobody else reads it; it goes after 30 days; what
 * cannot be made is refused with its reason and leaves nothing behind.
 */
#include "tests/support/cm.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/codec.h"
#include "hayat/v1/claim.pb-c.h"
#include "service/message.h"
#include "service/statement_verify.h"
#include "storage/claim_store.h"
#include "storage/document_store.h"
#include "storage/expiry_store.h"
#include "tests/support/fund.h"
#include "tests/support/paper_statement.h"

#define METHOD "/hayat.v1.ClaimService/CreateStatement"
#define FORMAT(name) HAYAT__V1__STATEMENT_FORMAT__STATEMENT_FORMAT_##name

enum { CLAIMS = 45, PAGE = 128 };

static struct harness h;
static struct harness_member m;

/* --- claims on file --- */

struct filing {
    struct owner owner;
    Hayat__Paper__V1__StatementClaim **claims;
    size_t count;
    uint32_t state;
};

static status file_claims(void *ctx, struct txn *txn)
{
    const struct filing *filing = ctx;
    struct claim_put puts[PAGE];
    assert_true(filing->count <= PAGE);
    for (size_t i = 0; i < filing->count; i++) {
        Hayat__Store__V1__StoredClaim *claim = filing->claims[i]->claim;
        claim->state = filing->state;
        claim->receipt_days = claim->payment_days - 20;
        struct id id = claim_id_of(txn_keys(txn), filing->owner, bytes_str(claim->file_number));
        puts[i] = (struct claim_put){id, claim, bytes_str(claim->file_number)};
    }
    return claim_store_put(txn, filing->owner, puts, filing->count);
}

static void put_claims(Hayat__Paper__V1__StatementClaim **claims, size_t count, uint32_t state)
{
    for (size_t i = 0; i < count; i += PAGE) {
        size_t some = count - i < PAGE ? count - i : PAGE;
        struct filing filing = {m.owner, claims + i, some, state};
        assert_ok(harness_write(&h, file_claims, &filing));
    }
}

#define STATE(name) HAYAT__V1__CLAIM_STATE__CLAIM_STATE_##name

/* What is on file, as the member's statement should say it. */
static Hayat__Paper__V1__Statement *known;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = harness_member(&h, "999000061");
    fund_put_family(&h, m.owner, 2);
    known = paper_statement(&h.arena, CLAIMS);
    put_claims(known->claims, CLAIMS, STATE(PAID));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- calling --- */

static Google__Type__Date *a_date(int32_t year, int32_t month, int32_t day)
{
    return message_date(&h.arena, date_to_days((struct date){year, month, day}));
}

static Hayat__V1__CreateStatementRequest *a_request(Hayat__V1__StatementFormat format)
{
    Hayat__V1__CreateStatementRequest *request = message_new(
        &h.arena, &hayat__v1__create_statement_request__descriptor);
    request->request_id = fund_request_id(&h);
    request->from_date = a_date(2026, 1, 1);
    request->to_date = a_date(2026, 12, 31);
    request->format = format;
    return request;
}

static struct harness_reply call(const Hayat__V1__CreateStatementRequest *request)
{
    fake_clock_advance(&h.clock, 6000); /* the rate's pace */
    return harness_call(&h, METHOD, m.token, &request->base);
}

static Hayat__V1__Statement *made(const Hayat__V1__CreateStatementRequest *request)
{
    struct harness_reply reply = call(request);
    assert_ok(reply.result);
    return ((Hayat__V1__CreateStatementResponse *)reply.response)->statement;
}

static bytes file_of(const Hayat__V1__Statement *statement)
{
    bytes file;
    char *name = fund_document_name(&h, statement->document_id);
    assert_ok(fund_read(&h, m.token, name, (struct fund_range){0, 0}, &file).result);
    assert_int_equal(file.len, statement->size_bytes);
    return file;
}

static char *text_of(bytes file)
{
    char *text = arena_str(&h.arena, file);
    assert_non_null(text);
    return text;
}

/* --- amounts --- */

static void assert_totals(const Hayat__V1__AmountSplit *totals,
                          const Hayat__Store__V1__StoredSplit *expected)
{
    assert_int_equal(totals->billed_centimes, expected->billed_centimes);
    assert_int_equal(totals->reimbursed_centimes, expected->reimbursed_centimes);
    assert_int_equal(totals->ticket_moderateur_centimes, expected->ticket_moderateur_centimes);
    assert_int_equal(totals->overrun_centimes, expected->overrun_centimes);
    assert_int_equal(totals->non_covered_centimes, expected->non_covered_centimes);
    assert_int_equal(totals->billed_centimes,
                     totals->reimbursed_centimes + totals->ticket_moderateur_centimes +
                         totals->overrun_centimes + totals->non_covered_centimes);
}

/* The cell at COLUMN of a row without quotes, as centimes. */
static int64_t cell_centimes(const char *row, int column)
{
    for (; column > 0; column--) {
        row = strchr(row, ',') + 1;
    }
    int64_t value = 0;
    for (; *row != ',' && *row != '\r'; row++) {
        value = *row == '.' ? value : value * 10 + (*row - '0');
    }
    return value;
}

enum { CSV_BILLED = 27, CSV_REIMBURSED = 28, CSV_TICKET = 29, CSV_OVERRUN = 30 };

static void test_csv_adds_up(void **state)
{
    (void)state;
    Hayat__V1__Statement *statement = made(a_request(FORMAT(CSV)));
    bytes file = file_of(statement);
    int64_t billed = 0, reimbursed = 0, ticket = 0, overrun = 0;
    size_t lines = 0, expected = 0;
    assert_string_equal(statement->media_type, "text/csv");
    assert_int_equal(statement->claim_count, CLAIMS);
    assert_totals(statement->totals, known->totals);
    for (char *row = text_of(file); row != NULL; row = strstr(row, "\r\n")) {
        row += row[0] == '\r' ? 2 : 0;
        if (strncmp(row, "line,", 5) == 0) {
            lines++;
            billed += cell_centimes(row, CSV_BILLED);
            reimbursed += cell_centimes(row, CSV_REIMBURSED);
            ticket += cell_centimes(row, CSV_TICKET);
            overrun += cell_centimes(row, CSV_OVERRUN);
        } else if (strncmp(row, "total,", 6) == 0) {
            assert_int_equal(cell_centimes(row, CSV_BILLED), billed);
            assert_int_equal(cell_centimes(row, CSV_REIMBURSED), reimbursed);
            assert_int_equal(cell_centimes(row, CSV_TICKET), ticket);
            assert_int_equal(cell_centimes(row, CSV_OVERRUN), overrun);
        }
    }
    for (size_t i = 0; i < CLAIMS; i++) {
        expected += known->claims[i]->claim->n_lines;
    }
    assert_int_equal(lines, expected);
    assert_int_equal(billed, known->totals->billed_centimes);
    assert_int_equal(reimbursed, known->totals->reimbursed_centimes);
}

/* The worked example of the domain: billed 150.00, tariff 80.00 at 70 % gives 56.00, 24.00 and 70.00. */
static void test_worked_example(void **state)
{
    (void)state;
    Hayat__V1__CreateStatementRequest *request = a_request(FORMAT(CSV));
    char *row = strstr(text_of(file_of(made(request))), "line,2026-000001,");
    assert_non_null(row);
    *strstr(row, "\r\n") = '\0';
    assert_non_null(strstr(row, ",70.00,80.00,150.00,56.00,24.00,70.00,0.00,MAD"));
}

/* --- digests and signature --- */

static void test_signature(void **state)
{
    (void)state;
    static const Hayat__V1__StatementFormat formats[] = {FORMAT(CSV), FORMAT(PDF), FORMAT(FHIR)};
    static const char *const begins[] = {"record,", "%PDF-1.", "{\"resourceType\":\"Bundle\""};
    uint8_t content[3][STATEMENT_SHA256_BYTES];
    for (size_t i = 0; i < 3; i++) {
        uint8_t digest[STATEMENT_SHA256_BYTES];
        Hayat__V1__Statement *statement = made(a_request(formats[i]));
        Hayat__V1__StatementPayload *payload;
        bytes file = file_of(statement);
        assert_true(bytes_starts_with(file, begins[i]));
        assert_ok(
            statement_verify(h.signer.public_key, statement->signed_statement, &h.arena, &payload));
        (void)crypto_hash_sha256(digest, file.ptr, file.len);
        assert_true(statement_matches(payload, file.len, digest));
        assert_memory_equal(statement->sha256.data, digest, sizeof digest);
        assert_totals(payload->totals, known->totals);
        assert_string_equal(payload->document_id, statement->document_id);
        assert_string_equal(payload->registration_number, "999000061");
        memcpy(content[i], payload->content_sha256.data, STATEMENT_SHA256_BYTES);
        digest[0] ^= 1;
        assert_false(statement_matches(payload, file.len, digest));
        statement->signed_statement->payload.data[5] ^= 1;
        assert_reason(
            statement_verify(h.signer.public_key, statement->signed_statement, &h.arena, &payload),
            STATEMENT_INVALID);
    }
    /* Each statement has its own reference, so its own content digest. */
    assert_memory_not_equal(content[0], content[1], STATEMENT_SHA256_BYTES);
}

/* The digest row tells the SHA-256 of all bytes before it, and the signature repeats it. */
static void test_content_digest(void **state)
{
    (void)state;
    Hayat__V1__Statement *statement = made(a_request(FORMAT(CSV)));
    Hayat__V1__StatementPayload *payload;
    bytes file = file_of(statement);
    char *text = text_of(file), *row = strstr(text, "\r\nsha256,") + 2;
    uint8_t digest[STATEMENT_SHA256_BYTES], told[STATEMENT_SHA256_BYTES];
    (void)crypto_hash_sha256(digest, file.ptr, (size_t)(row - text));
    assert_true(hex_decode(bytes_of(row + 7, 64), told, sizeof told));
    assert_memory_equal(digest, told, sizeof told);
    assert_ok(statement_payload(statement->signed_statement, &h.arena, &payload));
    assert_memory_equal(payload->content_sha256.data, digest, sizeof digest);
}

/* --- which claims --- */

static void test_period_and_person(void **state)
{
    (void)state;
    struct harness_reply reply;
    Hayat__V1__CreateStatementRequest *request = a_request(FORMAT(CSV));
    request->from_date = request->to_date = a_date(2026, 3, 10); /* the first 20 */
    assert_int_equal(made(request)->claim_count, 20);
    request = a_request(FORMAT(CSV));
    request->from_date = a_date(2026, 3, 13);
    Hayat__V1__Statement *none = made(request);
    assert_int_equal(none->claim_count, 0);
    assert_int_equal(none->totals->billed_centimes, 0);
    request->request_id = fund_request_id(&h);
    request->to_date = a_date(2026, 3, 12);
    reply = call(request);
    assert_reason(reply.result, INVALID_FIELD);
    request->to_date = a_date(2026, 2, 28);
    request->to_date->day = 30;
    assert_reason(call(request).result, INVALID_FIELD);
}

static char *beneficiary_id(uint32_t seq)
{
    /* fund_put_beneficiary's ids are known by the cards' answer. */
    Hayat__V1__ListCardsRequest request = HAYAT__V1__LIST_CARDS_REQUEST__INIT;
    Hayat__V1__ListCardsResponse *cards = (Hayat__V1__ListCardsResponse *)fund_call(
        &h, CARD_METHOD("ListCards"), m.token, &request.base);
    assert_true(seq < cards->n_cards);
    return cards->cards[seq]->beneficiary->beneficiary_id;
}

static void test_one_person(void **state)
{
    (void)state;
    Hayat__V1__CreateStatementRequest *request = a_request(FORMAT(CSV));
    request->beneficiary_id = beneficiary_id(1);
    Hayat__V1__Statement *statement = made(request);
    assert_int_equal(statement->claim_count, CLAIMS / 3);
    request = a_request(FORMAT(CSV));
    request->beneficiary_id = message_text(&h.arena, "ben_00000000000000000000000000");
    struct harness_reply unknown = call(request);
    assert_reason(unknown.result, NOT_FOUND);
    struct harness_member other = harness_member(&h, "999000062");
    fund_put_family(&h, other.owner, 1);
    request->request_id = fund_request_id(&h);
    request->beneficiary_id = beneficiary_id(1);
    struct harness_reply foreign = harness_call(&h, METHOD, other.token, &request->base);
    fund_assert_same_failure(&unknown, &foreign); /* SEC-A3 */
}

static void test_only_paid_ones(void **state)
{
    (void)state;
    put_claims(known->claims, 5, STATE(REVERSED));
    put_claims(known->claims + 5, 5, STATE(IN_REVIEW));
    Hayat__V1__Statement *statement = made(a_request(FORMAT(CSV)));
    assert_int_equal(statement->claim_count, CLAIMS - 10);
    assert_null(strstr(text_of(file_of(statement)), "line,2026-000003,"));
}

static void test_formulas_are_text(void **state)
{
    (void)state;
    known->claims[0]->claim->file_number = message_text(&h.arena, "=1+2,\"x\"");
    put_claims(known->claims, 1, STATE(PAID));
    char *text = text_of(file_of(made(a_request(FORMAT(CSV)))));
    assert_non_null(strstr(text, "line,\"'=1+2,\"\"x\"\"\","));
}

/* --- one request, one statement --- */

static void test_a_retry_gets_the_same(void **state)
{
    (void)state;
    Hayat__V1__CreateStatementRequest *request = a_request(FORMAT(PDF));
    struct harness_reply first = call(request), second = call(request);
    assert_ok(first.result);
    assert_ok(second.result);
    assert_true(bytes_equal(first.wire, second.wire));
    request->format = FORMAT(CSV);
    assert_reason(call(request).result, REQUEST_ID_REUSED);
}

static void test_nobody_else_reads_it(void **state)
{
    (void)state;
    bytes file;
    Hayat__V1__Statement *statement = made(a_request(FORMAT(CSV)));
    struct harness_member other = harness_member(&h, "999000062");
    char *name = fund_document_name(&h, statement->document_id);
    assert_reason(fund_read(&h, other.token, name, (struct fund_range){0, 0}, &file).result,
                  NOT_FOUND);
    /* It is no upload either. */
    char *upload = arena_printf(&h.arena, "upl_%s", statement->document_id + 4);
    assert_reason(fund_get_upload(&h, m.token, upload).result, NOT_FOUND);
}

/* --- bounds --- */

static void test_too_many_claims(void **state)
{
    (void)state;
    Hayat__Paper__V1__Statement *many = paper_statement(&h.arena, LIMIT_STATEMENT_CLAIMS + 1);
    put_claims(many->claims, many->n_claims, STATE(PAID));
    struct harness_reply reply = call(a_request(FORMAT(CSV)));
    assert_reason(reply.result, STATEMENT_TOO_LARGE);
    assert_int_equal(reply.code, CODE_FAILED_PRECONDITION);
    assert_string_equal(harness_error_value(&reply, "claim_limit"), "1000");
    Hayat__V1__CreateStatementRequest *request = a_request(FORMAT(CSV));
    request->to_date = a_date(2026, 3, 20);
    assert_int_equal(made(request)->claim_count, 220);
}

static void test_too_many_lines(void **state)
{
    (void)state;
    Hayat__Paper__V1__Statement *many = paper_statement(&h.arena, 41);
    for (size_t i = 0; i < many->n_claims; i++) {
        Hayat__Store__V1__StoredClaim *claim = many->claims[i]->claim;
        Hayat__Store__V1__StoredClaimLine **lines = arena_array(&h.arena, 100, sizeof *lines);
        for (size_t j = 0; j < 100; j++) {
            lines[j] = claim->lines[0];
        }
        claim->lines = lines;
        claim->n_lines = 100;
    }
    put_claims(many->claims, many->n_claims, STATE(PAID));
    struct harness_reply reply = call(a_request(FORMAT(CSV)));
    assert_reason(reply.result, STATEMENT_TOO_LARGE);
    assert_string_equal(harness_error_value(&reply, "line_limit"), "4000");
}

static void test_so_many_statements(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_STATEMENTS_PER_MEMBER; i++) {
        (void)made(a_request(FORMAT(CSV)));
    }
    struct harness_reply reply = call(a_request(FORMAT(CSV)));
    assert_reason(reply.result, STATEMENT_LIMIT);
    assert_string_equal(harness_error_value(&reply, "statement_limit"), "20");
}

/* --- two calls at one time --- */

static struct worker_job standing[LIMIT_PAPER_WORKERS];
static sem_t gate;

static void stand(struct worker_job *job)
{
    (void)job;
    while (sem_wait(&gate) != 0) {
    }
}

static void start(struct harness_stream *s, const Hayat__V1__CreateStatementRequest *request)
{
    uint8_t *packed = arena_alloc(&h.arena, 256);
    bytes wire = bytes_of(packed, protobuf_c_message_pack(&request->base, packed));
    fake_clock_advance(&h.clock, 6000);
    assert_true(harness_stream_open(s, &h, METHOD, m.token));
    assert_int_equal(pipeline_message(&s->call, wire), STEP_PENDING);
}

static struct harness_reply await(struct harness_stream *s)
{
    while (sem_wait(&s->resumed) != 0) {
    }
    return harness_stream_close(s);
}

/* Both find room before either is made; there is room for one. */
static void test_two_at_once_for_the_last_place(void **state)
{
    (void)state;
    struct harness_stream a, b;
    for (int i = 0; i < LIMIT_STATEMENTS_PER_MEMBER - 1; i++) {
        (void)made(a_request(FORMAT(CSV)));
    }
    assert_int_equal(sem_init(&gate, 0, 0), 0);
    for (size_t i = 0; i < LIMIT_PAPER_WORKERS; i++) {
        standing[i].run = stand;
        assert_ok(worker_pool_submit(h.pipeline.paper, &standing[i]));
    }
    uint64_t jobs = writer_stats(h.app.writer).jobs;
    start(&a, a_request(FORMAT(CSV)));
    start(&b, a_request(FORMAT(CSV)));
    while (writer_stats(h.app.writer).jobs < jobs + 2) {
    }
    for (size_t i = 0; i < LIMIT_PAPER_WORKERS; i++) {
        (void)sem_post(&gate);
    }
    struct harness_reply first = await(&a), second = await(&b);
    const struct harness_reply *refused = ok(first.result) ? &second : &first;
    assert_true(ok(first.result) || ok(second.result));
    assert_reason(refused->result, STATEMENT_LIMIT);
    assert_string_equal(harness_error_value(refused, "statement_limit"), "20");
    assert_reason(call(a_request(FORMAT(CSV))).result, STATEMENT_LIMIT);
}

static void test_no_renderer(void **state)
{
    (void)state;
    h.app.renderer = "/nonexistent/hayat-paper";
    Hayat__V1__CreateStatementRequest *request = a_request(FORMAT(PDF));
    struct harness_reply reply = call(request);
    assert_reason(reply.result, HELPER_FAILED);
    assert_int_equal(reply.code, CODE_UNAVAILABLE);
    assert_non_null(reply.retry_info);
    assert_int_equal(made(a_request(FORMAT(CSV)))->claim_count, CLAIMS);
    h.app.renderer = "/bin/false";
    assert_reason(call(request).result, HELPER_FAILED);
}

/* --- its end --- */

static bool count_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    size_t *count = ctx;
    (void)key;
    (void)record;
    (*count)++;
    return true;
}

static status count_rows(void *ctx, struct txn *txn)
{
    static const enum table_id tables[] = {TABLE_document, TABLE_document_chunk};
    for (size_t i = 0; i < 2; i++) {
        struct scan scan = {
            .table = tables[i], .owner = m.owner, .prefix = key_owner(m.owner), .keys_only = true};
        TRY(table_scan(txn, &scan, count_key, ctx));
    }
    return STATUS_OK;
}

static size_t rows_on_disk(void)
{
    size_t count = 0;
    assert_ok(harness_read(&h, count_rows, &count));
    return count;
}

static status run_expiry(void *ctx, struct txn *txn)
{
    struct expiry_ends ends = {.upload = document_store_expire};
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS, &ends, ctx);
}

static void expire_all(void)
{
    for (int round = 0; round < 40; round++) {
        struct expiry_ran ran;
        assert_ok(harness_write(&h, run_expiry, &ran));
        fake_clock_advance(&h.clock, 10);
    }
}

/* As a call leaves it that ended between its two transactions. */
static status begin_one(void *ctx, struct txn *txn)
{
    struct id *id = ctx;
    struct document_chunks chunks;
    Hayat__Store__V1__StoredDocument document = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    document.document_id = (ProtobufCBinaryData){ID_BYTES, id->bytes};
    document.state = HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ISSUING;
    document.size_bytes = 4;
    document.expire_ms = txn_now_ms(txn) + LIMIT_STATEMENT_MAKING_MS;
    TRY(document_store_new_key(txn, m.owner, &document));
    TRY(document_store_put(txn, m.owner, &document));
    TRY(document_store_expire_at(txn, m.owner, *id, document.expire_ms));
    TRY(document_chunks_open(txn, m.owner, &document, &chunks));
    status s = document_chunks_put(txn, &chunks, 0, bytes_str("half"));
    document_chunks_close(&chunks);
    return s;
}

static void test_an_unfinished_one_is_no_document(void **state)
{
    (void)state;
    struct id id = {{0x11}};
    bytes file;
    assert_ok(harness_write(&h, begin_one, &id));
    assert_int_equal(rows_on_disk(), 2);
    char *name = arena_printf(&h.arena, "documents/%s", message_id_of(&h.arena, "doc", id));
    assert_reason(fund_read(&h, m.token, name, (struct fund_range){0, 0}, &file).result, NOT_FOUND);
    fake_clock_advance(&h.clock, LIMIT_STATEMENT_MAKING_MS + 1);
    expire_all();
    assert_int_equal(rows_on_disk(), 0);
}

static void test_goes_after_30_days(void **state)
{
    (void)state;
    Hayat__V1__Statement *statement = made(a_request(FORMAT(FHIR)));
    assert_int_equal(statement->expire_time->seconds - statement->create_time->seconds,
                     30 * 24 * 3600);
    size_t there = rows_on_disk();
    assert_true(there > 1);
    fake_clock_advance(&h.clock,
                       LIMIT_STATEMENT_MAKING_MS + 1); /* the time for making it is over */
    expire_all();
    assert_int_equal(rows_on_disk(), there);
    fake_clock_advance(&h.clock, LIMIT_STATEMENT_LIFE_MS);
    expire_all();
    assert_int_equal(rows_on_disk(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_csv_adds_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_worked_example, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signature, setup, teardown),
        cmocka_unit_test_setup_teardown(test_content_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(test_period_and_person, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_person, setup, teardown),
        cmocka_unit_test_setup_teardown(test_only_paid_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(test_formulas_are_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_retry_gets_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_else_reads_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_claims, setup, teardown),
        cmocka_unit_test_setup_teardown(test_so_many_statements, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_at_once_for_the_last_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_renderer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_unfinished_one_is_no_document, setup, teardown),
        cmocka_unit_test_setup_teardown(test_goes_after_30_days, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
