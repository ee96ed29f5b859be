/*
 * Promise (RULE LC-14, LC-15): a certificate is proven by a video that follows a challenge drawn for it: asked for when the person is ready, good
 * once, for that certificate and that device, for fifteen minutes of true time, whatever clocks are set to; once the video is
 * declared its bytes may take days.  All else is refused in one way, and a person's no gives another chance with another challenge.
 */
#include <sodium.h>

#include "base/limits.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "service/life_certificate_state.h"
#include "service/liveness_rules.h"
#include "service/message.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define ACT(name) HAYAT__V1__LIVENESS_ACT__LIVENESS_ACT_##name
#define FINDING(name) HAYAT__V1__FINDING_REASON__FINDING_REASON_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define NUMBER "999000061"

static struct harness h;
static struct harness_member m;
static char *draft;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, NUMBER);
    draft = fund_draft(&h, m.token, ROUTE(LIVENESS_VIDEO));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

#define MINUTES(n) ((n)*60LL * 1000)
#define DAYS(n) ((n)*24LL * 3600 * 1000)

static Hayat__V1__LifeCertificate *get(const char *token, const char *id)
{
    Hayat__V1__GetLifeCertificateRequest request = HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
    request.life_certificate_id = message_text(&h.arena, id);
    return ((Hayat__V1__GetLifeCertificateResponse *)fund_call(
                &h, CERTIFICATE_METHOD("GetLifeCertificate"), token, &request.base))
        ->life_certificate;
}

static struct harness_reply ask(const char *request_id, const char *language)
{
    Hayat__V1__CreateLivenessChallengeRequest request =
        HAYAT__V1__CREATE_LIVENESS_CHALLENGE_REQUEST__INIT;
    struct call_headers headers = {
        .path = bytes_str(CERTIFICATE_METHOD("CreateLivenessChallenge")),
        .authorization = bytes_str(arena_printf(&h.arena, "Bearer %s", m.token)),
        .accept_language = bytes_str(language),
        .deadline_us = INT64_MAX};
    request.request_id = message_text(&h.arena, request_id);
    request.life_certificate_id = draft;
    size_t len = protobuf_c_message_get_packed_size(&request.base);
    uint8_t *packed = arena_alloc(&h.arena, len);
    (void)protobuf_c_message_pack(&request.base, packed);
    struct harness_reply reply = harness_call_wire(&h, &headers, bytes_of(packed, len));
    assert_ok(reply.result);
    return reply;
}

static const Hayat__V1__LivenessChallenge *of(const struct harness_reply *reply)
{
    return ((Hayat__V1__CreateLivenessChallengeResponse *)reply->response)->liveness_challenge;
}

/* Another device of the same person. */
static struct harness_member another_device(void)
{
    struct harness_member other = harness_member(&h, NUMBER);
    assert_memory_equal(other.owner.bytes, m.owner.bytes, OWNER_BYTES);
    assert_memory_not_equal(other.device.bytes, m.device.bytes, ID_BYTES);
    return other;
}

static struct fund_file video_of(const char *certificate, const char *challenge)
{
    return (struct fund_file){certificate, ITEM(LIVENESS_VIDEO), "video/mp4",
                              fund_film(&h, 5000, 7), challenge};
}

static status declared(const char *token, const char *certificate, const char *challenge)
{
    struct fund_file file = video_of(certificate, challenge);
    return fund_try_declare(&h, token, &file).result;
}

static void upload_identity(const char *certificate)
{
    struct fund_file file = {certificate, ITEM(IDENTITY), "application/pdf", fund_pdf(&h, 3000, 5),
                             NULL};
    (void)fund_upload(&h, m.token, &file);
}

static void cancel(const char *upload)
{
    Hayat__V1__CancelUploadRequest request = HAYAT__V1__CANCEL_UPLOAD_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.upload_id = message_text(&h.arena, upload);
    (void)fund_call(&h, UPLOAD_METHOD("CancelUpload"), m.token, &request.base);
}

/* --- what it is --- */

static void the_route_is_offered_with_what_it_needs(void **state)
{
    (void)state;
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    const Hayat__V1__Obligation *duty =
        ((Hayat__V1__GetObligationResponse *)fund_call(&h, CERTIFICATE_METHOD("GetObligation"),
                                                       m.token, &request.base))
            ->obligation;
    size_t offered = 0;
    for (size_t i = 0; i < duty->n_routes; i++) {
        if (duty->routes[i]->route == ROUTE(LIVENESS_VIDEO)) {
            offered++;
            assert_int_equal(duty->routes[i]->n_items, 2);
            assert_int_equal(duty->routes[i]->items[0]->item, ITEM(LIVENESS_VIDEO));
            assert_int_equal(duty->routes[i]->items[1]->item, ITEM(IDENTITY));
            assert_true(strlen(duty->routes[i]->text) > 20);
        }
    }
    assert_int_equal(offered, 1);
    assert_int_equal(duty->n_missing_items, 2); /* of the draft */
}

static void a_challenge_says_what_to_do_in_three_languages(void **state)
{
    (void)state;
    static const char *const languages[] = {"en", "fr", "ar"};
    const char *id = fund_request_id(&h), *first[3] = {"", "", ""};
    for (size_t l = 0; l < 3; l++) {
        struct harness_reply reply = ask(l == 0 ? id : fund_request_id(&h), languages[l]);
        const Hayat__V1__LivenessChallenge *challenge = of(&reply);
        assert_int_equal(challenge->n_steps, LIVENESS_STEPS);
        assert_int_equal(challenge->expire_time->seconds - challenge->create_time->seconds,
                         15 * 60);
        assert_null(challenge->answer_time);
        for (size_t i = 0; i < challenge->n_steps; i++) {
            bool says = challenge->steps[i]->act == ACT(SAY_DIGITS);
            assert_int_equal(strlen(challenge->steps[i]->digits), says ? LIVENESS_DIGITS : 0);
            assert_null(strchr(challenge->steps[i]->text, '{'));
            first[l] = says ? challenge->steps[i]->text : first[l];
        }
    }
    assert_non_null(strstr(first[0], "Say aloud"));
    assert_non_null(strstr(first[1], "Dites"));
    assert_non_null(strstr(first[2], "قولوا"));
}

static void a_retry_gets_the_same_one(void **state)
{
    (void)state;
    const char *id = fund_request_id(&h);
    struct harness_reply first = ask(id, "fr"), again = ask(id, "fr");
    assert_true(bytes_equal(first.wire, again.wire));
    const Hayat__V1__LivenessChallenge *shown = get(m.token, draft)->liveness_challenge;
    assert_string_equal(shown->liveness_challenge_id, of(&first)->liveness_challenge_id);
    struct harness_reply other = ask(fund_request_id(&h), "fr");
    assert_string_not_equal(of(&other)->liveness_challenge_id, of(&first)->liveness_challenge_id);
    assert_reason(declared(m.token, draft, of(&first)->liveness_challenge_id),
                  LIVENESS_CHALLENGE_INVALID); /* the newer one ended it */
    assert_ok(declared(m.token, draft, of(&other)->liveness_challenge_id));
}

/* --- answering --- */

static void a_video_is_filed_with_its_challenge(void **state)
{
    (void)state;
    upload_identity(draft);
    struct fund_file file = fund_video(&h, m.token, draft);
    (void)fund_upload(&h, m.token, &file);
    const Hayat__V1__LifeCertificate *certificate = get(m.token, draft);
    assert_null(certificate->liveness_challenge); /* it waits no more */
    assert_int_equal(certificate->n_missing_items, 0);
    const Hayat__V1__CertificateDocument *video = certificate->documents[1];
    assert_string_equal(video->liveness_challenge->liveness_challenge_id, file.challenge);
    assert_non_null(video->liveness_challenge->answer_time);
    assert_null(certificate->documents[0]->liveness_challenge);
    struct harness_reply reply = fund_submit(&h, m.token, draft);
    assert_ok(reply.result);
    const Hayat__V1__SubmitLifeCertificateResponse *filed = (void *)reply.response;
    Hayat__V1__ReceiptPayload *payload = hayat__v1__receipt_payload__unpack(
        &h.arena.allocator, filed->receipt->payload.len, filed->receipt->payload.data);
    assert_int_equal(payload->n_documents, 2);
    assert_null(payload->documents[1]->liveness_challenge); /* a receipt is shown to others */
}

static void each_is_good_once(void **state)
{
    (void)state;
    struct fund_file file = fund_video(&h, m.token, draft);
    char *upload = fund_declare(&h, m.token, &file);
    assert_reason(fund_try_challenge(&h, m.token, draft).result, UPLOAD_ITEM_TAKEN);
    cancel(upload);
    assert_reason(declared(m.token, draft, file.challenge), LIVENESS_CHALLENGE_INVALID);
    assert_null(get(m.token, draft)->liveness_challenge);
    assert_ok(declared(m.token, draft, fund_challenge(&h, m.token, draft)));
}

/* A declaration whose answer was lost is the same declaration. */
static void a_declaration_may_be_sent_again_when_time_is_up(void **state)
{
    (void)state;
    uint8_t digest[32] = {1};
    Hayat__V1__CreateUploadRequest request = HAYAT__V1__CREATE_UPLOAD_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.life_certificate_id = draft;
    request.item = ITEM(LIVENESS_VIDEO);
    request.media_type = message_text(&h.arena, "video/mp4");
    request.size_bytes = 5000;
    request.sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    request.liveness_challenge_id = fund_challenge(&h, m.token, draft);
    struct harness_reply first = harness_call(&h, UPLOAD_METHOD("CreateUpload"), m.token,
                                              &request.base);
    assert_ok(first.result);
    fake_clock_advance(&h.clock, LIMIT_LIVENESS_MS);
    struct harness_reply again = harness_call(&h, UPLOAD_METHOD("CreateUpload"), m.token,
                                              &request.base);
    assert_ok(again.result);
    assert_true(bytes_equal(first.wire, again.wire));
}

/* --- time --- */

static void it_is_good_for_fifteen_minutes(void **state)
{
    (void)state;
    char *challenge = fund_challenge(&h, m.token, draft);
    fake_clock_advance(&h.clock, LIMIT_LIVENESS_MS);
    assert_reason(declared(m.token, draft, challenge), LIVENESS_CHALLENGE_INVALID);
    assert_null(get(m.token, draft)->liveness_challenge);
    challenge = fund_challenge(&h, m.token, draft);
    fake_clock_advance(&h.clock, LIMIT_LIVENESS_MS - 1);
    assert_non_null(get(m.token, draft)->liveness_challenge);
    assert_ok(declared(m.token, draft, challenge));
}

static void a_clock_that_is_set_neither_ends_nor_prolongs_it(void **state)
{
    (void)state;
    char *challenge = fund_challenge(&h, m.token, draft);
    h.clock.wall_ms += MINUTES(60);
    struct fund_file file = video_of(draft, challenge);
    cancel(fund_declare(&h, m.token, &file)); /* forward: no time has gone by */
    challenge = fund_challenge(&h, m.token, draft);
    fake_clock_advance(&h.clock, LIMIT_LIVENESS_MS - MINUTES(1));
    h.clock.wall_ms -= MINUTES(30);
    fake_clock_advance(&h.clock, MINUTES(1));
    assert_reason(declared(m.token, draft, challenge), LIVENESS_CHALLENGE_INVALID);
}

static void its_bytes_may_take_days(void **state)
{
    (void)state;
    struct fund_file file = fund_video(&h, m.token, draft);
    upload_identity(draft);
    fake_clock_advance(&h.clock, LIMIT_LIVENESS_MS - 1);
    char *upload = fund_declare(&h, m.token, &file);
    fake_clock_advance(&h.clock, DAYS(5));
    assert_ok(fund_append(&h, m.token, upload, (struct fund_piece){0, file.data, true}).result);
    assert_ok(fund_submit(&h, m.token, draft).result);
}

/* The declaration names the film by its digest: another film cannot come in its place. */
static void no_other_film_fits_the_declaration(void **state)
{
    (void)state;
    struct fund_file file = fund_video(&h, m.token, draft);
    char *upload = fund_declare(&h, m.token, &file);
    const bytes made_later = fund_film(&h, file.data.len, 4321);
    assert_reason(fund_append(&h, m.token, upload, (struct fund_piece){0, made_later, true}).result,
                  UPLOAD_DIGEST_MISMATCH);
    assert_ok(fund_append(&h, m.token, upload, (struct fund_piece){0, file.data, true}).result);
}

/* --- for whom --- */

static void it_is_for_the_device_that_asked(void **state)
{
    (void)state;
    const struct harness_member other = another_device();
    struct fund_file file = fund_video(&h, m.token, draft);
    assert_reason(declared(other.token, draft, file.challenge), LIVENESS_CHALLENGE_INVALID);
    assert_null(get(other.token, draft)->liveness_challenge);
    assert_non_null(get(m.token, draft)->liveness_challenge);
    upload_identity(draft);
    (void)fund_upload(&h, m.token, &file);
    struct harness_reply refused = fund_submit(&h, other.token, draft);
    assert_reason(refused.result, CERTIFICATE_INCOMPLETE);
    assert_int_equal(refused.precondition->n_violations, 1);
    assert_string_equal(refused.precondition->violations[0]->type, "LIVENESS_CHALLENGE");
    assert_string_equal(refused.precondition->violations[0]->subject, "LIVENESS_VIDEO");
    assert_ok(fund_submit(&h, m.token, draft).result);
}

struct opening {
    struct session_options options;
    struct session_tokens tokens;
};

static status open_session(void *ctx, struct txn *txn)
{
    struct opening *opening = ctx;
    return session_open(txn, &opening->options, &opening->tokens);
}

/* A session by passphrase, with a key of its own and no device. */
static const char *by_passphrase(void)
{
    const uint8_t *public_key = m.device_secret + crypto_sign_SEEDBYTES;
    const struct device_key key = {HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519,
                                   bytes_of(public_key, crypto_sign_PUBLICKEYBYTES)};
    struct opening opening = {
        .options = {.owner = m.owner, .key = &key, .access_ms = h.app.access_token_ms}};
    assert_ok(harness_write(&h, open_session, &opening));
    return message_text(&h.arena, opening.tokens.access.text);
}

static void a_session_without_a_device_stands_for_itself(void **state)
{
    (void)state;
    const char *one = by_passphrase(), *other = by_passphrase();
    char *challenge = fund_challenge(&h, one, draft);
    assert_non_null(get(one, draft)->liveness_challenge);
    assert_null(get(other, draft)->liveness_challenge);
    assert_reason(declared(other, draft, challenge), LIVENESS_CHALLENGE_INVALID);
    assert_reason(declared(m.token, draft, challenge), LIVENESS_CHALLENGE_INVALID);
    assert_ok(declared(one, draft, challenge));
}

static void it_is_for_its_own_draft(void **state)
{
    (void)state;
    char *second = fund_draft(&h, m.token, ROUTE(LIVENESS_VIDEO));
    char *challenge = fund_challenge(&h, m.token, draft);
    assert_reason(declared(m.token, second, challenge), LIVENESS_CHALLENGE_INVALID);
    char *seconds = fund_challenge(&h, m.token, second);
    assert_reason(declared(m.token, second, challenge), LIVENESS_CHALLENGE_INVALID);
    assert_ok(declared(m.token, second, seconds));
    assert_ok(declared(m.token, draft, challenge));
}

/* SEC-A3: another member's challenge, one that was used, and one that never was, are refused alike. */
static void anothers_is_nobodys(void **state)
{
    (void)state;
    struct harness_member other = fund_pensioner(&h, "999000062");
    char *theirs = fund_challenge(&h, other.token,
                                  fund_draft(&h, other.token, ROUTE(LIVENESS_VIDEO)));
    (void)fund_challenge(&h, m.token, draft);
    struct fund_file with_theirs = video_of(draft, theirs);
    struct fund_file with_none = video_of(draft, "lvc_00000000000000000000000000");
    struct harness_reply anothers = fund_try_declare(&h, m.token, &with_theirs);
    struct harness_reply nobodys = fund_try_declare(&h, m.token, &with_none);
    assert_reason(anothers.result, LIVENESS_CHALLENGE_INVALID);
    fund_assert_same_failure(&anothers, &nobodys);
    assert_reason(fund_try_challenge(&h, other.token, draft).result, NOT_FOUND);
}

/* --- where it belongs --- */

static void a_video_goes_nowhere_else(void **state)
{
    (void)state;
    char *form = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_reason(fund_try_challenge(&h, m.token, form).result, LIVENESS_OTHER_ROUTE);
    char *challenge = fund_challenge(&h, m.token, draft);
    struct fund_file files[] = {
        {form, ITEM(LIVENESS_VIDEO), "video/mp4", fund_film(&h, 100, 1), challenge},
        {draft, ITEM(LIVENESS_VIDEO), "video/mp4", fund_film(&h, 100, 1), NULL},
        {draft, ITEM(IDENTITY), "application/pdf", fund_pdf(&h, 100, 1), challenge},
        {draft, ITEM(LIVENESS_VIDEO), "application/pdf", fund_pdf(&h, 100, 1), challenge},
        {draft, ITEM(IDENTITY), "video/mp4", fund_film(&h, 100, 1), NULL},
    };
    const enum reason reasons[] = {REASON_INVALID_FIELD, REASON_INVALID_FIELD, REASON_INVALID_FIELD,
                                   REASON_MEDIA_TYPE_REFUSED, REASON_MEDIA_TYPE_REFUSED};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(fund_try_declare(&h, m.token, &files[i]).result.why, reasons[i]);
    }
    assert_non_null(get(m.token, draft)->liveness_challenge); /* nothing of that used it up */
}

static void nobody_asks_until_one_fits(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_LIVENESS_CHALLENGES; i++) {
        fake_clock_advance(&h.clock, MINUTES(1));
        assert_ok(fund_try_challenge(&h, m.token, draft).result);
    }
    struct harness_reply refused = fund_try_challenge(&h, m.token, draft);
    assert_reason(refused.result, LIVENESS_CHALLENGE_LIMIT);
    assert_string_equal(refused.quota->violations[0]->subject, "challenges_per_certificate");
    assert_non_null(strstr(refused.quota->violations[0]->description,
                           arena_printf(&h.arena, ": %d", LIMIT_LIVENESS_CHALLENGES)));
    assert_non_null(get(m.token, draft)->liveness_challenge); /* the last is as good as before */
    assert_ok(
        fund_try_challenge(&h, m.token, fund_draft(&h, m.token, ROUTE(LIVENESS_VIDEO))).result);
}

/* A new filing begins its own count, the day does not: nor does another device. */
static void nobody_asks_all_day(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_LIVENESS_CHALLENGES_A_DAY; i++) {
        fake_clock_advance(&h.clock, MINUTES(1));
        if (i > 0 && i % LIMIT_LIVENESS_CHALLENGES == 0) {
            draft = fund_draft(&h, m.token, ROUTE(LIVENESS_VIDEO));
        }
        assert_ok(fund_try_challenge(&h, m.token, draft).result);
    }
    char *third = fund_draft(&h, m.token, ROUTE(LIVENESS_VIDEO));
    const struct harness_member other = another_device();
    struct harness_reply refused = fund_try_challenge(&h, other.token, third);
    assert_reason(refused.result, RATE_LIMITED);
    assert_string_equal(refused.quota->violations[0]->subject, "challenges_per_day");
    assert_non_null(strstr(refused.quota->violations[0]->description,
                           arena_printf(&h.arena, ": %d", LIMIT_LIVENESS_CHALLENGES_A_DAY)));
    const int64_t wait_ms = refused.retry_info->retry_delay->seconds * 1000 +
                            refused.retry_info->retry_delay->nanos / 1000000;
    assert_in_range(wait_ms, DAYS(1) - MINUTES(LIMIT_LIVENESS_CHALLENGES_A_DAY + 1),
                    DAYS(1) + DAYS(1) / 4);
    fake_clock_advance(&h.clock, wait_ms - 1);
    assert_reason(fund_try_challenge(&h, m.token, third).result, RATE_LIMITED);
    fake_clock_advance(&h.clock, 1);
    assert_ok(fund_try_challenge(&h, m.token, third).result);
}

/* --- a person decides --- */

static Hayat__Backoffice__V1__DecideTaskRequest *deciding(const struct harness_caller *who,
                                                          const struct reviewed_case *c)
{
    Hayat__Backoffice__V1__DecideTaskRequest *request = message_new(
        &h.arena, &hayat__backoffice__v1__decide_task_request__descriptor);
    struct harness_reply claim = reviewed_claim(&h, who, c->task);
    assert_ok(claim.result);
    request->request_id = fund_request_id(&h);
    request->task_id = c->task;
    request->etag = ((Hayat__Backoffice__V1__ClaimTaskResponse *)claim.response)->task->etag;
    request->reason = message_text(&h.arena, "A reason of this test's");
    request->decision = DECISION(APPROVE);
    return request;
}

static void decide(const struct harness_caller *who,
                   const Hayat__Backoffice__V1__DecideTaskRequest *request)
{
    assert_ok(harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request->base).result);
}

static void want_more(const struct harness_caller *who, const struct reviewed_case *c)
{
    Hayat__V1__Finding finding = HAYAT__V1__FINDING__INIT, *findings[] = {&finding};
    char *good[] = {c->documents[REVIEWED_IDENTITY]};
    Hayat__Backoffice__V1__DecideTaskRequest *request = deciding(who, c);
    finding.document_id = c->documents[REVIEWED_FORM];
    finding.reason = FINDING(DIGITS_DIFFER);
    request->decision = DECISION(MORE_NEEDED);
    request->n_findings = request->n_accepted_document_ids = 1;
    request->findings = findings;
    request->accepted_document_ids = good;
    decide(who, request);
}

static Hayat__Backoffice__V1__LifeCertificateReview *shown(const struct harness_caller *who,
                                                           const struct reviewed_case *c)
{
    Hayat__Backoffice__V1__GetTaskRequest request = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    request.task_id = c->task;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("GetTask"), who, &request.base);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__GetTaskResponse *)reply.response)->life_certificate;
}

static void who_decides_sees_what_was_asked(void **state)
{
    (void)state;
    const struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    const struct reviewed_case c = reviewed_file(&h, &m, ROUTE(LIVENESS_VIDEO));
    assert_ok(reviewed_claim(&h, &amal, c.task).result);
    const Hayat__Backoffice__V1__LifeCertificateReview *review = shown(&amal, &c);
    const Hayat__V1__LivenessChallenge *challenge =
        review->certificate->documents[0]->liveness_challenge;
    assert_int_equal(challenge->n_steps, LIVENESS_STEPS);
    assert_true(challenge->answer_time->seconds >= challenge->create_time->seconds);
    assert_int_equal(review->n_cautions, 1);
    assert_int_equal(review->cautions[0],
                     HAYAT__BACKOFFICE__V1__REVIEW_CAUTION__REVIEW_CAUTION_LIVENESS_VIDEO);
}

static void more_needed_takes_a_new_challenge(void **state)
{
    (void)state;
    const struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    const struct harness_caller brahim = named_agent(&h, SCOPE_REVIEWER, "TEST-2");
    struct reviewed_case c = reviewed_file(&h, &m, ROUTE(LIVENESS_VIDEO));
    const char *old = message_text(
        &h.arena, reviewed_get(&h, &c)->documents[0]->liveness_challenge->liveness_challenge_id);
    assert_reason(fund_try_challenge(&h, m.token, c.certificate).result, CERTIFICATE_ALREADY_FILED);
    want_more(&amal, &c);
    const Hayat__V1__Finding *found = reviewed_get(&h, &c)->decision->findings[0];
    assert_int_equal(found->reason, FINDING(DIGITS_DIFFER));
    assert_non_null(strstr(found->text, "chiffres"));
    assert_reason(declared(m.token, c.certificate, old), LIVENESS_CHALLENGE_INVALID);
    reviewed_file_again(&h, &c);
    const Hayat__V1__LivenessChallenge *second =
        reviewed_get(&h, &c)->documents[0]->liveness_challenge;
    assert_string_not_equal(second->liveness_challenge_id, old);
    decide(&amal, deciding(&amal, &c));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE(IN_REVIEW)); /* one is not enough */
    decide(&brahim, deciding(&brahim, &c));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE(ACCEPTED));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_route_is_offered_with_what_it_needs),
        TEST(a_challenge_says_what_to_do_in_three_languages),
        TEST(a_retry_gets_the_same_one),
        TEST(a_video_is_filed_with_its_challenge),
        TEST(each_is_good_once),
        TEST(a_declaration_may_be_sent_again_when_time_is_up),
        TEST(it_is_good_for_fifteen_minutes),
        TEST(a_clock_that_is_set_neither_ends_nor_prolongs_it),
        TEST(its_bytes_may_take_days),
        TEST(no_other_film_fits_the_declaration),
        TEST(it_is_for_the_device_that_asked),
        TEST(a_session_without_a_device_stands_for_itself),
        TEST(it_is_for_its_own_draft),
        TEST(anothers_is_nobodys),
        TEST(a_video_goes_nowhere_else),
        TEST(nobody_asks_until_one_fits),
        TEST(nobody_asks_all_day),
        TEST(who_decides_sees_what_was_asked),
        TEST(more_needed_takes_a_new_challenge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
