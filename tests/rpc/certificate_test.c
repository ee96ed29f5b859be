/*
 * Callers with a client certificate (SEC-A5, A7): who they are comes from the store alone, what they may from their scopes,
 * read again in the transaction that acts; a certificate never speaks for a member; a revocation ends calls and streams
 * that go on.  The routes are this file's own.
 */
#include "base/array.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "storage/caller_store.h"
#include "storage/db.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

typedef Google__Bytestream__QueryWriteStatusRequest Request;
typedef Google__Bytestream__QueryWriteStatusResponse Response;

static struct harness h;
static struct principal seen;
static int runs;

static status act(struct rpc *rpc, const ProtobufCMessage *request, ProtobufCMessage *response)
{
    (void)request;
    seen = *rpc->principal;
    ((Response *)response)->committed_size = ++runs;
    return STATUS_OK;
}

static status open(struct rpc *rpc, void *state, const ProtobufCMessage *request)
{
    (void)rpc;
    (void)state;
    (void)request;
    return STATUS_OK;
}

static status next(struct rpc *rpc, void *state, ProtobufCMessage *response,
                   enum stream_step *ret_step)
{
    (void)state;
    *ret_step = STREAM_SEND;
    return act(rpc, NULL, response);
}

static const struct server_stream watch = {.open = open, .next = next, .poll_ms = 1};

static const struct message_rule request_rule = {"test.Request", NULL, 0};

#define ROUTE(path_, callers_, scopes_, transaction_, idempotency_)                                \
    {                                                                                              \
        .path = (path_), .rule = &request_rule,                                                    \
        .request = &google__bytestream__query_write_status_request__descriptor,                    \
        .response = &google__bytestream__query_write_status_response__descriptor,                  \
        .handler.unary = act, .policy = {                                                          \
            .callers = (callers_),                                                                 \
            .transaction = (transaction_),                                                         \
            .idempotency = (idempotency_),                                                         \
            .rate_per_minute = 60,                                                                 \
            .rate_burst = 4,                                                                       \
            .deadline_ms = 15000,                                                                  \
            .max_request_bytes = 128,                                                              \
            .scopes = (scopes_)                                                                    \
        }                                                                                          \
    }

const struct route routes[] = {
    ROUTE("/t/Counter", CALLER_AGENT, SCOPE_AGENCY | SCOPE_REVIEWER, TRANSACTION_WRITE,
          IDEMPOTENCY_NATURAL),
    ROUTE("/t/Feed", CALLER_CORE_SYSTEM, SCOPE_FEED, TRANSACTION_READ, IDEMPOTENCY_READ_ONLY),
    ROUTE("/t/Free", CALLER_ANONYMOUS, 0, TRANSACTION_NONE, IDEMPOTENCY_READ_ONLY),
    ROUTE("/t/Member", CALLER_MEMBER, 0, TRANSACTION_READ, IDEMPOTENCY_READ_ONLY),
    {.path = "/t/Watch",
     .shape = SHAPE_SERVER_STREAM,
     .rule = &request_rule,
     .request = &google__bytestream__query_write_status_request__descriptor,
     .response = &google__bytestream__query_write_status_response__descriptor,
     .handler.server_stream = &watch,
     .policy = {.callers = CALLER_CORE_SYSTEM,
                .scopes = SCOPE_OUTBOX,
                .transaction = TRANSACTION_READ,
                .idempotency = IDEMPOTENCY_READ_ONLY,
                .rate_per_minute = 60,
                .rate_burst = 4,
                .deadline_ms = 15000,
                .max_request_bytes = 128}},
};
const size_t route_count = ARRAY_LEN(routes);
const char *const rate_class_names[] = {"test"};
const size_t rate_class_count = 1;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    runs = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_reply call_as(const char *path, const struct harness_caller *caller)
{
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    return harness_call_as(&h, path, caller, &request.base);
}

static void scopes_let_in(void **state)
{
    (void)state;
    struct harness_caller clerk = harness_agent(&h, SCOPE_AGENCY),
                          both = harness_agent(&h, SCOPE_CALL_CENTRE | SCOPE_REVIEWER),
                          voice = harness_agent(&h, SCOPE_CALL_CENTRE),
                          feed = harness_core_system(&h, SCOPE_FEED),
                          outbox = harness_core_system(&h, SCOPE_OUTBOX);
    assert_ok(call_as("/t/Counter", &clerk).result);
    assert_int_equal(seen.kind, CALLER_AGENT);
    assert_int_equal(seen.scopes, SCOPE_AGENCY);
    assert_memory_equal(seen.agent.bytes, clerk.id.bytes, ID_BYTES);
    const struct owner nobody = {{0}};
    assert_memory_equal(seen.owner.bytes, nobody.bytes, OWNER_BYTES);
    assert_ok(call_as("/t/Counter", &both).result);
    assert_reason(call_as("/t/Counter", &voice).result, PERMISSION_DENIED);
    assert_reason(call_as("/t/Counter", &feed).result, PERMISSION_DENIED);
    assert_ok(call_as("/t/Feed", &feed).result);
    assert_int_equal(seen.kind, CALLER_CORE_SYSTEM);
    assert_reason(call_as("/t/Feed", &outbox).result, PERMISSION_DENIED);
    assert_reason(call_as("/t/Feed", &clerk).result, PERMISSION_DENIED);
    assert_ok(call_as("/t/Free", &clerk).result);
    assert_int_equal(seen.kind, CALLER_ANONYMOUS);
}

static void a_certificate_is_no_member(void **state)
{
    (void)state;
    struct harness_member member = harness_member(&h, "TEST-0001");
    struct harness_caller clerk = harness_agent(&h, SCOPE_AGENCY);
    char authorization[128];
    (void)snprintf(authorization, sizeof authorization, "Bearer %s", member.token);
    struct call_headers headers = {.peer = bytes_str("ipv4:192.0.2.7:40000"),
                                   .deadline_us = INT64_MAX,
                                   .authorization = bytes_str(authorization),
                                   .certificate = bytes_of(clerk.key_hash, sizeof clerk.key_hash)};
    static const char *const paths[] = {"/t/Counter", "/t/Member"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        headers.path = bytes_str(paths[i]);
        assert_reason(harness_call_wire(&h, &headers, (bytes){NULL, 0}).result, CREDENTIALS_MIXED);
    }
    assert_reason(call_as("/t/Member", &clerk).result, PERMISSION_DENIED);
    assert_int_equal(runs, 0);
}

static void unknown_revoked_and_expired_are_alike(void **state)
{
    (void)state;
    struct harness_caller stranger = {.key_hash = {7}}, revoked = harness_agent(&h, SCOPE_AGENCY),
                          expired = harness_agent(&h, SCOPE_AGENCY);
    harness_revoke_caller(&h, revoked.id);
    struct harness_reply first = call_as("/t/Counter", &stranger);
    assert_reason(first.result, CERTIFICATE_UNKNOWN);
    assert_int_equal(first.code, CODE_UNAUTHENTICATED);
    struct harness_reply second = call_as("/t/Counter", &revoked);
    assert_true(bytes_equal(first.details, second.details));
    assert_ok(call_as("/t/Counter", &expired).result);
    fake_clock_advance(&h.clock, 365LL * 24 * 3600 * 1000);
    assert_true(bytes_equal(first.details, call_as("/t/Counter", &expired).details));
    assert_int_equal(runs, 1);
}

/* The headers were let in; the message comes after the revocation's commit. */
static void a_revocation_counts_in_the_transaction_that_acts(void **state)
{
    (void)state;
    struct harness_caller clerk = harness_agent(&h, SCOPE_AGENCY);
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    struct harness_stream s;
    assert_true(harness_stream_open_as(&s, &h, "/t/Counter", &clerk));
    harness_revoke_caller(&h, clerk.id);
    assert_false(harness_stream_send(&s, &request.base));
    assert_reason(harness_stream_close(&s).result, CERTIFICATE_UNKNOWN);
    assert_int_equal(runs, 0);
}

static status take_role(void *ctx, struct txn *txn)
{
    const struct harness_caller *caller = ctx;
    Hayat__Store__V1__StoredCaller *stored;
    TRY(caller_store_get(txn, caller->id, &stored));
    stored->scopes = SCOPE_CALL_CENTRE;
    return caller_store_put(txn, stored);
}

static void so_does_a_role_taken_away(void **state)
{
    (void)state;
    struct harness_caller clerk = harness_agent(&h, SCOPE_AGENCY);
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    struct harness_stream s;
    assert_true(harness_stream_open_as(&s, &h, "/t/Counter", &clerk));
    assert_ok(harness_write(&h, take_role, &clerk));
    assert_false(harness_stream_send(&s, &request.base));
    assert_reason(harness_stream_close(&s).result, PERMISSION_DENIED);
    assert_int_equal(runs, 0);
}

static void a_stream_ends_with_its_certificate(void **state)
{
    (void)state;
    struct harness_caller courier = harness_core_system(&h, SCOPE_OUTBOX);
    Request request;
    google__bytestream__query_write_status_request__init(&request);
    ProtobufCMessage *response;
    struct harness_stream s;
    assert_true(harness_stream_open_as(&s, &h, "/t/Watch", &courier));
    assert_true(harness_stream_send(&s, &request.base));
    assert_true(harness_stream_next(&s, &response));
    harness_revoke_caller(&h, courier.id);
    assert_false(harness_stream_next(&s, &response));
    assert_reason(harness_stream_close(&s).result, CERTIFICATE_UNKNOWN);
}

/* --- the register --- */

struct change {
    struct certificate_holder holder;
    struct id id;
};

static status add(void *ctx, struct txn *txn)
{
    struct change *change = ctx;
    return certificate_add(txn, &change->holder, &change->id);
}

static status renew(void *ctx, struct txn *txn)
{
    struct change *change = ctx;
    return certificate_renew(txn, change->id, &change->holder.facts);
}

static void a_renewal_ends_the_key_before(void **state)
{
    (void)state;
    struct harness_caller clerk = harness_agent(&h, SCOPE_AGENCY),
                          other = harness_agent(&h, SCOPE_AGENCY), fresh = {.key_hash = {9}};
    struct change change = {.id = clerk.id};
    memcpy(change.holder.facts.key_hash, fresh.key_hash, sizeof fresh.key_hash);
    change.holder.facts.expire_ms = h.clock.wall_ms + 60000;
    assert_ok(harness_write(&h, renew, &change));
    assert_reason(call_as("/t/Counter", &clerk).result, CERTIFICATE_UNKNOWN);
    assert_ok(call_as("/t/Counter", &fresh).result);
    assert_memory_equal(seen.agent.bytes, clerk.id.bytes, ID_BYTES);
    memcpy(change.holder.facts.key_hash, other.key_hash, sizeof other.key_hash);
    assert_reason(harness_write(&h, renew, &change), CERTIFICATE_TAKEN);
    harness_revoke_caller(&h, clerk.id);
    assert_reason(harness_write(&h, renew, &change), NOT_FOUND);
}

static void only_whole_entries_are_taken(void **state)
{
    (void)state;
    const struct certificate_holder good = {
        .type = HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_AGENT,
        .name = "Agente Inventée",
        .staff_number = "TEST-STAFF",
        .email = "agente@example.invalid",
        .scopes = SCOPE_AGENCY | SCOPE_CALL_CENTRE,
        .facts = {.key_hash = {3}, .expire_ms = INT64_MAX},
    };
    struct change bad[7];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        bad[i].holder = good;
    }
    bad[0].holder.name = "";
    bad[1].holder.staff_number = NULL;
    bad[2].holder.email = "";
    bad[3].holder.scopes = 0;
    bad[4].holder.scopes |= SCOPE_FEED;
    bad[6].holder.staff_number = "no number";
    bad[5].holder.type = HAYAT__STORE__V1__CALLER_TYPE__CALLER_TYPE_CORE_SYSTEM;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_reason(harness_write(&h, add, &bad[i]), INVALID_FIELD);
    }
    struct change change = {.holder = good};
    assert_ok(harness_write(&h, add, &change));
    assert_reason(harness_write(&h, add, &change), CERTIFICATE_TAKEN);
    harness_revoke_caller(&h, change.id);
    assert_reason(harness_write(&h, add, &change), CERTIFICATE_TAKEN); /* a stolen key stays out */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(scopes_let_in),
        TEST(a_certificate_is_no_member),
        TEST(unknown_revoked_and_expired_are_alike),
        TEST(a_revocation_counts_in_the_transaction_that_acts),
        TEST(so_does_a_role_taken_away),
        TEST(a_stream_ends_with_its_certificate),
        TEST(a_renewal_ends_the_key_before),
        TEST(only_whole_entries_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
