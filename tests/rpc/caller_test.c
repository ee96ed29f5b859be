/*
 * CallerService: operators, and nobody else, say who may call with a certificate; what they say counts at once, is listed
 * with everything it was, and leaves an audit entry with the operator's name in it.
 */
#include "auth/certificate_read.h"
#include "base/array.h"
#include "hayat/backoffice/v1/caller.pb-c.h"
#include "storage/audit_store.h"
#include "tests/support/certificate.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"

#define CALLER_METHOD(name) "/hayat.backoffice.v1.CallerService/" name
#define TYPE(name) HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_##name

static struct harness h;
static struct harness_caller boss;
static int64_t next_year_ms;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    boss = named_agent(&h, SCOPE_OPERATOR, "TEST-1");
    next_year_ms = h.clock.wall_ms + 365LL * 24 * 3600 * 1000;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static char *text(const char *constant)
{
    return arena_str(&h.arena, bytes_str(constant));
}

static char *new_request_id(void)
{
    static int count;
    return arena_printf(&h.arena, "00000000-0000-4000-8000-%012d", ++count);
}

static Hayat__Backoffice__V1__AddCallerRequest an_agent(void)
{
    static char *scopes[] = {NULL, NULL};
    Hayat__Backoffice__V1__AddCallerRequest request;
    hayat__backoffice__v1__add_caller_request__init(&request);
    scopes[0] = text("agency");
    scopes[1] = text("reviewer");
    request.request_id = new_request_id();
    request.type = TYPE(AGENT);
    request.name = text("Agent Inventé");
    request.staff_number = text("TEST-77");
    request.email = text("agent@example.invalid");
    request.scopes = scopes;
    request.n_scopes = ARRAY_LEN(scopes);
    request.certificate = fresh_certificate(&h, next_year_ms);
    return request;
}

static struct harness_reply add(const Hayat__Backoffice__V1__AddCallerRequest *request)
{
    return harness_call_as(&h, CALLER_METHOD("AddCaller"), &boss, &request->base);
}

static Hayat__Backoffice__V1__Caller *added(const Hayat__Backoffice__V1__AddCallerRequest *request)
{
    struct harness_reply reply = add(request);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__AddCallerResponse *)reply.response)->caller;
}

/* What the engine would show of the certificate's bearer. */
static struct harness_caller bearer_of(ProtobufCBinaryData certificate)
{
    struct certificate_facts facts;
    struct harness_caller bearer;
    assert_ok(certificate_read(bytes_of(certificate.data, certificate.len), &facts));
    memcpy(bearer.key_hash, facts.key_hash, sizeof bearer.key_hash);
    return bearer;
}

static status list_as(const struct harness_caller *caller)
{
    Hayat__Backoffice__V1__ListCallersRequest request;
    hayat__backoffice__v1__list_callers_request__init(&request);
    return harness_call_as(&h, CALLER_METHOD("ListCallers"), caller, &request.base).result;
}

static void what_is_added_may_call_at_once(void **state)
{
    (void)state;
    Hayat__Backoffice__V1__AddCallerRequest request = an_agent();
    Hayat__Backoffice__V1__Caller *caller = added(&request);
    assert_memory_equal(caller->caller_id, "agt_", 4);
    assert_string_equal(caller->name, "Agent Inventé");
    assert_string_equal(caller->staff_number, "TEST-77");
    assert_int_equal(caller->n_scopes, 2);
    assert_string_equal(caller->scopes[0], "agency");
    assert_string_equal(caller->scopes[1], "reviewer");
    assert_int_equal(caller->expire_time->seconds, next_year_ms / 1000);
    assert_null(caller->revoke_time);
    struct harness_caller bearer = bearer_of(request.certificate);
    assert_memory_equal(caller->key_hash.data, bearer.key_hash, sizeof bearer.key_hash);
    assert_reason(list_as(&bearer), PERMISSION_DENIED);               /* known, but no operator */
    assert_true(bytes_equal(add(&request).wire, add(&request).wire)); /* SEC-G2 */
}

static void a_revocation_and_a_renewal_count_at_once(void **state)
{
    (void)state;
    static char *scopes[1];
    Hayat__Backoffice__V1__AddCallerRequest first = an_agent();
    scopes[0] = text("auditor");
    first.scopes = scopes;
    first.n_scopes = 1;
    Hayat__Backoffice__V1__Caller *caller = added(&first);
    struct harness_caller old = bearer_of(first.certificate);
    assert_ok(list_as(&old));

    Hayat__Backoffice__V1__RenewCallerRequest renew;
    hayat__backoffice__v1__renew_caller_request__init(&renew);
    renew.request_id = new_request_id();
    renew.caller_id = caller->caller_id;
    renew.certificate = fresh_certificate(&h, next_year_ms);
    assert_ok(harness_call_as(&h, CALLER_METHOD("RenewCaller"), &boss, &renew.base).result);
    struct harness_caller fresh = bearer_of(renew.certificate);
    assert_reason(list_as(&old), CERTIFICATE_UNKNOWN);
    assert_ok(list_as(&fresh));

    Hayat__Backoffice__V1__RevokeCallerRequest revoke;
    hayat__backoffice__v1__revoke_caller_request__init(&revoke);
    revoke.request_id = new_request_id();
    revoke.caller_id = caller->caller_id;
    struct harness_reply reply = harness_call_as(&h, CALLER_METHOD("RevokeCaller"), &boss,
                                                 &revoke.base);
    assert_ok(reply.result);
    assert_non_null(
        ((Hayat__Backoffice__V1__RevokeCallerResponse *)reply.response)->caller->revoke_time);
    assert_reason(list_as(&fresh), CERTIFICATE_UNKNOWN);
    renew.request_id = new_request_id();
    renew.certificate = fresh_certificate(&h, next_year_ms);
    assert_reason(harness_call_as(&h, CALLER_METHOD("RenewCaller"), &boss, &renew.base).result,
                  NOT_FOUND);
}

static void wrong_entries_are_told_by_field(void **state)
{
    (void)state;
    static char *unknown[1], *foreign[1];
    unknown[0] = text("janitor");
    foreign[0] = text("feed");
    struct {
        const char *field;
        Hayat__Backoffice__V1__AddCallerRequest request;
    } bad[] = {
        {"scopes", an_agent()},      {"scopes", an_agent()},       {"scopes", an_agent()},
        {"type", an_agent()},        {"email", an_agent()},        {"staff_number", an_agent()},
        {"certificate", an_agent()}, {"staff_number", an_agent()},
    };
    bad[0].request.n_scopes = 0;
    bad[1].request.scopes = unknown;
    bad[2].request.scopes = foreign;
    bad[1].request.n_scopes = bad[2].request.n_scopes = 1;
    bad[3].request.type = TYPE(PROVIDER);
    bad[4].request.email = text("");
    bad[5].request.staff_number = text("");
    bad[7].request.staff_number = text("7 7");
    bad[6].request.certificate = fresh_certificate(&h, h.clock.wall_ms - 1000);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct harness_reply reply = add(&bad[i].request);
        assert_reason(reply.result, INVALID_FIELD);
        assert_string_equal(reply.bad_request->field_violations[0]->field, bad[i].field);
    }
    fake_clock_advance(&h.clock, 60000); /* the rate's own bound */
    Hayat__Backoffice__V1__AddCallerRequest noise = an_agent();
    noise.certificate.len = 40;
    assert_reason(add(&noise).result, CERTIFICATE_UNREADABLE);
    Hayat__Backoffice__V1__AddCallerRequest good = an_agent(), same = an_agent();
    same.certificate = good.certificate;
    assert_ok(add(&good).result);
    assert_reason(add(&same).result, CERTIFICATE_TAKEN);
}

/* --- one person --- */

static struct harness_reply renew(const char *caller_id, ProtobufCBinaryData certificate)
{
    Hayat__Backoffice__V1__RenewCallerRequest request;
    hayat__backoffice__v1__renew_caller_request__init(&request);
    request.request_id = new_request_id();
    request.caller_id = text(caller_id);
    request.certificate = certificate;
    return harness_call_as(&h, CALLER_METHOD("RenewCaller"), &boss, &request.base);
}

/* SEC-F4: two persons are two only while nobody makes the second. */
static void nobody_makes_a_second_self(void **state)
{
    (void)state;
    Hayat__Backoffice__V1__AddCallerRequest request = an_agent();
    request.staff_number = text(" test-1");
    assert_reason(add(&request).result, OWN_ENTRY);
    char own[ID_TEXT_MAX];
    id_format(boss.id, "agt", own);
    assert_reason(renew(own, fresh_certificate(&h, next_year_ms)).result, OWN_ENTRY);
}

static void a_certificate_is_good_for_whom_it_names(void **state)
{
    (void)state;
    Hayat__Backoffice__V1__AddCallerRequest request = an_agent();
    request.certificate = fresh_certificate_of(&h, next_year_ms, "TEST-1");
    assert_reason(add(&request).result, CERTIFICATE_NAMES_ANOTHER);
    request.request_id = new_request_id();
    request.certificate = fresh_certificate_of(&h, next_year_ms, "test-77");
    const Hayat__Backoffice__V1__Caller *caller = added(&request);
    assert_reason(renew(caller->caller_id, fresh_certificate_of(&h, next_year_ms, "TEST-1")).result,
                  CERTIFICATE_NAMES_ANOTHER);
    assert_ok(renew(caller->caller_id, fresh_certificate_of(&h, next_year_ms, "TEST-77")).result);
    assert_ok(
        renew(caller->caller_id, fresh_certificate(&h, next_year_ms)).result); /* an older one */
}

static void who_lets_in_does_not_decide(void **state)
{
    (void)state;
    static char *scopes[2];
    Hayat__Backoffice__V1__AddCallerRequest both = an_agent(), first = an_agent(),
                                            second = an_agent();
    scopes[0] = text("operator");
    scopes[1] = text("reviewer");
    both.scopes = scopes;
    assert_reason(add(&both).result, ROLES_APART);
    (void)added(&first);
    second.scopes = scopes;
    second.n_scopes = 1;
    second.staff_number = text("test-77 ");
    assert_reason(add(&second).result, ROLES_APART);
    second.request_id = new_request_id();
    second.staff_number = text("test-78");
    assert_string_equal(added(&second)->staff_number, "TEST-78");
}

static void ids_are_of_their_kind(void **state)
{
    (void)state;
    Hayat__Backoffice__V1__AddCallerRequest request = an_agent();
    Hayat__Backoffice__V1__Caller *caller = added(&request);
    char *as_system = arena_printf(&h.arena, "sys_%s", caller->caller_id + 4);
    const struct {
        const char *id;
        enum reason expected;
    } cases[] = {{as_system, REASON_NOT_FOUND},
                 {"agt_00000000000000000000000000", REASON_NOT_FOUND},
                 {"dev_00000000000000000000000000", REASON_INVALID_FIELD},
                 {"nonsense", REASON_INVALID_FIELD}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Hayat__Backoffice__V1__RevokeCallerRequest revoke;
        hayat__backoffice__v1__revoke_caller_request__init(&revoke);
        revoke.request_id = new_request_id();
        revoke.caller_id = text(cases[i].id);
        assert_int_equal(
            harness_call_as(&h, CALLER_METHOD("RevokeCaller"), &boss, &revoke.base).result.why,
            cases[i].expected);
    }
}

static void the_list_has_everybody_once(void **state)
{
    (void)state;
    enum { AGENTS = 7 };
    for (int i = 0; i < AGENTS; i++) {
        Hayat__Backoffice__V1__AddCallerRequest request = an_agent();
        (void)added(&request);
    }
    Hayat__Backoffice__V1__ListCallersRequest request;
    hayat__backoffice__v1__list_callers_request__init(&request);
    request.page_size = 3;
    size_t seen = 0, pages = 0;
    do {
        struct harness_reply reply = harness_call_as(&h, CALLER_METHOD("ListCallers"), &boss,
                                                     &request.base);
        assert_ok(reply.result);
        const Hayat__Backoffice__V1__ListCallersResponse *page = (void *)reply.response;
        seen += page->n_callers;
        pages++;
        request.page_token = page->next_page_token;
    } while (request.page_token[0] != '\0');
    assert_int_equal(seen, AGENTS + 1); /* the operator, too */
    assert_int_equal(pages, 3);
    /* Another agent's token is noise. */
    struct harness_caller auditor = harness_agent(&h, SCOPE_AUDITOR);
    request.page_token = text("");
    struct harness_reply reply = harness_call_as(&h, CALLER_METHOD("ListCallers"), &boss,
                                                 &request.base);
    request.page_token =
        ((Hayat__Backoffice__V1__ListCallersResponse *)reply.response)->next_page_token;
    assert_reason(harness_call_as(&h, CALLER_METHOD("ListCallers"), &auditor, &request.base).result,
                  PAGE_TOKEN_INVALID);
}

static status last_entry(void *ctx, struct txn *txn)
{
    struct audit_tip tip;
    audit_row *row;
    struct audit_entry *entry = ctx;
    TRY(audit_store_tip(txn, &tip));
    TRY(audit_store_get(txn, tip.sequence, &row));
    assert_true(audit_entry_decode(bytes_of(row->entry.data, row->entry.len), entry));
    return STATUS_OK;
}

static void a_change_is_in_the_audit_chain(void **state)
{
    (void)state;
    Hayat__Backoffice__V1__AddCallerRequest request = an_agent();
    (void)added(&request);
    struct audit_entry entry;
    uint8_t actor[AUDIT_PSEUDONYM_BYTES];
    assert_ok(harness_read(&h, last_entry, &entry));
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.CallerService/AddCaller"));
    assert_int_equal(entry.actor_kind, AUDIT_ACTOR_AGENT);
    audit_pseudonym(h.keys, bytes_of(boss.id.bytes, ID_BYTES), actor);
    assert_memory_equal(entry.actor, actor, sizeof actor);
    assert_true(bytes_equal_str(entry.object_type, "agt"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_added_may_call_at_once),  TEST(a_revocation_and_a_renewal_count_at_once),
        TEST(wrong_entries_are_told_by_field), TEST(ids_are_of_their_kind),
        TEST(nobody_makes_a_second_self),      TEST(a_certificate_is_good_for_whom_it_names),
        TEST(who_lets_in_does_not_decide),     TEST(the_list_has_everybody_once),
        TEST(a_change_is_in_the_audit_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
