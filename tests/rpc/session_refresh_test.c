/*
 * Sessions in time (SEC-B5 to B8): a refresh gives tokens that work and leaves calls in flight alone; without the key a stolen token is
 * worth nothing; a session ends when it is idle, at its absolute end, when it is ended, and with its device, whatever the wall clock
 * does; and then none of its tokens works.
 */
#include "auth/enrol.h"
#include "base/array.h"
#include "storage/expiry_store.h"
#include "tests/support/cm.h"
#include "tests/support/member_session.h"

#define REGISTRATION "TEST-REFRESH"
#define MINUTES(n) ((n)*60000LL)

static struct harness h;
static struct harness_member member;
static uint32_t wishes;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, REGISTRATION);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_reply refresh_as(const struct member_session *session, uint32_t wish,
                                       const uint8_t *secret)
{
    char rotation_id[37];
    member_session_uuid(wish, rotation_id);
    return member_session_refresh(&h, &(struct refresh_wish){session, rotation_id, secret});
}

static struct harness_reply refresh(const struct member_session *session)
{
    return refresh_as(session, ++wishes, member.device_secret);
}

static struct member_session refreshed(const struct member_session *session)
{
    struct harness_reply reply = refresh(session);
    return member_session_of(&reply);
}

/* --- refreshing --- */

static void a_refresh_gives_tokens_that_work(void **state)
{
    (void)state;
    struct member_session first = member_session_open(&h, &member);
    struct harness_reply reply = refresh(&first);
    struct member_session second = member_session_of(&reply);
    const Hayat__V1__RefreshSessionResponse *response =
        (const Hayat__V1__RefreshSessionResponse *)reply.response;
    int64_t now_ms = clock_wall_ms(&h.clock.clock);
    assert_int_equal(response->expire_time->seconds, (now_ms + LIMIT_ACCESS_TOKEN_MS) / 1000);
    assert_int_equal(response->idle_time->seconds, (now_ms + LIMIT_SESSION_IDLE_MS) / 1000);
    assert_int_equal(response->end_time->seconds, (now_ms + LIMIT_SESSION_MS) / 1000);
    assert_string_not_equal(first.access, second.access);
    assert_string_not_equal(first.refresh, second.refresh);
    assert_memory_not_equal(first.nonce, second.nonce, sizeof first.nonce);
    assert_true(member_session_works(&h, second.access));
    assert_true(member_session_works(&h, first.access)); /* calls in flight go on */
}

static void only_the_newest_access_tokens_work(void **state)
{
    (void)state;
    struct member_session sessions[LIMIT_ACCESS_PER_SESSION + 1];
    sessions[0] = member_session_open(&h, &member);
    for (size_t i = 1; i < ARRAY_LEN(sessions); i++) {
        sessions[i] = refreshed(&sessions[i - 1]);
    }
    assert_false(member_session_works(&h, sessions[0].access));
    for (size_t i = 1; i < ARRAY_LEN(sessions); i++) {
        assert_true(member_session_works(&h, sessions[i].access));
    }
}

static void a_lost_answer_is_asked_again_after_a_restart(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    uint32_t wish = ++wishes;
    struct harness_reply lost = refresh_as(&session, wish, member.device_secret);
    assert_ok(lost.result);
    harness_restart(&h);
    fake_clock_advance(&h.clock, LIMIT_ROTATION_REPEAT_MS - 1);
    struct harness_reply again = refresh_as(&session, wish, member.device_secret);
    assert_ok(again.result);
    assert_true(bytes_equal(lost.wire, again.wire));
    fake_clock_advance(&h.clock, 1);
    assert_reason(refresh_as(&session, wish, member.device_secret).result, TOKEN_REUSED);
}

/* --- thieves --- */

static void a_stolen_token_without_the_key_changes_nothing(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    struct harness_member thief = harness_member(&h, "TEST-THIEF");
    assert_reason(refresh_as(&session, ++wishes, thief.device_secret).result, SIGNATURE_INVALID);
    assert_true(member_session_works(&h, session.access));
    assert_ok(refresh(&session).result);
}

static void a_used_token_without_the_key_ends_the_session(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    struct harness_member thief = harness_member(&h, "TEST-THIEF");
    uint32_t wish = ++wishes;
    struct harness_reply reply = refresh_as(&session, wish, member.device_secret);
    struct member_session next = member_session_of(&reply);
    assert_reason(refresh_as(&session, wish, thief.device_secret).result, TOKEN_REUSED);
    assert_false(member_session_works(&h, next.access));
    assert_reason(refresh(&next).result, TOKEN_INVALID);
}

/* Each part of the signed message is part of it. */
static void a_signature_is_for_one_token_nonce_and_wish(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    struct member_session other = member_session_open(&h, &member);
    struct member_session mixed = session;
    memcpy(mixed.nonce, other.nonce, sizeof mixed.nonce);
    assert_reason(refresh(&mixed).result, SIGNATURE_INVALID);

    char rotation_id[37], another[37];
    uint8_t copy[DEVICE_SIGNATURE_BYTES] = {0};
    Hayat__V1__RefreshSessionRequest request = HAYAT__V1__REFRESH_SESSION_REQUEST__INIT;
    member_session_uuid(++wishes, rotation_id);
    member_session_uuid(++wishes, another);
    request.refresh_token = session.refresh;
    request.rotation_id = another;
    request.signature = (ProtobufCBinaryData){sizeof copy, copy};
    assert_reason(harness_call(&h, SESSION_METHOD("RefreshSession"), NULL, &request.base).result,
                  SIGNATURE_INVALID);
    assert_ok(refresh(&session).result);
    assert_ok(refresh(&other).result);
}

static void what_is_no_token_of_ours_is_refused(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    struct member_session bad = session;
    memcpy(bad.refresh, bad.access, sizeof bad.refresh); /* an access token refreshes nothing */
    assert_reason(refresh(&bad).result, TOKEN_INVALID);
    bad = session;
    bad.refresh[TOKEN_TEXT_LEN - 5] = bad.refresh[TOKEN_TEXT_LEN - 5] == 'a' ? 'b' : 'a';
    assert_reason(refresh(&bad).result, TOKEN_INVALID);
    assert_false(
        member_session_works(&h, session.refresh)); /* ... nor does it the other way about */
}

/* --- time --- */

static void an_idle_session_ends(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    fake_clock_advance(&h.clock, LIMIT_SESSION_IDLE_MS - 1);
    assert_false(member_session_works(&h, session.access)); /* the access token did long ago */
    session = refreshed(&session);
    fake_clock_advance(&h.clock, LIMIT_SESSION_IDLE_MS);
    assert_reason(refresh(&session).result, TOKEN_INVALID);
}

static void a_session_ends_after_thirty_days_however_busy(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    int64_t step_ms = LIMIT_SESSION_IDLE_MS - 1, passed_ms = 0;
    for (; passed_ms + step_ms < LIMIT_SESSION_MS; passed_ms += step_ms) {
        fake_clock_advance(&h.clock, step_ms);
        session = refreshed(&session);
    }
    fake_clock_advance(&h.clock, LIMIT_SESSION_MS - passed_ms - 1);
    session = refreshed(&session);
    assert_true(member_session_works(&h, session.access));
    fake_clock_advance(&h.clock, 1);
    assert_false(member_session_works(&h, session.access));
    assert_reason(refresh(&session).result, TOKEN_INVALID);
}

/* SEC-G4: neither way does a jump of the wall clock prolong a session; and set back, it ends none. */
static void a_wall_clock_set_back_changes_nothing(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    assert_true(member_session_works(&h, session.access));
    atomic_fetch_sub(&h.clock.wall_ms, MINUTES(60 * 24 * 400));
    assert_true(member_session_works(&h, session.access));
    session = refreshed(&session);
    fake_clock_advance(&h.clock, LIMIT_ACCESS_TOKEN_MS - 1);
    assert_true(member_session_works(&h, session.access));
    fake_clock_advance(&h.clock, 1);
    assert_false(member_session_works(&h, session.access)); /* ten minutes are ten minutes */
    fake_clock_advance(&h.clock, LIMIT_SESSION_IDLE_MS - LIMIT_ACCESS_TOKEN_MS);
    assert_reason(refresh(&session).result, TOKEN_INVALID);
}

static void what_was_over_stays_over(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    fake_clock_advance(&h.clock, LIMIT_SESSION_IDLE_MS);
    assert_reason(refresh(&session).result, TOKEN_INVALID);
    atomic_fetch_sub(&h.clock.wall_ms, MINUTES(60));
    assert_reason(refresh(&session).result, TOKEN_INVALID);
    assert_false(member_session_works(&h, session.access));
}

static status no_upload(struct txn *txn, struct owner owner, bytes id)
{
    (void)txn, (void)owner, (void)id;
    return STATUS_OK;
}

static status expire_all(void *ctx, struct txn *txn)
{
    struct expiry_ends ends = {.upload = no_upload};
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS, &ends, ctx);
}

static status count_rows(void *ctx, struct txn *txn)
{
    static const enum table_id tables[] = {TABLE_session, TABLE_session_family, TABLE_refresh,
                                           TABLE_expiry};
    uint64_t *sum = ctx;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        uint64_t count;
        TRY(table_count(txn, tables[i], &count));
        *sum += count;
    }
    return STATUS_OK;
}

static void nothing_is_left_of_a_session(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    for (int i = 0; i < 10; i++) {
        session = refreshed(&session);
    }
    fake_clock_advance(&h.clock, LIMIT_SESSION_MS);
    struct expiry_ran ran = {.more = true};
    while (ran.more) {
        assert_ok(harness_write(&h, expire_all, &ran));
    }
    uint64_t rows = 0;
    assert_ok(harness_read(&h, count_rows, &rows));
    assert_int_equal(rows, 0);
}

/* --- ending --- */

static struct harness_reply end(const char *method, const char *token)
{
    Hayat__V1__EndSessionRequest empty = HAYAT__V1__END_SESSION_REQUEST__INIT;
    return harness_call(&h, method, token, &empty.base); /* both requests are empty */
}

static void sign_out_ends_every_token_of_the_session_and_no_other(void **state)
{
    (void)state;
    struct member_session other = member_session_open(&h, &member);
    struct member_session first = member_session_open(&h, &member);
    struct member_session second = refreshed(&first);
    assert_ok(end(SESSION_METHOD("EndSession"), first.access).result); /* with the older token */
    assert_false(member_session_works(&h, first.access));
    assert_false(member_session_works(&h, second.access));
    assert_reason(refresh(&second).result, TOKEN_INVALID);
    assert_reason(refresh(&first).result, TOKEN_INVALID);
    assert_true(member_session_works(&h, other.access));
}

static void sign_out_everywhere_ends_all_of_the_member_and_nobody_elses(void **state)
{
    (void)state;
    struct harness_member neighbour = harness_member(&h, "TEST-NEIGHBOUR");
    struct member_session a = member_session_open(&h, &member);
    struct member_session b = member_session_open(&h, &member);
    assert_ok(end(SESSION_METHOD("EndAllSessions"), a.access).result);
    assert_false(member_session_works(&h, a.access));
    assert_false(member_session_works(&h, b.access));
    assert_false(member_session_works(&h, member.token));
    assert_reason(refresh(&b).result, TOKEN_INVALID);
    assert_reason(end(SESSION_METHOD("EndAllSessions"), a.access).result, TOKEN_INVALID);
    assert_true(member_session_works(&h, neighbour.token));
}

static status revoke(void *ctx, struct txn *txn)
{
    (void)ctx;
    return enrol_revoke_device(txn, bytes_str(REGISTRATION), member.device);
}

static void a_revoked_device_takes_its_sessions_with_it(void **state)
{
    (void)state;
    struct member_session session = member_session_open(&h, &member);
    assert_ok(harness_write(&h, revoke, NULL)); /* SEC-A5 */
    assert_false(member_session_works(&h, session.access));
    assert_false(member_session_works(&h, member.token));
    assert_reason(refresh(&session).result, TOKEN_INVALID);
}

static void one_session_too_many_ends_the_one_silent_longest(void **state)
{
    (void)state;
    struct member_session sessions[LIMIT_SESSIONS_PER_MEMBER];
    for (size_t i = 0; i < ARRAY_LEN(sessions); i++) { /* the harness's own is the first */
        fake_clock_advance(&h.clock, 1000);
        sessions[i] = member_session_open(&h, &member);
    }
    assert_false(member_session_works(&h, member.token));
    fake_clock_advance(&h.clock, 1000);
    sessions[0] = refreshed(&sessions[0]);
    (void)member_session_open(&h, &member);
    assert_true(member_session_works(&h, sessions[0].access));
    assert_false(member_session_works(&h, sessions[1].access));
    assert_true(member_session_works(&h, sessions[2].access));
}

/* --- the list --- */

static Hayat__V1__ListDevicesResponse *list(const char *token)
{
    Hayat__V1__ListDevicesRequest request = HAYAT__V1__LIST_DEVICES_REQUEST__INIT;
    struct harness_reply reply = harness_call(&h, SESSION_METHOD("ListDevices"), token,
                                              &request.base);
    assert_ok(reply.result);
    return (Hayat__V1__ListDevicesResponse *)reply.response;
}

struct enrolling {
    uint8_t key[DEVICE_ED25519_KEY_BYTES];
    struct id device;
};

static status enrol_and_revoke(void *ctx, struct txn *txn)
{
    struct enrolling *e = ctx;
    struct device_key decoy = device_key_decoy(
        HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256);
    struct enrolment enrolment = {bytes_str(REGISTRATION), decoy.algorithm, decoy.public_key};
    TRY(enrol_device(txn, &enrolment, &e->device));
    return enrol_revoke_device(txn, bytes_str(REGISTRATION), e->device);
}

static void devices_are_listed_with_what_they_do(void **state)
{
    (void)state;
    struct enrolling enrolling;
    assert_ok(harness_write(&h, enrol_and_revoke, &enrolling));
    fake_clock_advance(&h.clock, 60000);
    struct member_session session = member_session_open(&h, &member);
    Hayat__V1__ListDevicesResponse *response = list(session.access);
    assert_int_equal(response->n_devices, 2);
    assert_false(response->has_passphrase);
    assert_int_equal(response->passphrase_session_count, 0);

    char id[ID_TEXT_MAX];
    const Hayat__V1__Device *mine = response->devices[0], *old = response->devices[1];
    id_format(member.device, "dev", id);
    assert_string_equal(mine->device_id, id);
    assert_int_equal(mine->algorithm, HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_ED25519);
    assert_true(mine->is_caller && !mine->revoked);
    assert_int_equal(mine->session_count, 2);
    assert_int_equal(mine->last_use_time->seconds, clock_wall_ms(&h.clock.clock) / 1000);

    id_format(enrolling.device, "dev", id);
    assert_string_equal(old->device_id, id);
    assert_int_equal(old->algorithm, HAYAT__V1__KEY_ALGORITHM__KEY_ALGORITHM_P256);
    assert_true(old->revoked && !old->is_caller);
    assert_int_equal(old->session_count, 0);
    assert_null(old->last_use_time);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refresh_gives_tokens_that_work),
        TEST(only_the_newest_access_tokens_work),
        TEST(a_lost_answer_is_asked_again_after_a_restart),
        TEST(a_stolen_token_without_the_key_changes_nothing),
        TEST(a_used_token_without_the_key_ends_the_session),
        TEST(a_signature_is_for_one_token_nonce_and_wish),
        TEST(what_is_no_token_of_ours_is_refused),
        TEST(an_idle_session_ends),
        TEST(a_session_ends_after_thirty_days_however_busy),
        TEST(a_wall_clock_set_back_changes_nothing),
        TEST(what_was_over_stays_over),
        TEST(nothing_is_left_of_a_session),
        TEST(sign_out_ends_every_token_of_the_session_and_no_other),
        TEST(sign_out_everywhere_ends_all_of_the_member_and_nobody_elses),
        TEST(a_revoked_device_takes_its_sessions_with_it),
        TEST(one_session_too_many_ends_the_one_silent_longest),
        TEST(devices_are_listed_with_what_they_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
