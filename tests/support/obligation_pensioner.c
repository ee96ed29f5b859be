#include "tests/support/obligation_pensioner.h"

#include <sodium.h>

#include "auth/principal.h"
#include "gen/handlers.h"
#include "service/campaign_walk.h"
#include "service/certificate_receipt.h"
#include "service/certificate_review.h"
#include "service/delivery.h"
#include "service/document_check.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/obligation.h"
#include "service/obligation_record.h"
#include "service/task.h"
#include "storage/delivery_store.h"
#include "storage/device_store.h"
#include "storage/document_store.h"
#include "storage/member_store.h"
#include "storage/outbox_store.h"
#include "storage/preferences_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/named_agent.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define CHECK(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define DELIVERY(name) HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_##name

enum { HUNDRED_DAYS_MS = 100 * 24 * 3600 };

/* --- the world --- */

static status put_plan(void *ctx, struct txn *txn)
{
    (void)ctx;
    return fund_reminder_plan(txn, offsets, 2);
}

void pensioner_world_start(struct pensioner_world *world)
{
    harness_start(&world->h);
    world->persons[0] = named_agent(&world->h, SCOPE_REVIEWER, "S-999-1").id;
    world->persons[1] = named_agent(&world->h, SCOPE_REVIEWER, "S-999-2").id;
    world->planted = false;
    fund_put_campaign(&world->h, YEAR, -14, 100000, 100001);
    assert_ok(harness_write(&world->h, put_plan, NULL));
}

void pensioner_world_stop(struct pensioner_world *world)
{
    harness_stop(&world->h);
}

static int64_t today(struct txn *txn)
{
    return date_to_days(date_from_wall_ms(txn_now_ms(txn), 0));
}

status pensioner_make(void *ctx, struct txn *txn)
{
    struct pensioner *p = ctx;
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    Hayat__Store__V1__StoredPension pension = HAYAT__STORE__V1__STORED_PENSION__INIT;
    Hayat__Store__V1__StoredPreferences preferences = HAYAT__STORE__V1__STORED_PREFERENCES__INIT;
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    const struct life_certificate_list nothing = {.count = 0};
    const struct campaign window = {YEAR, today(txn), today(txn) + DUE, today(txn) + GRACE_END};
    obligation_row *row;
    p->open_day = today(txn);
    p->device = id_new(txn_random(txn)); /* what it files, one person accepts */
    member.phone_number = message_text(txn_arena(txn), "+212600000000");
    pension.pension_number = message_text(txn_arena(txn), "P-999-0001");
    pension.country_code = message_text(txn_arena(txn), "FR");
    device.device_id = (ProtobufCBinaryData){ID_BYTES, p->device.bytes};
    TRY(member_store_put(txn, p->owner, &member));
    preferences.email = message_text(txn_arena(txn), "pensioner@example.test");
    TRY(preferences_store_put(txn, p->owner, &preferences));
    TRY(device_store_put(txn, p->owner, &device));
    TRY(pension_store_put(txn, p->owner, 1, &pension));
    TRY(obligation_record_new(txn, 1, &pension, &window, &row));
    return obligation_record_set(txn, p->owner, row, &nothing, SUSPENSION(UNSPECIFIED));
}

struct pensioner pensioner_new(struct pensioner_world *world, int number)
{
    struct pensioner p = {.world = world};
    char text[16];
    (void)snprintf(text, sizeof text, "%09d", 100000000 + number);
    p.owner = owner_of_registration(world->h.keys, bytes_str(text));
    return p;
}

/* --- the member, and the counter --- */

/* A step of a call, as the pipeline makes it; the principal outlives it. */
static struct rpc call_of(const struct pensioner *p, struct txn *txn,
                          const struct principal *principal)
{
    return (struct rpc){.app = &p->world->h.app,
                        .txn = txn,
                        .arena = txn_arena(txn),
                        .principal = principal,
                        .now_ms = txn_now_ms(txn)};
}

static void begin(struct pensioner *p, struct txn *txn, certificate_row *row)
{
    row->life_certificate_id = (ProtobufCBinaryData){ID_BYTES, p->certificate.bytes};
    row->year = YEAR;
    row->route = ROUTE(AUTHORITY_FORM);
    row->create_ms = txn_now_ms(txn);
}

static status draft(struct pensioner *p, struct txn *txn)
{
    certificate_row row = HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    p->certificate = id_new(txn_random(txn));
    begin(p, txn, &row);
    return certificate_drafted(txn, p->owner, &row);
}

/* As AgencyService.RegisterPaperFiling. */
static status hand_in(struct pensioner *p, struct txn *txn)
{
    const struct certificate_documents none = {.count = 0};
    const struct receipt_issuer issuer = receipt_issuer_of(&p->world->h.app);
    certificate_row row = HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    Hayat__Store__V1__StoredPension *pension;
    Hayat__V1__SignedReceipt *receipt;
    struct campaign window;
    p->certificate = id_new(txn_random(txn));
    begin(p, txn, &row);
    TRY(pension_store_first(txn, p->owner, &pension));
    TRY(obligation_window(txn, p->owner, YEAR, &window));
    row.submit_ms = txn_now_ms(txn);
    row.in_time = campaign_in_time(&window, today(txn));
    row.on_paper = true;
    row.sheet_count = 2;
    const struct receipt_about about = {&row, pension, &window, &none};
    TRY(certificate_receipt_issue(txn, &issuer, &about, &receipt));
    return certificate_submitted(txn, p->owner, &row);
}

void pensioner_digest(struct id document, uint8_t ret_sha256[32])
{
    (void)crypto_hash_sha256(ret_sha256, document.bytes, ID_BYTES);
}

static void describe(struct txn *txn, const struct pensioner *p, struct id id,
                     Hayat__Store__V1__StoredDocument *row)
{
    uint8_t digest[32];
    pensioner_digest(id, digest);
    row->document_id = message_bytes(txn_arena(txn), bytes_of(id.bytes, ID_BYTES));
    row->life_certificate_id = message_bytes(txn_arena(txn),
                                             bytes_of(p->certificate.bytes, ID_BYTES));
    row->item = ITEM(FORM);
    row->media_type = message_text(txn_arena(txn), "application/pdf");
    row->size_bytes = ID_BYTES;
    row->sha256 = message_bytes(txn_arena(txn), bytes_of(digest, sizeof digest));
    row->expire_ms = txn_now_ms(txn) + HUNDRED_DAYS_MS * 1000LL;
}

static status open_upload(struct txn *txn, struct pensioner *p)
{
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    p->upload = id_new(txn_random(txn));
    describe(txn, p, p->upload, &row);
    row.state = DOCUMENT(OPEN);
    TRY(arena_check(txn_arena(txn)));
    return document_store_put(txn, p->owner, &row);
}

/* A form stands for the one of before; what ends too late for its certificate is no part of it. */
static status end_upload(struct txn *txn, struct pensioner *p)
{
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    certificate_row *certificate;
    describe(txn, p, p->upload, &row);
    row.state = DOCUMENT(COMPLETE);
    TRY(arena_check(txn_arena(txn)));
    TRY(life_certificate_store_get(txn, p->owner, p->certificate, &certificate));
    if (!certificate_is_open((certificate_state)certificate->state)) {
        return document_store_put(txn, p->owner, &row);
    }
    p->document = p->upload;
    certificate->document_ids = &row.document_id;
    certificate->n_document_ids = 1;
    certificate->version++;
    TRY(life_certificate_store_put(txn, p->owner, certificate));
    TRY(document_check_ask(txn, p->owner, &row));
    return document_store_put(txn, p->owner, &row);
}

static status submit(struct txn *txn, struct pensioner *p)
{
    const struct principal member = {.kind = CALLER_MEMBER, .owner = p->owner, .device = p->device};
    struct rpc rpc = call_of(p, txn, &member);
    Hayat__V1__SubmitLifeCertificateRequest request =
        HAYAT__V1__SUBMIT_LIFE_CERTIFICATE_REQUEST__INIT;
    Hayat__V1__SubmitLifeCertificateResponse response =
        HAYAT__V1__SUBMIT_LIFE_CERTIFICATE_RESPONSE__INIT;
    request.life_certificate_id = message_id_of(txn_arena(txn), "lc", p->certificate);
    TRY(arena_check(txn_arena(txn)));
    return life_certificate_submit_life_certificate(&rpc, &request, &response);
}

static status pass(struct txn *txn, struct pensioner *p)
{
    document_check_row verdict = HAYAT__STORE__V1__STORED_DOCUMENT_CHECK__INIT;
    verdict.state = CHECK(PASSED);
    verdict.page_count = 1;
    return document_check_done(txn, p->owner, p->document, &verdict);
}

/* --- the post --- */

/* The text message arrives or not; the mail server takes the e-mail in any case, which proves nothing. */
static status settle(struct txn *txn, struct pensioner *p, bool arrived)
{
    obligation_row *row;
    TRY(obligation_store_get(txn, p->owner, YEAR, 1, &row));
    for (size_t i = 0; i < row->n_reminders; i++) {
        Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
        Hayat__Store__V1__StoredDelivery *known;
        uint64_t sequence = row->reminders[i]->outbox_sequence;
        if (sequence == 0 || ok(delivery_store_get(txn, p->owner, sequence, &known))) {
            continue;
        }
        bool email = row->reminders[i]->channel == CHANNEL_EMAIL;
        delivery.queue = email ? OUTBOX_EMAIL : OUTBOX_SMS;
        delivery.outcome = arrived || email ? DELIVERY(DELIVERED) : DELIVERY(FAILED);
        delivery.settle_ms = txn_now_ms(txn);
        delivery.report_ms = email ? 0 : delivery.settle_ms;
        TRY(delivery_store_put(txn, p->owner, sequence, &delivery));
    }
    return STATUS_OK;
}

/* --- the job --- */

static status run_job(struct txn *txn, struct pensioner *p)
{
    struct walk_counts counts = {0};
    struct life_certificate_list list;
    obligation_row *row;
    TRY(campaign_walk_member(txn, p->owner, today(txn), &counts));
    TRY(obligation_store_get(txn, p->owner, YEAR, 1, &row));
    if (p->world->planted && row->state == OBLIGATION(DRAFT) && today(txn) > row->grace_end_days) {
        TRY(life_certificate_store_list(txn, p->owner, &list));
        row->state = OBLIGATION(DUE);
        return obligation_record_set(txn, p->owner, row, &list, SUSPENSION(PROPOSED));
    }
    return STATUS_OK;
}

/* --- persons --- */

static status claim_and_vote(struct txn *txn, task_kind kind, struct id object,
                             const struct task_vote *vote, task_row **ret_task)
{
    TRY(task_store_about(txn, kind, object, ret_task));
    TRY(task_claim(txn, *ret_task, vote->agent));
    return task_vote(txn, *ret_task, vote);
}

/* As ReviewService: claim, vote, and what follows from the end. */
static status decide(struct txn *txn, struct pensioner *p, task_state said)
{
    uint32_t missing[] = {ITEM(FORM)};
    const struct principal agent = {.kind = CALLER_AGENT, .agent = p->world->persons[0]};
    struct rpc rpc = call_of(p, txn, &agent);
    struct task_vote vote = {.agent = agent.agent, .said = said, .reason = "seen"};
    task_row *task;
    vote.missing_items = missing;
    vote.n_missing_items = said == TASK_STATE(APPROVED) ? 0 : 1;
    TRY(claim_and_vote(txn, TASK_KIND(LIFE_CERTIFICATE), p->certificate, &vote, &task));
    return task->state == TASK_STATE(OPEN) ? FAIL(INTERNAL)
                                           : certificate_review_kind.decided(&rpc, task);
}

static status vote(struct txn *txn, struct pensioner *p, int person, bool yes)
{
    obligation_row *row;
    task_row *task;
    struct id object, agent = p->world->persons[person];
    const struct task_vote said = {
        .agent = agent, .said = yes ? TASK_STATE(APPROVED) : TASK_STATE(REFUSED), .reason = "seen"};
    TRY(obligation_store_get(txn, p->owner, YEAR, 1, &row));
    assert_true(id_of_binary(row->obligation_id, &object));
    TRY(claim_and_vote(txn, TASK_KIND(SUSPENSION), object, &said, &task));
    return task->state == TASK_STATE(OPEN)
               ? STATUS_OK
               : suspension_decided(txn, p->owner, object,
                                    &(struct suspension_decision){yes, agent, today(txn)});
}

/* The second yes: first the same person's, which counts for nothing, then the other's. */
static status second_yes(struct txn *txn, struct pensioner *p)
{
    status again = vote(txn, p, 0, true);
    if (ok(again)) {
        return FAIL(INTERNAL); /* it was the first after all: nothing of this is kept */
    }
    return again.why == REASON_TASK_VOTED ? vote(txn, p, 1, true) : again;
}

/* --- everything --- */

static status confirm(struct txn *txn, struct pensioner *p)
{
    const struct receipt_issuer issuer = receipt_issuer_of(&p->world->h.app);
    return certificate_confirmed_by_registry(
        txn, p->owner, &(struct registry_confirmation){YEAR, today(txn), "REG-999-1", &issuer});
}

status pensioner_act(void *ctx, struct txn *txn)
{
    struct pensioner *p = ctx;
    switch (p->event) {
    case DRAFT:
        return draft(p, txn);
    case PAPERS:
        return hand_in(p, txn);
    case UPLOAD_OPENS:
        return open_upload(txn, p);
    case UPLOAD_ENDS:
        return end_upload(txn, p);
    case CHECKED:
        return pass(txn, p);
    case SUBMIT:
        return submit(txn, p);
    case ACCEPT:
        return decide(txn, p, TASK_STATE(APPROVED));
    case REFUSE:
        return decide(txn, p, TASK_STATE(REFUSED));
    case WANT_MORE:
        return decide(txn, p, TASK_STATE(MORE_NEEDED));
    case REGISTRY:
        return confirm(txn, p);
    case DELIVERED:
    case FAILED:
        return settle(txn, p, p->event == DELIVERED);
    case TIME_PASSES:
    case JOB_RUNS:
        return run_job(txn, p);
    case FIRST_YES:
        return vote(txn, p, 0, true);
    case SECOND_YES:
        return second_yes(txn, p);
    case A_NO:
        return vote(txn, p, 1, false);
    case EVENTS:
        break;
    }
    return FAIL(INTERNAL);
}
