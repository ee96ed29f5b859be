/*
 * Enrolment through the real pipeline: a code by post, SMS or face to face makes a device that signs in, and nothing else does
 * (SEC-B1); the known and the unknown hear the same bytes and cause the same writes (SEC-B3); what may be sent is bounded per
 * member and never told; tries against a member end with their own enrolment and harm neither session nor agency (SEC-B4).
 */
#include <stdio.h>

#include "auth/enrolment_code.h"
#include "base/array.h"
#include "hayat/v1/session.pb-c.h"
#include "service/delivery.h"
#include "service/notice.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/enrolment_store.h"
#include "storage/expiry_store.h"
#include "tests/support/applicant.h"
#include "tests/support/cm.h"

#define REGISTRATION "999000777"
#define DAY_MS (24LL * 3600 * 1000)
#define MINUTE_MS 60000LL

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct applicant member(void)
{
    struct applicant a = applicant(&h, REGISTRATION);
    applicant_file(&h, &a);
    return a;
}

static struct applicant started(Hayat__V1__EnrolmentChannel channel)
{
    struct applicant a = member();
    assert_ok(applicant_start(&h, &a, channel).result);
    return a;
}

/* --- by each channel --- */

static void a_letter_makes_a_device_that_signs_in(void **state)
{
    (void)state;
    struct applicant a = started(BY(POST));
    struct sent sent = applicant_last_sent(&h);
    assert_int_equal(sent.message->kind, HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_CODE);
    assert_int_equal(sent.message->language, LANGUAGE_AR);
    assert_int_equal(sent.message->address_version, 1);
    assert_int_equal(sent.message->expire_ms, clock_wall_ms(&h.clock.clock) + LIMIT_CODE_MS);
    struct harness_reply reply = applicant_confirm(&h, &a, sent.message->code);
    assert_non_null(applicant_sign_in(&h, &a, applicant_device(&reply)));
    sent = applicant_last_sent(&h); /* SEC-B8: by text message, since the code came by post */
    assert_int_equal(sent.message->notice_kind, NOTICE_DEVICE_ADDED);
    assert_memory_equal(&sent.owner, &a.owner, sizeof a.owner);
}

static void a_text_message_makes_a_device(void **state)
{
    (void)state;
    struct applicant a = started(BY(SMS));
    struct sent sent = applicant_last_sent(&h);
    assert_string_equal(sent.message->phone_number, "+212600000001");
    assert_int_equal(strlen(sent.message->code), CODE_DIGITS);
    struct harness_reply reply = applicant_confirm(&h, &a, sent.message->code);
    assert_non_null(applicant_sign_in(&h, &a, applicant_device(&reply)));
}

static status file_agency_code(void *ctx, struct txn *txn)
{
    int64_t expire_ms;
    return agency_code_file(txn, ctx, &expire_ms);
}

static struct agency_code agency_code(const struct applicant *a)
{
    struct agency_code code;
    assert_ok(agency_code_make(h.keys, &random_system, a->owner, &code));
    assert_ok(harness_write(&h, file_agency_code, &code));
    return code;
}

static void a_code_from_the_agency_makes_a_device_once(void **state)
{
    (void)state;
    struct applicant a = started(BY(AGENCY));
    struct agency_code code = agency_code(&a);
    struct harness_reply reply = applicant_confirm(&h, &a, code.code.text);
    assert_non_null(applicant_sign_in(&h, &a, applicant_device(&reply)));
    struct applicant other = a; /* another phone, the same code */
    applicant_new_key(&other);
    assert_ok(applicant_start(&h, &other, BY(AGENCY)).result);
    assert_reason(applicant_confirm(&h, &other, code.code.text).result, ENROLMENT_CODE_INVALID);
}

static status read_device(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredDevice *device;
    struct id *id = ctx;
    struct owner owner;
    TRY(device_store_owner(txn, *id, &owner));
    TRY(device_store_get(txn, owner, *id, &device));
    assert_int_equal(device->enrolled_by, CHANNEL_SMS);
    assert_int_equal(device->create_ms, txn_now_ms(txn));
    return STATUS_OK;
}

/* What the bank's rules will ask (SEC-C1). */
static void a_device_remembers_how_it_was_enrolled(void **state)
{
    (void)state;
    struct applicant a = started(BY(SMS));
    struct harness_reply reply = applicant_confirm(&h, &a, applicant_code(&h, &a));
    struct id id;
    assert_true(id_parse(bytes_str(applicant_device(&reply)), "dev", &id));
    assert_ok(harness_read(&h, read_device, &id));
}

/* --- to whom nothing is sent --- */

static void no_phone(Hayat__Store__V1__StoredMember *m)
{
    m->phone_filed_ms = 0; /* a number is on file, but was not filed in person */
}

static void no_address(Hayat__Store__V1__StoredMember *m)
{
    static char none[] = "";
    m->address = none;
}

static bool was_decoy(void)
{
    return applicant_last_sent(&h).message->kind ==
           HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_DECOY;
}

static void a_number_not_filed_in_person_gets_nothing(void **state)
{
    (void)state;
    struct applicant a = applicant(&h, REGISTRATION);
    applicant_file_changed(&h, &a, no_phone);
    assert_ok(applicant_start(&h, &a, BY(SMS)).result);
    assert_true(was_decoy());
}

static void without_an_address_no_letter_goes(void **state)
{
    (void)state;
    struct applicant a = applicant(&h, REGISTRATION);
    applicant_file_changed(&h, &a, no_address);
    assert_ok(applicant_start(&h, &a, BY(POST)).result);
    assert_true(was_decoy());
}

/* --- known and unknown --- */

/* Everything the enrolment left in the store, but for ids and nonces: how many rows and bytes in each table. */
struct traces {
    size_t rows[128], bytes[128];
    enum table_id table;
};

static bool weigh(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct traces *traces = ctx;
    traces->rows[traces->table]++;
    traces->bytes[traces->table] += key.len + protobuf_c_message_get_packed_size(record);
    return true;
}

static status weigh_tables(void *ctx, struct txn *txn)
{
    static const enum table_id tables[] = {TABLE_enrolment, TABLE_throttle,    TABLE_outbox,
                                           TABLE_expiry,    TABLE_outbox_line, TABLE_outbox_ready};
    struct traces *traces = ctx;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        traces->table = tables[i];
        TRY(table_scan(txn, &(struct scan){.table = tables[i]}, weigh, traces));
    }
    return STATUS_OK;
}

struct outcome {
    struct traces traces;
    size_t reply_len;
    status wrong, resent;
    char tries_left[8];
};

/* The same steps by A in a store of its own. */
static struct outcome outcome_of(struct applicant a, Hayat__V1__EnrolmentChannel channel,
                                 bool filed)
{
    struct outcome out = {.traces = {.table = TABLE_enrolment}};
    teardown(NULL);
    setup(NULL);
    a.owner = owner_of_registration(h.keys, bytes_str(REGISTRATION));
    if (filed) {
        struct applicant truth = applicant(&h, REGISTRATION);
        applicant_file(&h, &truth);
    }
    for (int i = 0; i < 4; i++) { /* past any budget */
        struct harness_reply reply = applicant_start(&h, &a, channel);
        assert_ok(reply.result);
        out.reply_len = reply.wire.len;
    }
    struct harness_reply wrong = applicant_confirm(
        &h, &a, channel == BY(SMS) ? "12345678" : "0000-0000-0000");
    out.wrong = wrong.result;
    (void)snprintf(out.tries_left, sizeof out.tries_left, "%s",
                   harness_error_value(&wrong, "tries_left"));
    out.resent = applicant_resend(&h, &a).result;
    assert_ok(harness_read(&h, weigh_tables, &out.traces));
    return out;
}

static void assert_same(const struct outcome *x, const struct outcome *y)
{
    assert_int_equal(x->reply_len, y->reply_len);
    assert_reason(x->wrong, ENROLMENT_CODE_INVALID);
    assert_reason(y->wrong, ENROLMENT_CODE_INVALID);
    assert_string_equal(x->tries_left, y->tries_left);
    assert_ok(x->resent);
    assert_ok(y->resent);
    for (size_t i = 0; i < ARRAY_LEN(x->traces.rows); i++) {
        assert_int_equal(x->traces.rows[i], y->traces.rows[i]);
        assert_int_equal(x->traces.bytes[i], y->traces.bytes[i]);
    }
}

static void strangers_look_like_members(Hayat__V1__EnrolmentChannel channel)
{
    struct applicant a = applicant(&h, REGISTRATION), wrong_cine = a, wrong_birth = a;
    wrong_cine.cine_number = "ZZ123457";
    wrong_birth.birth_days++;
    struct outcome known = outcome_of(a, channel, true);
    assert_true(known.traces.rows[TABLE_enrolment] == 4);
    struct outcome others[] = {outcome_of(a, channel, false), outcome_of(wrong_cine, channel, true),
                               outcome_of(wrong_birth, channel, true)};
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        assert_same(&known, &others[i]);
    }
}

static void strangers_look_like_members_by_post(void **state)
{
    (void)state;
    strangers_look_like_members(BY(POST));
}

static void strangers_look_like_members_by_sms(void **state)
{
    (void)state;
    strangers_look_like_members(BY(SMS));
}

static void strangers_look_like_members_at_the_agency(void **state)
{
    (void)state;
    strangers_look_like_members(BY(AGENCY));
}

/* Whoever knows a registration number alone cannot use a member's letters up. */
static void a_strangers_tries_spend_nothing_of_the_member(void **state)
{
    (void)state;
    struct applicant a = member(), wrong = a;
    wrong.cine_number = "ZZ999999";
    for (int i = 0; i < 6; i++) {
        assert_ok(applicant_start(&h, &wrong, BY(POST)).result);
        assert_true(was_decoy());
    }
    applicant_new_key(&a);
    assert_ok(applicant_start(&h, &a, BY(POST)).result);
    assert_false(was_decoy());
}

static void identity_is_read_kindly(void **state)
{
    (void)state;
    struct applicant a = member();
    a.cine_number = "zz 123456";
    assert_ok(applicant_start(&h, &a, BY(POST)).result);
    assert_false(was_decoy());
    a.cine_number = "ZZ12345";
    assert_ok(applicant_start(&h, &a, BY(POST)).result);
    assert_true(was_decoy());
}

/* --- budgets --- */

static size_t sent_of(struct applicant *a, Hayat__V1__EnrolmentChannel channel, int starts)
{
    size_t sent = 0;
    for (int i = 0; i < starts; i++) {
        applicant_new_key(a);
        assert_ok(applicant_start(&h, a, channel).result);
        sent += was_decoy() ? 0 : 1;
    }
    return sent;
}

static void three_letters_in_thirty_days(void **state)
{
    (void)state;
    struct applicant a = member();
    assert_int_equal(sent_of(&a, BY(POST), 5), 3);
    harness_restart(&h);
    fake_clock_advance(&h.clock, 29 * DAY_MS);
    assert_int_equal(sent_of(&a, BY(POST), 1), 0);
    h.clock.wall_ms += 400 * DAY_MS;
    assert_int_equal(sent_of(&a, BY(POST), 1), 0);
    fake_clock_advance(&h.clock, 3 * DAY_MS);
    assert_int_equal(sent_of(&a, BY(POST), 4), 3);
}

static void three_messages_a_day_and_ten_a_month(void **state)
{
    (void)state;
    struct applicant a = member();
    size_t sent = 0;
    for (int day = 0; day < 5; day++) {
        size_t today = sent_of(&a, BY(SMS), 4);
        assert_true(today <= 3);
        sent += today;
        fake_clock_advance(&h.clock, DAY_MS + DAY_MS / 8);
    }
    assert_int_equal(sent, 10);
}

static void the_agency_stays_open(void **state)
{
    (void)state;
    struct applicant a = member();
    (void)sent_of(&a, BY(POST), 5);
    (void)sent_of(&a, BY(SMS), 5);
    applicant_new_key(&a);
    assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
    struct agency_code code = agency_code(&a);
    struct harness_reply reply = applicant_confirm(&h, &a, code.code.text);
    assert_non_null(applicant_device(&reply));
}

static void one_key_starts_ten_times_a_day(void **state)
{
    (void)state;
    struct applicant a = applicant(&h, REGISTRATION);
    for (int i = 0; i < LIMIT_STARTS_PER_KEY; i++) {
        assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
    }
    struct harness_reply reply = applicant_start(&h, &a, BY(AGENCY));
    assert_reason(reply.result, RATE_LIMITED);
    assert_non_null(reply.retry_info);
    harness_restart(&h);
    assert_reason(applicant_start(&h, &a, BY(AGENCY)).result, RATE_LIMITED);
    applicant_new_key(&a);
    assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
}

/* SEC-B4: a public key is no secret; whoever cannot sign with it uses up nothing of its owner's. */
static void a_start_that_is_not_signed_counts_for_nobody(void **state)
{
    (void)state;
    struct applicant a = applicant(&h, REGISTRATION), forger = a;
    forger.secret_key[0] ^= 1;
    for (int i = 0; i < LIMIT_STARTS_PER_KEY; i++) {
        assert_reason(applicant_start(&h, &forger, BY(AGENCY)).result, SIGNATURE_INVALID);
    }
    assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
}

/* --- the end of a pending one --- */

static status no_upload(struct txn *txn, struct owner whose, bytes id)
{
    (void)txn, (void)whose, (void)id;
    return FAIL(INTERNAL);
}

static status end_what_is_due(void *ctx, struct txn *txn)
{
    struct expiry_ran ran;
    (void)ctx;
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS,
                      &(struct expiry_ends){.upload = no_upload}, &ran);
}

static status count_pending(void *ctx, struct txn *txn)
{
    return enrolment_store_count(txn, ctx);
}

static uint64_t pending(void)
{
    uint64_t count = 0;
    assert_ok(harness_read(&h, count_pending, &count));
    return count;
}

/* A jump of the clock ends no enrolment whose letter is on its way, nor keeps one for ever (SEC-G4). */
static void a_pending_enrolment_ends_at_its_time(void **state)
{
    (void)state;
    struct applicant a = started(BY(POST)), b = a;
    applicant_new_key(&b);
    assert_ok(applicant_start(&h, &b, BY(POST)).result);
    h.clock.wall_ms += 400 * DAY_MS;
    assert_ok(harness_write(&h, end_what_is_due, NULL));
    assert_int_equal(pending(), 2);
    assert_ok(applicant_confirm(&h, &b, applicant_code(&h, &b)).result);
    fake_clock_advance(&h.clock, LIMIT_ENROLMENT_MS - 1);
    assert_ok(harness_write(&h, end_what_is_due, NULL));
    assert_int_equal(pending(), 2);
    fake_clock_advance(&h.clock, 1);
    assert_reason(applicant_confirm(&h, &a, "ABCD-EFGH-JKMN").result, ENROLMENT_ENDED);
    assert_ok(harness_write(&h, end_what_is_due, NULL));
    assert_int_equal(pending(), 0);
}

/* --- devices --- */

static void enrol_by_agency(struct applicant *a, char device_id[ID_TEXT_MAX])
{
    applicant_new_key(a);
    assert_ok(applicant_start(&h, a, BY(AGENCY)).result);
    struct agency_code code = agency_code(a);
    struct harness_reply reply = applicant_confirm(&h, a, code.code.text);
    (void)snprintf(device_id, ID_TEXT_MAX, "%s", applicant_device(&reply));
    fake_clock_advance(&h.clock, 1000);
}

static status is_revoked(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredDevice *device;
    struct id id;
    struct owner owner;
    assert_true(id_parse(bytes_str(ctx), "dev", &id));
    TRY(device_store_owner(txn, id, &owner));
    TRY(device_store_get(txn, owner, id, &device));
    return device->revoked ? STATUS_OK : FAIL(NOT_FOUND);
}

/* Three lost phones: a letter does not help, the agency does. */
static void the_agency_replaces_the_oldest_device(void **state)
{
    (void)state;
    struct applicant a = member();
    char devices[4][ID_TEXT_MAX];
    for (int i = 0; i < LIMIT_DEVICES_PER_MEMBER; i++) {
        enrol_by_agency(&a, devices[i]);
    }
    applicant_new_key(&a);
    assert_ok(applicant_start(&h, &a, BY(POST)).result);
    assert_reason(applicant_confirm(&h, &a, applicant_code(&h, &a)).result, DEVICE_LIMIT);
    assert_reason(harness_read(&h, is_revoked, devices[0]), NOT_FOUND);
    enrol_by_agency(&a, devices[3]);
    assert_ok(harness_read(&h, is_revoked, devices[0]));
    assert_reason(harness_read(&h, is_revoked, devices[1]), NOT_FOUND);
    assert_non_null(applicant_sign_in(&h, &a, devices[3]));
}

/* --- attacks --- */

/* SEC-B4, in small; tests/wire/lockout.py has ten thousand. */
static void wrong_codes_harm_neither_session_nor_agency(void **state)
{
    (void)state;
    struct harness_member victim = harness_member(&h, REGISTRATION);
    struct applicant a = member();
    for (int round = 0; round < 4; round++) {
        applicant_new_key(&a);
        assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
        for (int i = 0; i < LIMIT_CODE_TRIES; i++) {
            assert_reason(applicant_confirm(&h, &a, "ABCD-EFGH-JKMN").result,
                          ENROLMENT_CODE_INVALID);
        }
        assert_reason(applicant_confirm(&h, &a, "ABCD-EFGH-JKMN").result, ENROLMENT_ENDED);
    }
    Hayat__V1__EndSessionRequest end = HAYAT__V1__END_SESSION_REQUEST__INIT;
    assert_ok(
        harness_call(&h, "/hayat.v1.SessionService/EndSession", victim.token, &end.base).result);
    char device[ID_TEXT_MAX];
    enrol_by_agency(&a, device);
}

static void garbage_is_refused(void **state)
{
    (void)state;
    struct applicant a = started(BY(AGENCY)), other = a;
    applicant_new_key(&other);
    memcpy(other.public_key, a.public_key, sizeof a.public_key);
    assert_reason(applicant_start(&h, &other, BY(POST)).result, SIGNATURE_INVALID);
    memset(other.public_key, 0, sizeof other.public_key);
    assert_reason(applicant_start(&h, &other, BY(POST)).result, DEVICE_KEY_INVALID);
    assert_reason(applicant_start(&h, &a, (Hayat__V1__EnrolmentChannel)9).result, INVALID_FIELD);
    struct id nobody = id_new(&random_system);
    id_format(nobody, "enr", other.enrolment_id);
    assert_reason(applicant_confirm(&h, &other, "ABCD-EFGH-JKMN").result, ENROLMENT_ENDED);
    assert_reason(applicant_resend(&h, &other).result, ENROLMENT_ENDED);
}

/* --- counts of the policy --- */

static struct harness_reply knock(const char *peer)
{
    Hayat__V1__ConfirmEnrolmentRequest request;
    uint8_t signature[64] = {0}, wire[256];
    char id[ID_TEXT_MAX], code[] = "ABCD-EFGH-JKMN";
    hayat__v1__confirm_enrolment_request__init(&request);
    id_format(id_new(&random_system), "enr", id);
    request.enrolment_id = id;
    request.code = code;
    request.signature = (ProtobufCBinaryData){sizeof signature, signature};
    struct call_headers headers = {.path = bytes_str(ENROLMENT_METHOD("ConfirmEnrolment")),
                                   .peer = bytes_str(peer),
                                   .deadline_us = INT64_MAX};
    fake_clock_advance(&h.clock, 200); /* the rate in memory is another matter */
    size_t len = hayat__v1__confirm_enrolment_request__pack(&request, wire);
    return harness_call_wire(&h, &headers, bytes_of(wire, len));
}

/* SEC-B4: every call fails, and every call counts. */
static void a_network_is_counted_whatever_comes(void **state)
{
    (void)state;
    for (int i = 0; i < 2000; i++) {
        assert_reason(knock("ipv4:192.0.2.7:40000").result, ENROLMENT_ENDED);
    }
    struct harness_reply reply = knock("ipv4:192.0.2.200:40000");
    assert_reason(reply.result, RATE_LIMITED);
    assert_true(reply.retry_info->retry_delay->seconds > 60);
    assert_reason(knock("ipv4:198.51.100.7:40000").result, ENROLMENT_ENDED);
    h.clock.wall_ms += 400 * DAY_MS;
    harness_restart(&h);
    assert_reason(knock("ipv4:192.0.2.7:40000").result, RATE_LIMITED);
    fake_clock_advance(&h.clock, 64 * MINUTE_MS);
    assert_reason(knock("ipv4:192.0.2.7:40000").result, ENROLMENT_ENDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_letter_makes_a_device_that_signs_in, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_message_makes_a_device, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_from_the_agency_makes_a_device_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_device_remembers_how_it_was_enrolled, setup, teardown),
        cmocka_unit_test_setup_teardown(a_number_not_filed_in_person_gets_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(without_an_address_no_letter_goes, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_look_like_members_by_post, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_look_like_members_by_sms, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_look_like_members_at_the_agency, setup, teardown),
        cmocka_unit_test_setup_teardown(a_strangers_tries_spend_nothing_of_the_member, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(identity_is_read_kindly, setup, teardown),
        cmocka_unit_test_setup_teardown(three_letters_in_thirty_days, setup, teardown),
        cmocka_unit_test_setup_teardown(three_messages_a_day_and_ten_a_month, setup, teardown),
        cmocka_unit_test_setup_teardown(the_agency_stays_open, setup, teardown),
        cmocka_unit_test_setup_teardown(one_key_starts_ten_times_a_day, setup, teardown),
        cmocka_unit_test_setup_teardown(a_start_that_is_not_signed_counts_for_nobody, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_pending_enrolment_ends_at_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(the_agency_replaces_the_oldest_device, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_codes_harm_neither_session_nor_agency, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(garbage_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_network_is_counted_whatever_comes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
