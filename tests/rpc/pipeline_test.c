/*
 * The pipeline, unary calls: who is let in and in which order it is decided, what a transaction kind means, that a failed
 * call leaves no trace and no reply, that a revoked session cannot act (SEC-A5), that nothing is unbounded, and that
 * errors say what clients may know, in their language.  The routes are this file's own.
 */
#include <pthread.h>

#include "base/array.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "tests/support/audit.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

typedef Google__Bytestream__QueryWriteStatusRequest Request;
typedef Google__Bytestream__QueryWriteStatusResponse Response;

/* --- handlers under test: what they do is told by the request's text --- */

static struct harness h;
static pthread_t ran_on;
static int runs;

static struct cell note_cell(struct owner owner)
{
    return cell_of_owner(TABLE_card, owner, key_u32(key_owner(owner), 7));
}

static status put_note(struct txn *txn, struct owner owner)
{
    Hayat__Store__V1__StoredCard note = HAYAT__STORE__V1__STORED_CARD__INIT;
    struct cell cell = note_cell(owner);
    return table_put_record(txn, &cell, &note.base);
}

static void fill_details(struct rpc *rpc)
{
    rpc_violation(rpc, "resource_name", "is not what we want");
    rpc_detail(rpc, "committed_size", "17");
    rpc_detail_int(rpc, "limit", -5);
    rpc_precondition(rpc, "MISSING", "proof");
    rpc_retry_after(rpc, 2500);
}

static void fill_too_many_details(struct rpc *rpc)
{
    for (int i = 0; i < 2 * LIMIT_VIOLATIONS; i++) {
        rpc_violation(rpc, "resource_name", arena_printf(rpc->arena, "%0400d", i));
    }
}

static status act(struct rpc *rpc, const ProtobufCMessage *request, ProtobufCMessage *response)
{
    const char *word = ((const Request *)request)->resource_name;
    ((Response *)response)->committed_size = 17;
    ran_on = pthread_self();
    runs++;
    if (strcmp(word, "details") == 0) {
        fill_details(rpc);
        return FAIL(INVALID_FIELD);
    }
    if (strcmp(word, "many") == 0) {
        fill_too_many_details(rpc);
        return FAIL(INVALID_FIELD);
    }
    if (strcmp(word, "greedy") == 0) {
        while (arena_alloc(rpc->arena, 65536) != NULL) {
        }
        return arena_check(rpc->arena);
    }
    if (strcmp(word, "local") == 0) {
        return FAIL(KEY_FILE_INVALID);
    }
    if (strcmp(word, "put") == 0 || strcmp(word, "put and fail") == 0 ||
        strcmp(word, "put, fail and keep") == 0) {
        TRY(put_note(rpc->txn, rpc->principal->owner));
    }
    rpc->keep_writes = strcmp(word, "put, fail and keep") == 0;
    return strcmp(word, "put") == 0 || word[0] == '\0' ? STATUS_OK : FAIL(NOT_FOUND);
}

/* FindMember's shape: it gives data, and says whose or forgets to. */
static status act_for_agent(struct rpc *rpc, const ProtobufCMessage *request,
                            ProtobufCMessage *response)
{
    const char *word = ((const Request *)request)->resource_name;
    struct owner owner = owner_of_registration(rpc->app->keys, bytes_str("TEST-0001"));
    ((Response *)response)->committed_size = 17;
    if (strcmp(word, "named") == 0) {
        rpc_audit_subject(rpc, owner);
    }
    if (strcmp(word, "about nobody") == 0) {
        rpc_audit_nobody(rpc);
    }
    rpc->keep_writes = strcmp(word, "forgotten, kept") == 0;
    return put_note(rpc->txn, owner);
}

/* GetCard's shape: the transaction is there, and it is the caller's. */
static status look(struct rpc *rpc, const ProtobufCMessage *request, ProtobufCMessage *response)
{
    struct cell cell = note_cell(rpc->principal->owner);
    ProtobufCMessage *note;
    (void)request;
    ((Response *)response)->committed_size = 17;
    return table_get_record(rpc->txn, &cell, &note);
}

static const struct field_rule request_fields[] = {
    {.name = "resource_name", .number = 1, .kind = FIELD_STRING, .max_len = 64},
};
static const struct message_rule request_rule = {"test.Request", request_fields,
                                                 ARRAY_LEN(request_fields)};

#define ROUTE(path_, callers_, transaction_, handler_)                                             \
    ROUTE_AUDITED(path_, callers_, transaction_, handler_, AUDIT_NONE)
#define ROUTE_AUDITED(path_, callers_, transaction_, handler_, audit_)                             \
    {                                                                                              \
        .path = (path_), .rule = &request_rule,                                                    \
        .request = &google__bytestream__query_write_status_request__descriptor,                    \
        .response = &google__bytestream__query_write_status_response__descriptor,                  \
        .handler.unary = (handler_), .policy = {                                                   \
            .callers = (callers_),                                                                 \
            .transaction = (transaction_),                                                         \
            .idempotency = IDEMPOTENCY_NATURAL,                                                    \
            .rate_per_minute = 60,                                                                 \
            .rate_burst = 4,                                                                       \
            .deadline_ms = 15000,                                                                  \
            .max_request_bytes = 128,                                                              \
            .audit = (audit_),                                                                     \
            .scopes = 0                                                                            \
        }                                                                                          \
    }

const struct route routes[] = {
    ROUTE_AUDITED("/t/AgentRead", CALLER_AGENT, TRANSACTION_WRITE, act_for_agent, AUDIT_READ),
    ROUTE("/t/AgentWrite", CALLER_AGENT, TRANSACTION_WRITE, act),
    ROUTE("/t/Free", CALLER_ANONYMOUS | CALLER_MEMBER, TRANSACTION_NONE, act),
    ROUTE("/t/Manual", CALLER_MEMBER, TRANSACTION_MANUAL, act),
    ROUTE("/t/Read", CALLER_MEMBER, TRANSACTION_READ, look),
    ROUTE("/t/Write", CALLER_MEMBER, TRANSACTION_WRITE, act),
};
const size_t route_count = ARRAY_LEN(routes);
const char *const rate_class_names[] = {"test"};
const size_t rate_class_count = 1;

/* --- the test's side --- */

static struct harness_member member;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, "TEST-0001");
    runs = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static bytes request_of(const char *word)
{
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    request.resource_name = arena_str(&h.arena, bytes_str(word));
    uint8_t *packed = arena_alloc(&h.arena, 1024);
    return bytes_of(packed, google__bytestream__query_write_status_request__pack(&request, packed));
}

static struct call_headers headers_of(const char *path, const char *token)
{
    struct call_headers headers = {.path = bytes_str(path),
                                   .peer = bytes_str("ipv4:192.0.2.7:40000"),
                                   .deadline_us = INT64_MAX};
    if (token != NULL) {
        headers.authorization = bytes_str(arena_printf(&h.arena, "Bearer %s", token));
    }
    return headers;
}

static struct harness_reply call(const char *path, const char *token, const char *word)
{
    struct call_headers headers = headers_of(path, token);
    return harness_call_wire(&h, &headers, request_of(word));
}

static bool note_is_there(void)
{
    struct cell cell = note_cell(member.owner);
    struct txn *txn;
    ProtobufCMessage *note;
    assert_ok(txn_begin_read(h.app.db, &h.arena, &txn));
    status s = table_get_record(txn, &cell, &note);
    txn_end_read(txn);
    return ok(s);
}

/* --- getting in --- */

static void an_unknown_method_is_unimplemented(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Nothing", member.token, "");
    assert_reason(reply.result, UNKNOWN_METHOD);
    assert_int_equal(reply.code, CODE_UNIMPLEMENTED);
    assert_string_equal(reply.error_info->reason, "UNKNOWN_METHOD");
}

static void the_token_decides_who_calls(void **state)
{
    (void)state;
    assert_reason(call("/t/Write", NULL, "").result, TOKEN_MISSING);
    assert_reason(call("/t/Write", "hyt_bad", "").result, TOKEN_INVALID);
    assert_reason(call("/t/AgentWrite", member.token, "").result, PERMISSION_DENIED);
    assert_ok(call("/t/Write", member.token, "").result);
    assert_int_equal(runs, 1);
}

static void an_authorization_that_is_no_bearer_is_refused(void **state)
{
    (void)state;
    static const char *const odd[] = {"Basic abc", "Bearer", "Bearer ", "Bearer\thyt_x", "b"};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct call_headers headers = headers_of("/t/Write", NULL);
        headers.authorization = bytes_str(odd[i]);
        assert_reason(harness_call_wire(&h, &headers, request_of("")).result, TOKEN_INVALID);
    }
    struct call_headers headers = headers_of("/t/Write", NULL);
    headers.authorization = bytes_str(arena_printf(&h.arena, "bEARER %s", member.token));
    assert_ok(harness_call_wire(&h, &headers, request_of("")).result);
}

static void a_method_for_everybody_does_not_look_at_tokens(void **state)
{
    (void)state;
    assert_ok(call("/t/Free", "hyt_bad", "").result);
    assert_ok(call("/t/Free", NULL, "").result);
    assert_ok(call("/t/Free", member.token, "").result);
}

static void a_draining_server_says_so(void **state)
{
    (void)state;
    atomic_store(&h.pipeline.draining, true);
    struct harness_reply reply = call("/t/Write", member.token, "");
    assert_reason(reply.result, DRAINING);
    assert_int_equal(reply.code, CODE_UNAVAILABLE);
    assert_int_equal(reply.retry_info->retry_delay->seconds, LIMIT_RETRY_MS / 1000);
}

static void calls_in_flight_are_bounded(void **state)
{
    (void)state;
    atomic_store(&h.pipeline.in_flight, LIMIT_CALLS_IN_FLIGHT);
    struct harness_reply reply = call("/t/Write", member.token, "");
    assert_reason(reply.result, OVERLOADED);
    assert_non_null(reply.retry_info);
    assert_int_equal(atomic_load(&h.pipeline.in_flight), LIMIT_CALLS_IN_FLIGHT);
    atomic_store(&h.pipeline.in_flight, 0);
    assert_ok(call("/t/Write", member.token, "").result);
}

static void a_caller_has_a_rate_and_others_have_theirs(void **state)
{
    (void)state;
    struct harness_member other = harness_member(&h, "TEST-0002");
    for (int i = 0; i < 4; i++) {
        assert_ok(call("/t/Write", member.token, "").result);
    }
    struct harness_reply reply = call("/t/Write", member.token, "");
    assert_reason(reply.result, RATE_LIMITED);
    assert_int_equal(reply.code, CODE_RESOURCE_EXHAUSTED);
    assert_int_equal(reply.retry_info->retry_delay->seconds, 1);
    assert_ok(call("/t/Write", other.token, "").result);
    fake_clock_advance(&h.clock, 1000);
    assert_ok(call("/t/Write", member.token, "").result);
}

static void anonymous_callers_share_the_rate_of_their_network(void **state)
{
    (void)state;
    static const char *const near[] = {"ipv4:192.0.2.1:1", "ipv4:192.0.2.2:2", "ipv4:192.0.2.255:3",
                                       "ipv4:192.0.2.4:4"};
    struct call_headers headers = headers_of("/t/Free", NULL);
    for (size_t i = 0; i < ARRAY_LEN(near); i++) {
        headers.peer = bytes_str(near[i]);
        assert_ok(harness_call_wire(&h, &headers, request_of("")).result);
    }
    assert_reason(harness_call_wire(&h, &headers, request_of("")).result, RATE_LIMITED);
    headers.peer = bytes_str("ipv4:192.0.3.1:1");
    assert_ok(harness_call_wire(&h, &headers, request_of("")).result);
    headers.peer = bytes_str("ipv6:%5B2001:db8::1%5D:5");
    for (int i = 0; i < 4; i++) {
        assert_ok(harness_call_wire(&h, &headers, request_of("")).result);
    }
    headers.peer = bytes_str("ipv6:%5B2001:db8:0:ff::2%5D:5");
    assert_reason(harness_call_wire(&h, &headers, request_of("")).result, RATE_LIMITED);
    headers.peer = bytes_str("ipv6:%5B2001:db8:0:100::2%5D:5");
    assert_ok(harness_call_wire(&h, &headers, request_of("")).result);
}

static void the_earlier_deadline_counts(void **state)
{
    (void)state;
    struct call_headers headers = headers_of("/t/Write", member.token);
    headers.deadline_us = clock_mono_us(&h.clock.clock);
    assert_reason(harness_call_wire(&h, &headers, request_of("")).result, DEADLINE_EXCEEDED);

    struct call late = {.resume = NULL};
    headers.deadline_us = INT64_MAX;
    assert_ok(pipeline_start(&h.pipeline, &headers, &late));
    assert_int_equal(late.rpc.deadline_us, clock_mono_us(&h.clock.clock) + 15000 * 1000LL);
    fake_clock_advance(&h.clock, 15000);
    assert_int_equal(pipeline_message(&late, request_of("")), STEP_READY);
    assert_reason(late.result, DEADLINE_EXCEEDED);
    pipeline_end(&late, late.result);
    pipeline_leave(&late);
    assert_int_equal(runs, 0);
}

/* --- the message --- */

static void a_message_too_large_is_not_looked_at(void **state)
{
    (void)state;
    struct call_headers headers = headers_of("/t/Write", member.token);
    uint8_t junk[129] = {0xff};
    assert_reason(harness_call_wire(&h, &headers, bytes_of(junk, sizeof junk)).result,
                  MESSAGE_TOO_LARGE);
    assert_reason(harness_call_wire(&h, &headers, bytes_of(junk, 128)).result, MALFORMED_REQUEST);
    assert_int_equal(runs, 0);
}

static void a_bad_field_is_named(void **state)
{
    (void)state;
    struct harness_reply reply = call(
        "/t/Write", member.token,
        "0123456789012345678901234567890123456789012345678901234567890123456789");
    assert_reason(reply.result, INVALID_FIELD);
    assert_int_equal(reply.code, CODE_INVALID_ARGUMENT);
    assert_string_equal(reply.bad_request->field_violations[0]->field, "resource_name");
}

static void a_call_without_a_message_is_told_so(void **state)
{
    (void)state;
    struct call_headers headers = headers_of("/t/Write", member.token);
    struct call empty = {.resume = NULL};
    assert_ok(pipeline_start(&h.pipeline, &headers, &empty));
    assert_int_equal(pipeline_half_close(&empty), STEP_READY);
    assert_reason(empty.result, MESSAGE_MISSING);
    pipeline_end(&empty, empty.result);
    pipeline_leave(&empty);
}

/* --- transactions --- */

static void a_write_is_there_when_its_reply_is(void **state)
{
    (void)state;
    assert_reason(call("/t/Read", member.token, "").result, NOT_FOUND);
    struct harness_reply reply = call("/t/Write", member.token, "put");
    assert_ok(reply.result);
    assert_int_equal(((Response *)reply.response)->committed_size, 17);
    assert_ok(call("/t/Read", member.token, "").result);
    harness_restart(&h);
    assert_true(note_is_there());
}

static void a_failed_write_leaves_no_trace(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Write", member.token, "put and fail");
    assert_reason(reply.result, NOT_FOUND);
    assert_null(reply.response);
    assert_false(note_is_there());
}

static void a_refusal_that_must_be_remembered_is(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Write", member.token, "put, fail and keep");
    assert_reason(reply.result, NOT_FOUND);
    assert_null(reply.response);
    assert_true(note_is_there());
}

static void each_kind_runs_on_its_thread(void **state)
{
    (void)state;
    assert_ok(call("/t/Free", NULL, "").result);
    assert_true(pthread_equal(ran_on, pthread_self()));
    assert_ok(call("/t/Write", member.token, "").result);
    pthread_t writer = ran_on;
    assert_false(pthread_equal(writer, pthread_self()));
    assert_ok(call("/t/Manual", member.token, "").result);
    assert_false(pthread_equal(ran_on, pthread_self()));
    assert_false(pthread_equal(ran_on, writer));
}

static status end_my_session(void *ctx, struct txn *txn)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    const struct harness_member *m = ctx;
    TRY(token_hash(txn_keys(txn), bytes_str(m->token), hash));
    return session_end(txn, hash);
}

static void expect_revoked_between_headers_and_message(const char *path)
{
    struct harness_member m = harness_member(&h, "TEST-0003");
    struct call_headers headers = headers_of(path, m.token);
    struct harness_stream s = {.h = &h};
    assert_true(harness_stream_open(&s, &h, path, m.token));
    assert_ok(harness_write(&h, end_my_session, &m));
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    (void)harness_stream_send(&s, &request.base);
    assert_reason(harness_stream_close(&s).result, TOKEN_INVALID);
    assert_reason(harness_call_wire(&h, &headers, request_of("")).result, TOKEN_INVALID);
}

static void a_revoked_session_cannot_act(void **state)
{
    (void)state;
    expect_revoked_between_headers_and_message("/t/Write");
    expect_revoked_between_headers_and_message("/t/Read");
    assert_int_equal(runs, 0);
}

/* --- errors --- */

static void an_error_says_what_clients_may_know(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Write", member.token, "details");
    assert_string_equal(reply.error_info->reason, "INVALID_FIELD");
    assert_string_equal(harness_error_value(&reply, "committed_size"), "17");
    assert_string_equal(harness_error_value(&reply, "limit"), "-5");
    assert_string_equal(reply.bad_request->field_violations[0]->field, "resource_name");
    assert_string_equal(reply.bad_request->field_violations[0]->description, "is not what we want");
    assert_string_equal(reply.precondition->violations[0]->type, "MISSING");
    assert_string_equal(reply.precondition->violations[0]->subject, "proof");
    assert_int_equal(reply.retry_info->retry_delay->seconds, 2);
    assert_int_equal(reply.retry_info->retry_delay->nanos, 500000000);
}

static void an_error_speaks_the_callers_language(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *locale;
    } cases[] = {{"", "fr"},
                 {"ar-MA,fr;q=0.8", "ar"},
                 {"en", "en"},
                 {"de, es;q=0.9", "fr"},
                 {"fr;q=0.2, en;q=0.7", "en"},
                 {"AR;q=1", "ar"},
                 {"arz, en;q=0.1", "en"},
                 {"en;q=0", "fr"},
                 {";;,,q=", "fr"},
                 {"en;q=9.9.9", "fr"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct call_headers headers = headers_of("/t/Nothing", NULL);
        headers.accept_language = bytes_str(cases[i].accept);
        struct harness_reply reply = harness_call_wire(&h, &headers, request_of(""));
        assert_string_equal(reply.localized->locale, cases[i].locale);
    }
}

static void details_fit_the_trailers(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Write", member.token, "many");
    assert_true(reply.details.len > 0 && reply.details.len <= LIMIT_STATUS_DETAILS_BYTES);
    assert_non_null(reply.bad_request);
}

static void an_arena_run_dry_is_told(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Write", member.token, "greedy");
    assert_reason(reply.result, ARENA_FULL);
    assert_string_equal(reply.error_info->reason, "ARENA_FULL");
}

static void local_reasons_stay_local(void **state)
{
    (void)state;
    struct harness_reply reply = call("/t/Free", NULL, "local");
    assert_int_equal(reply.code, CODE_INTERNAL);
    assert_string_equal(reply.error_info->reason, "INTERNAL");
}

static void the_request_id_is_ours(void **state)
{
    (void)state;
    struct call_headers headers = headers_of("/t/Nothing", NULL);
    struct call one = {.resume = NULL};
    (void)pipeline_start(&h.pipeline, &headers, &one);
    struct id id;
    assert_true(id_parse(bytes_str(one.rpc.request_id), "req", &id));
    pipeline_end(&one, one.result);
    pipeline_leave(&one);
}

/* --- no audit entry, no data (SEC-A7) --- */

static status read_as(const struct harness_caller *agent, const char *word)
{
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    request.resource_name = arena_str(&h.arena, bytes_str(word));
    return harness_call_as(&h, "/t/AgentRead", agent, &request.base).result;
}

static void a_read_that_names_nobody_gives_nothing(void **state)
{
    (void)state;
    struct harness_caller agent = harness_agent(&h, SCOPE_AGENCY);
    uint64_t before = audit_count(&h);
    assert_reason(read_as(&agent, "forgotten"), INTERNAL);
    assert_reason(read_as(&agent, "forgotten, kept"), INTERNAL);
    assert_false(note_is_there());
    assert_int_equal(audit_count(&h), before);
    assert_ok(read_as(&agent, "about nobody"));
    assert_ok(read_as(&agent, "named"));
    assert_int_equal(audit_count(&h), before + 2);
    audit_assert_is(&h, audit_last(&h, 0).subject, bytes_of(member.owner.bytes, OWNER_BYTES));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_method_is_unimplemented),
        TEST(the_token_decides_who_calls),
        TEST(an_authorization_that_is_no_bearer_is_refused),
        TEST(a_method_for_everybody_does_not_look_at_tokens),
        TEST(a_read_that_names_nobody_gives_nothing),
        TEST(a_draining_server_says_so),
        TEST(calls_in_flight_are_bounded),
        TEST(a_caller_has_a_rate_and_others_have_theirs),
        TEST(anonymous_callers_share_the_rate_of_their_network),
        TEST(the_earlier_deadline_counts),
        TEST(a_message_too_large_is_not_looked_at),
        TEST(a_bad_field_is_named),
        TEST(a_call_without_a_message_is_told_so),
        TEST(a_write_is_there_when_its_reply_is),
        TEST(a_failed_write_leaves_no_trace),
        TEST(a_refusal_that_must_be_remembered_is),
        TEST(each_kind_runs_on_its_thread),
        TEST(a_revoked_session_cannot_act),
        TEST(an_error_says_what_clients_may_know),
        TEST(an_error_speaks_the_callers_language),
        TEST(details_fit_the_trailers),
        TEST(an_arena_run_dry_is_told),
        TEST(local_reasons_stay_local),
        TEST(the_request_id_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
