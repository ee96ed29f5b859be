/*
 * Promise (SEC-C1 to C4): a thief loses: with a telephone number taken over, with an unlocked phone, with a token alone, with a signature
 * used again. What is about to be done differs from what was signed: nothing is done; the old channels hear and refuse; the old account is
 * paid.  Those of the fund itself: bank_insider_test.c.
 */
#include "base/array.h"
#include "base/limits.h"
#include "service/message.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"

#define STATE(name) HAYAT__V1__BANK_ACCOUNT_CHANGE_STATE__BANK_ACCOUNT_CHANGE_STATE_##name

enum { HOUR_MS = 3600 * 1000, OLD = 11, NEW = 22, THIRD = 33, OLD_DEVICE_DAYS = 400 };

static struct harness h;
static struct bank_member member;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = bank_member(&h, "TEST-BANK-THIEF", OLD, OLD_DEVICE_DAYS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- dynamic linking --- */

static void spoil_rib(bank_change_row *row)
{
    row->rib = message_text(&h.arena, bank_rib_text(&h, THIRD));
}

static void spoil_holder(bank_change_row *row)
{
    row->holder_name = message_text(&h.arena, "Fictif Essai-1");
}

static void spoil_old(bank_change_row *row)
{
    row->old_rib = message_text(&h.arena, bank_rib_text(&h, THIRD));
}

struct spoiling {
    struct id id;
    void (*spoil)(bank_change_row *row);
};

static status spoil(void *ctx, struct txn *txn)
{
    struct spoiling *s = ctx;
    bank_change_row *row;
    TRY(bank_store_change(txn, member.member.owner, s->id, &row));
    s->spoil(row);
    return bank_store_put_change(txn, member.member.owner, row, row->due_ms);
}

/* A call that confirms CHANGE, with the signature it was asked for. */
struct signed_change {
    Hayat__V1__ConfirmBankAccountChangeRequest request;
    struct member_call call;
};

static void sign(const Hayat__V1__BankAccountChange *change, struct signed_change *ret)
{
    hayat__v1__confirm_bank_account_change_request__init(&ret->request);
    ret->request.request_id = fund_request_id(&h);
    ret->request.change_id = change->change_id;
    ret->request.etag = change->etag;
    ret->call = (struct member_call){BANK_METHOD("ConfirmBankAccountChange"), member.session.access,
                                     &ret->request.base};
    struct harness_reply asked = member_call(&h, &ret->call);
    assert_reason(asked.result, STEP_UP_REQUIRED);
    assert_non_null(strstr(harness_error_value(&asked, "step_up_text"), "0000000000000022"));
    struct confirmation confirmation = member_confirmation(&h, &asked, &ret->call,
                                                           member.member.device_secret);
    ret->call.step_up = member_confirmation_text(&h, &confirmation);
}

/* What is about to be done differs from what was signed: nothing is done. */
static void whatever_changes_voids_the_signature(void **state)
{
    (void)state;
    void (*const spoils[])(bank_change_row *) = {spoil_rib, spoil_holder, spoil_old};
    for (size_t i = 0; i < ARRAY_LEN(spoils); i++) {
        struct signed_change ready;
        Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
        sign(change, &ready);
        struct spoiling s = {.spoil = spoils[i]};
        assert_true(id_parse(bytes_str(change->change_id), "bac", &s.id));
        assert_ok(harness_write(&h, spoil, &s));
        assert_reason(member_call(&h, &ready.call).result, STEP_UP_INVALID);
        assert_int_equal(bank_state(&h, &member, change->change_id), STATE(PROPOSED));
    }
}

/* A signature, its nonce and its confirmation are of one change, once: not even the same account proposed again takes them. */
static void a_signature_confirms_once(void **state)
{
    (void)state;
    struct signed_change first, again;
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
    sign(change, &first);
    assert_ok(member_call(&h, &first.call).result);
    const char *code = bank_refusal_code(&h, &member);
    assert_ok(bank_cancel(&h, &member, change->change_id).result);
    assert_reason(bank_refuse(&h, code).result, NOT_FOUND); /* nor does a code outlive its change */
    change = bank_proposed(&h, &member, NEW);
    sign(change, &again);
    again.call.step_up = first.call.step_up;
    assert_reason(member_call(&h, &again.call).result, STEP_UP_INVALID);
    first.request.request_id = fund_request_id(&h);
    assert_reason(member_call(&h, &first.call).result, STEP_UP_INVALID);
    assert_int_equal(bank_state(&h, &member, change->change_id), STATE(PROPOSED));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
}

/* --- attackers --- */

/* A SIM swapper enrolled by SMS: the letter still goes to the address, and there are seven days and two persons. */
static void a_sim_swapper_loses(void **state)
{
    (void)state;
    member = bank_member(&h, "TEST-BANK-SIM", OLD, 0);
    bank_enrolled_by_sms(&h, &member);
    const char *id = bank_cooling(&h, &member, NEW);
    bank_pass(&h, &member, 6 * 24LL * HOUR_MS);
    assert_int_equal(bank_run_due(&h), 0);
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGE_STARTED), 2);
    assert_ok(bank_refuse(&h, bank_refusal_code(&h, &member)).result); /* out of the letter */
    bank_sign_in(&h, &member);
    assert_int_equal(bank_state(&h, &member, id), STATE(REFUSED));
    bank_pass(&h, &member, 24LL * HOUR_MS);
    assert_int_equal(bank_run_due(&h), 0);
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
}

/* The same, and the letter lies unread for a week: the bank knows the account as another's; had it a name that is close, or could it not tell,
   one agent's word would not be enough. */
static void a_sim_swapper_loses_to_the_bank(void **state)
{
    (void)state;
    static const bank_answer answers[] = {BANK_ANSWER(NO_MATCH), BANK_ANSWER(CLOSE_MATCH),
                                          BANK_ANSWER(NOT_POSSIBLE), BANK_ANSWER(SILENT)};
    member = bank_member(&h, "TEST-BANK-SIM-2", OLD, 0);
    bank_enrolled_by_sms(&h, &member);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        bank_change_row *row;
        const char *id = bank_cooling(&h, &member, NEW);
        bank_pass(&h, &member, LIMIT_BANK_COOLING_LONG_MS);
        assert_int_equal(bank_run_due(&h), 1);
        assert_ok(bank_answer_with(&h, &member, id, answers[i]));
        assert_int_equal(bank_state(&h, &member, id), i == 0 ? STATE(REJECTED) : STATE(IN_REVIEW));
        row = bank_stored(&h, &member, id);
        assert_int_equal(row->persons_needed, 2);
        assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
        if (i > 0) {
            assert_ok(bank_refuse(&h, bank_refusal_code(&h, &member)).result);
            bank_pass(&h, &member, LIMIT_BANK_FREEZE_MS);
        }
    }
}

/* A thief with an unlocked phone: can propose and confirm, cannot stop the letter; the member refuses, and the thief is out and cannot
   try again for a week. */
static void a_phone_thief_loses(void **state)
{
    (void)state;
    (void)bank_cooling(&h, &member, NEW);
    struct member_session thief = member.session;
    assert_ok(bank_refuse(&h, bank_refusal_code(&h, &member)).result);
    assert_false(member_session_works(&h, thief.access));
    bank_sign_in(&h, &member);
    assert_reason(bank_propose(&h, &member, THIRD).result, BANK_CHANGE_FROZEN);
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
}

/* A thief who has the token and not the key: what is signed by another key, for another body, by nobody or a second time is not a
   confirmation. */
static void a_stolen_token_confirms_nothing(void **state)
{
    (void)state;
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
    struct bank_member thief = member;
    memset(thief.member.device_secret, 0x5a, sizeof thief.member.device_secret);
    assert_reason(bank_confirm(&h, &thief, change).result, SIGNATURE_INVALID);
    assert_int_equal(bank_state(&h, &member, change->change_id), STATE(PROPOSED));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
}

/* The phone is gone, the member has another: sees the change under way and takes it back. */
static void another_device_takes_it_back(void **state)
{
    (void)state;
    const char *id = bank_cooling(&h, &member, NEW);
    struct harness_member other = harness_member(&h, "TEST-BANK-OTHER"); /* somebody else */
    Hayat__V1__CancelBankAccountChangeRequest request =
        HAYAT__V1__CANCEL_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.change_id = message_text(&h.arena, id);
    assert_reason(
        harness_call(&h, BANK_METHOD("CancelBankAccountChange"), other.token, &request.base).result,
        NOT_FOUND);
    bank_sign_in(&h, &member);
    Hayat__V1__GetBankAccountRequest get = HAYAT__V1__GET_BANK_ACCOUNT_REQUEST__INIT;
    Hayat__V1__GetBankAccountResponse *shown = (void *)fund_call(&h, BANK_METHOD("GetBankAccount"),
                                                                 member.session.access, &get.base);
    assert_string_equal(shown->open_change->change_id, id);
    assert_ok(bank_cancel(&h, &member, id).result);
    assert_reason(bank_refuse(&h, bank_refusal_code(&h, &member)).result, NOT_FOUND);
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whatever_changes_voids_the_signature),
        TEST(a_signature_confirms_once),
        TEST(a_sim_swapper_loses),
        TEST(a_sim_swapper_loses_to_the_bank),
        TEST(a_phone_thief_loses),
        TEST(a_stolen_token_confirms_nothing),
        TEST(another_device_takes_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
