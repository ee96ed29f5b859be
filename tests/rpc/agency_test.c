/*
 * AgencyService (SEC-A6, A7): an agent finds one member by an exact number and sees administrative fields alone; every
 * reading is an audit entry about the member with its purpose, or there is no answer; distinct members are counted by the
 * hour and the day, nobody's numbers included; what is over the budget gives nothing and is audited, too; a canary is read
 * like anybody and raises an alarm.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "hayat/backoffice/v1/agency.pb-c.h"
#include "hayat/backoffice/v1/canary.pb-c.h"
#include "rpc/route.h"
#include "storage/member_store.h"
#include "tests/support/audit.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"

#define AGENCY_METHOD(name) "/hayat.backoffice.v1.AgencyService/" name
#define CANARY_METHOD(name) "/hayat.backoffice.v1.CanaryService/" name
#define PURPOSE(name) HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_##name
#define KEY(name) HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_##name

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

static struct harness h;
static struct harness_caller clerk;
static struct harness_member member;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    clerk = harness_agent(&h, SCOPE_AGENCY);
    member = harness_member(&h, "999000001");
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

/* --- people --- */

struct person {
    struct owner owner;
    const char *cine;
};

static status put_person(void *ctx, struct txn *txn)
{
    const struct person *person = ctx;
    Hayat__Store__V1__StoredName name = HAYAT__STORE__V1__STORED_NAME__INIT;
    Hayat__Store__V1__StoredMember *stored;
    name.given_name = text("Zineb");
    name.family_name = text("Inventée");
    for (uint32_t seq = 0; seq < 3; seq++) {
        Hayat__Store__V1__StoredBeneficiary beneficiary;
        hayat__store__v1__stored_beneficiary__init(&beneficiary);
        beneficiary.name = &name;
        beneficiary.relationship = seq + 1;
        beneficiary.birth_days = -5000;
        beneficiary.cine_number = text(seq == 0 ? person->cine : "ZZ900");
        TRY(member_store_put_beneficiary(txn, person->owner, seq, &beneficiary));
    }
    TRY(member_store_get(txn, person->owner, &stored));
    stored->phone_number = text("+212600000042");
    stored->address = text("1, rue Inventée, Rabat");
    return member_store_put(txn, person->owner, stored);
}

static void give(struct owner owner, const char *cine)
{
    struct person person = {owner, cine};
    assert_ok(harness_write(&h, put_person, &person));
}

/* --- calls --- */

static Hayat__Backoffice__V1__FindMemberRequest by_registration(const char *number)
{
    static Hayat__Backoffice__V1__MemberKey key;
    static Hayat__Backoffice__V1__Access access;
    Hayat__Backoffice__V1__FindMemberRequest request;
    hayat__backoffice__v1__find_member_request__init(&request);
    hayat__backoffice__v1__member_key__init(&key);
    hayat__backoffice__v1__access__init(&access);
    key.key_case = KEY(REGISTRATION_NUMBER);
    key.registration_number = text(number);
    access.purpose = PURPOSE(COMPLAINT);
    access.case_number = text("R-2026/17");
    request.member = &key;
    request.access = &access;
    return request;
}

static struct harness_reply find_as(const struct harness_caller *caller, const char *number)
{
    Hayat__Backoffice__V1__FindMemberRequest request = by_registration(number);
    return harness_call_as(&h, AGENCY_METHOD("FindMember"), caller, &request.base);
}

static struct harness_reply find(const char *number)
{
    fake_clock_advance(&h.clock, 1000); /* the rate is not the budget */
    return find_as(&clerk, number);
}

static struct harness_reply at_counter(Hayat__Backoffice__V1__MemberKey *key)
{
    Hayat__Backoffice__V1__FindMemberRequest like = by_registration("");
    Hayat__Backoffice__V1__FindMemberAtCounterRequest request;
    hayat__backoffice__v1__find_member_at_counter_request__init(&request);
    request.member = key;
    request.access = like.access;
    return harness_call_as(&h, AGENCY_METHOD("FindMemberAtCounter"), &clerk, &request.base);
}

/* --- what is seen --- */

static bool contains(bytes wire, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= wire.len; i++) {
        if (memcmp(wire.ptr + i, word, strlen(word)) == 0) {
            return true;
        }
    }
    return false;
}

static void the_call_centre_sees_who_it_is(void **state)
{
    (void)state;
    struct harness_caller voice = harness_agent(&h, SCOPE_CALL_CENTRE);
    give(member.owner, "ZZ123");
    struct harness_reply reply = find_as(&voice, "999000001");
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__MemberSummary *summary =
        ((Hayat__Backoffice__V1__FindMemberResponse *)reply.response)->member;
    assert_string_equal(summary->registration_number, "999000001");
    assert_string_equal(summary->name->family_name, "Inventée");
    assert_string_equal(summary->mutuelle_code, "OMFAM");
    assert_int_equal(summary->device_count, 1);
    assert_true(summary->has_phone_number && summary->has_address);
    assert_false(contains(reply.wire, "+212"));
    assert_false(contains(reply.wire, "ZZ123"));
    Hayat__Backoffice__V1__FindMemberRequest request = by_registration("999000001");
    assert_reason(
        harness_call_as(&h, AGENCY_METHOD("FindMemberAtCounter"), &voice, &request.base).result,
        PERMISSION_DENIED);
}

static void the_counter_sees_what_papers_say(void **state)
{
    (void)state;
    give(member.owner, "ZZ123");
    Hayat__Backoffice__V1__MemberKey key = HAYAT__BACKOFFICE__V1__MEMBER_KEY__INIT;
    key.key_case = KEY(CINE_NUMBER);
    key.cine_number = text("zz 123");
    struct harness_reply reply = at_counter(&key);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__FindMemberAtCounterResponse *response = (void *)reply.response;
    assert_string_equal(response->member->registration_number, "999000001");
    assert_string_equal(response->details->cine_number, "ZZ123");
    assert_string_equal(response->details->phone_number, "+212600000042");
    assert_int_equal(response->details->n_dependants, 2);
    key.cine_number = text("ZZ900"); /* a dependant's */
    assert_reason(at_counter(&key).result, NOT_FOUND);
    give(member.owner, "ZZ456"); /* the old number is nobody's from now on */
    key.cine_number = text("ZZ123");
    assert_reason(at_counter(&key).result, NOT_FOUND);
    key.cine_number = text("ZZ456");
    assert_ok(at_counter(&key).result);
    key.cine_number = text("---");
    assert_reason(at_counter(&key).result, NOT_FOUND);
    key.key_case = KEY(_NOT_SET);
    assert_reason(at_counter(&key).result, INVALID_FIELD);
}

/* Everything that a reply of a method can hold, by the names of the fields. */
static void walk(const ProtobufCMessageDescriptor *type, const char *const *allowed, size_t count)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        bool known = false;
        for (size_t j = 0; j < count; j++) {
            known |= strcmp(allowed[j], field->name) == 0;
        }
        if (!known) {
            fail_msg("%s.%s is not an administrative field", type->name, field->name);
        }
        if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
            walk(field->descriptor, allowed, count);
        }
    }
}

/* SEC-A6: what a role can be given is what these lists name, whatever a handler does. */
static void no_reply_has_room_for_a_medical_field(void **state)
{
    (void)state;
    static const char *const call_centre[] = {
        "member",       "registration_number", "name",           "given_name",
        "family_name",  "given_name_ar",       "family_name_ar", "mutuelle_code",
        "country_code", "preferred_language",  "device_count",   "has_phone_number",
        "has_address"};
    static const char *const agency[] = {
        "member", "registration_number", "name", "given_name", "family_name", "given_name_ar",
        "family_name_ar", "mutuelle_code", "country_code", "preferred_language", "device_count",
        "has_phone_number", "has_address",
        /* and what papers are compared with */
        "details", "cine_number", "birth_date", "year", "month", "day", "affiliation_number",
        "phone_number", "address", "dependants", "beneficiary_id", "relationship",
        /* a code to hand over, and a receipt to print: that something was filed, not what */
        "code", "expire_time", "seconds", "nanos", "life_certificate_id", "in_time", "receipt",
        "payload", "signature", "key_id"};
    size_t seen = 0;
    for (size_t i = 0; i < route_count; i++) {
        const struct policy *policy = &routes[i].policy;
        if ((policy->callers & CALLER_AGENT) == 0 || policy->scopes == 0) {
            continue;
        }
        if ((policy->scopes & SCOPE_CALL_CENTRE) != 0) {
            walk(routes[i].response, call_centre, ARRAY_LEN(call_centre));
            seen++;
        } else if ((policy->scopes & SCOPE_AGENCY) != 0) {
            walk(routes[i].response, agency, ARRAY_LEN(agency));
            seen++;
        }
    }
    assert_true(seen >= 2);
}

/* --- the audit entry --- */

static void every_reading_is_an_entry_about_the_member(void **state)
{
    (void)state;
    uint64_t before = audit_count(&h);
    assert_ok(find("999000001").result);
    assert_int_equal(audit_count(&h), before + 1);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.AgencyService/FindMember"));
    assert_true(bytes_equal_str(entry.purpose, "complaint R-2026/17"));
    assert_int_equal(entry.actor_kind, AUDIT_ACTOR_AGENT);
    assert_int_equal(entry.outcome, REASON_OK);
    audit_assert_is(&h, entry.actor, bytes_of(clerk.id.bytes, ID_BYTES));
    audit_assert_is(&h, entry.subject, bytes_of(member.owner.bytes, OWNER_BYTES));
}

static void no_purpose_no_data(void **state)
{
    (void)state;
    uint64_t before = audit_count(&h);
    Hayat__Backoffice__V1__FindMemberRequest request = by_registration("999000001");
    request.access->purpose = PURPOSE(UNSPECIFIED);
    assert_reason(harness_call_as(&h, AGENCY_METHOD("FindMember"), &clerk, &request.base).result,
                  INVALID_FIELD);
    request = by_registration("999000001");
    request.access->case_number = text("Zineb");
    assert_ok(harness_call_as(&h, AGENCY_METHOD("FindMember"), &clerk, &request.base).result);
    request.access->case_number = text("for Zineb");
    assert_reason(harness_call_as(&h, AGENCY_METHOD("FindMember"), &clerk, &request.base).result,
                  INVALID_FIELD);
    request.access = NULL;
    assert_reason(harness_call_as(&h, AGENCY_METHOD("FindMember"), &clerk, &request.base).result,
                  INVALID_FIELD);
    assert_int_equal(audit_count(&h), before + 1);
}

/* --- budgets --- */

static void read_nobodies(int from, int to)
{
    for (int i = from; i < to; i++) {
        assert_reason(find(arena_printf(&h.arena, "nobody-%d", i)).result, NOT_FOUND);
    }
}

static void distinct_members_of_an_hour_are_counted(void **state)
{
    (void)state;
    read_nobodies(0, LIMIT_AGENT_MEMBERS_PER_HOUR - 1);
    assert_ok(find("999000001").result);
    assert_ok(find("999000001").result); /* the same one again is free */
    uint64_t before = audit_count(&h);
    (void)harness_member(&h, "999000002");
    struct harness_reply over = find("999000002");
    assert_reason(over.result, AGENT_BUDGET);
    assert_int_equal(over.code, CODE_RESOURCE_EXHAUSTED);
    assert_int_equal(over.quota->n_violations, 1);
    assert_string_equal(over.quota->violations[0]->subject, "members_per_hour");
    assert_non_null(over.retry_info);
    assert_int_equal(audit_count(&h), before + 1);
    assert_int_equal(audit_last(&h, 0).outcome, REASON_AGENT_BUDGET);
    assert_reason(find("nobody-9999").result, AGENT_BUDGET); /* as for somebody */
    assert_ok(find("999000001").result);
    harness_restart(&h); /* in the store, not in memory */
    assert_reason(find("999000002").result, AGENT_BUDGET);
    struct harness_caller other = harness_agent(&h, SCOPE_AGENCY);
    assert_ok(find_as(&other, "999000002").result); /* each has an own budget */
    fake_clock_advance(&h.clock, over.retry_info->retry_delay->seconds * 1000 + 1000);
    assert_ok(find("999000002").result);
}

/* SEC-G4: a wall clock that jumps frees nobody's budget. */
static void a_jump_of_the_clock_frees_no_budget(void **state)
{
    (void)state;
    read_nobodies(0, LIMIT_AGENT_MEMBERS_PER_HOUR);
    assert_reason(find("999000001").result, AGENT_BUDGET);
    h.clock.wall_ms += 2 * DAY_MS;
    assert_reason(find("999000001").result, AGENT_BUDGET);
    harness_restart(&h);
    assert_reason(find("999000001").result, AGENT_BUDGET);
    fake_clock_advance(&h.clock, HOUR_MS);
    assert_ok(find("999000001").result);
}

static void distinct_members_of_a_day_are_counted(void **state)
{
    (void)state;
    int read = 0;
    while (read < LIMIT_AGENT_MEMBERS_PER_DAY) {
        read_nobodies(read, read + LIMIT_AGENT_MEMBERS_PER_HOUR);
        read += LIMIT_AGENT_MEMBERS_PER_HOUR;
        fake_clock_advance(&h.clock, HOUR_MS);
    }
    struct harness_reply over = find("999000001");
    assert_reason(over.result, AGENT_BUDGET);
    assert_string_equal(over.quota->violations[0]->subject, "members_per_day");
    fake_clock_advance(&h.clock, DAY_MS);
    assert_ok(find("999000001").result);
}

/* --- canaries --- */

static struct harness_reply canary_call(const char *path, const char *number)
{
    static struct harness_caller auditor;
    Hayat__Backoffice__V1__AddCanaryRequest request;
    auditor = harness_agent(&h, SCOPE_AUDITOR);
    hayat__backoffice__v1__add_canary_request__init(&request);
    request.registration_number = text(number);
    return harness_call_as(&h, path, &auditor, &request.base);
}

static Hayat__Backoffice__V1__ListCanariesResponse *canaries(void)
{
    struct harness_caller auditor = harness_agent(&h, SCOPE_AUDITOR);
    Hayat__Backoffice__V1__ListCanariesRequest request;
    hayat__backoffice__v1__list_canaries_request__init(&request);
    struct harness_reply reply = harness_call_as(&h, CANARY_METHOD("ListCanaries"), &auditor,
                                                 &request.base);
    assert_ok(reply.result);
    return (void *)reply.response;
}

static void a_canary_sings_and_looks_like_anybody(void **state)
{
    (void)state;
    struct harness_reply plain = find("999000001");
    assert_ok(canary_call(CANARY_METHOD("AddCanary"), "999000001").result);
    assert_reason(canary_call(CANARY_METHOD("AddCanary"), "999000009").result, NOT_FOUND);
    assert_int_equal(canaries()->n_canaries, 1);
    assert_int_equal(canaries()->canaries[0]->read_count, 0);
    struct harness_reply watched = find("999000001");
    assert_true(bytes_equal(plain.wire, watched.wire));
    const Hayat__Backoffice__V1__Canary *canary = canaries()->canaries[0];
    char id[ID_TEXT_MAX];
    id_format(clerk.id, "agt", id);
    assert_int_equal(canary->read_count, 1);
    assert_string_equal(canary->last_caller_id, id);
    struct audit_entry listed = audit_last(&h, 0), alarm = audit_last(&h, 2);
    assert_true(bytes_equal_str(listed.event, "hayat.backoffice.v1.CanaryService/ListCanaries"));
    assert_true(bytes_equal_str(alarm.event, "alarm/CanaryRead"));
    audit_assert_is(&h, alarm.subject, bytes_of(member.owner.bytes, OWNER_BYTES));
    assert_ok(canary_call(CANARY_METHOD("RemoveCanary"), "999000001").result);
    assert_reason(canary_call(CANARY_METHOD("RemoveCanary"), "999000001").result, NOT_FOUND);
    assert_int_equal(canaries()->n_canaries, 0);
}

/* The alarm is a line of the log, once, at the end of the call that read. */
static void the_alarm_is_logged(void **state)
{
    (void)state;
    assert_ok(canary_call(CANARY_METHOD("AddCanary"), "999000001").result);
    char path[] = "/tmp/hayat-alarm-XXXXXX", log[4096] = {0};
    int file = mkstemp(path), old = dup(2);
    assert_true(file >= 0 && old >= 0);
    assert_true(dup2(file, 2) >= 0);
    struct harness_reply reply = find("999000001");
    assert_true(dup2(old, 2) >= 0);
    assert_ok(reply.result);
    assert_true(pread(file, log, sizeof log - 1, 0) > 0);
    (void)close(file);
    (void)close(old);
    (void)unlink(path);
    const char *line = strstr(log, "event=alarm alarm=canary_read");
    assert_non_null(line);
    assert_non_null(strstr(log, "level=warn"));
    assert_null(strstr(line + 1, "event=alarm"));
    assert_null(strstr(log, "999000001"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_call_centre_sees_who_it_is),
        TEST(the_counter_sees_what_papers_say),
        TEST(no_reply_has_room_for_a_medical_field),
        TEST(every_reading_is_an_entry_about_the_member),
        TEST(no_purpose_no_data),
        TEST(distinct_members_of_an_hour_are_counted),
        TEST(distinct_members_of_a_day_are_counted),
        TEST(a_jump_of_the_clock_frees_no_budget),
        TEST(a_canary_sings_and_looks_like_anybody),
        TEST(the_alarm_is_logged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
