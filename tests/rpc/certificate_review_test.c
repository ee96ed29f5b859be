/*
 * Promise (SEC-A5, A7, F3, F4): a filed life certificate waits for a named person, who alone sees it while they have claimed it; its documents
 * come as clean copies, piece by piece, and stop when the claim or the agent ends; who does not accept says at once all that is wrong;
 * two persons are two where the rules say so; what was decided for good is signed and verifies by itself.
 */
#include "base/limits.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "service/certificate_findings.h"
#include "service/message.h"
#include "service/receipt_verify.h"
#include "storage/agent_reads_store.h"
#include "storage/device_store.h"
#include "storage/document_store.h"
#include "tests/support/audit.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define CERTIFICATE_IS(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define TASK(name) HAYAT__BACKOFFICE__V1__TASK_STATE__TASK_STATE_##name
#define FINDING(name) HAYAT__V1__FINDING_REASON__FINDING_REASON_##name
#define OUTCOME(name) HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_##name
#define CAUTION(name) HAYAT__BACKOFFICE__V1__REVIEW_CAUTION__REVIEW_CAUTION_##name

typedef Hayat__Backoffice__V1__DecideTaskRequest Decide;
typedef Hayat__Backoffice__V1__Task Task;
typedef Hayat__Backoffice__V1__LifeCertificateReview Review;

enum { DAY_MS = 24 * 3600 * 1000, DUE_IN_DAYS = 30 };

static struct harness h;
static struct harness_member member;
static struct harness_caller amal, brahim, chadia;

static struct harness_caller reviewer(const char *staff_number)
{
    return named_agent(&h, SCOPE_REVIEWER, staff_number);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = fund_pensioner(&h, "TEST-LIVING");
    amal = reviewer("TEST-1");
    brahim = reviewer("TEST-2");
    chadia = reviewer("TEST-3");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- deciding --- */

static Task *claimed(const struct harness_caller *who, const char *task)
{
    struct harness_reply reply = reviewed_claim(&h, who, task);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task;
}

/* A decision of C's claimed task, to be filled further. */
static Decide *deciding(const struct harness_caller *who, const struct reviewed_case *c,
                        Hayat__Backoffice__V1__TaskDecision decision)
{
    Decide *request = message_new(&h.arena,
                                  &hayat__backoffice__v1__decide_task_request__descriptor);
    assert_non_null(request);
    request->request_id = fund_request_id(&h);
    request->task_id = c->task;
    request->etag = claimed(who, c->task)->etag;
    request->decision = decision;
    request->reason = message_text(&h.arena, "A reason of this test's");
    return request;
}

static void find(Decide *request, const char *document, int32_t page, Hayat__V1__FindingReason why)
{
    Hayat__V1__Finding **findings = arena_array(&h.arena, request->n_findings + 1,
                                                sizeof *findings);
    Hayat__V1__Finding *finding = message_new(&h.arena, &hayat__v1__finding__descriptor);
    assert_non_null(finding);
    for (size_t i = 0; i < request->n_findings; i++) {
        findings[i] = request->findings[i];
    }
    finding->document_id = message_text(&h.arena, document);
    finding->page = page;
    finding->reason = why;
    findings[request->n_findings++] = finding;
    request->findings = findings;
}

static void accept(Decide *request, char *document)
{
    char **documents = arena_array(&h.arena, 1, sizeof *documents);
    documents[0] = document;
    request->accepted_document_ids = documents;
    request->n_accepted_document_ids = 1;
}

static struct harness_reply send(const struct harness_caller *who, const Decide *request)
{
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request->base);
}

static int32_t sent(const struct harness_caller *who, const Decide *request)
{
    struct harness_reply reply = send(who, request);
    assert_ok(reply.result);
    return (int32_t)((Hayat__Backoffice__V1__DecideTaskResponse *)reply.response)->task->state;
}

/* A complete no or not yet: something with the form, nothing with the other. */
static Decide *complete(const struct harness_caller *who, struct reviewed_case *c,
                        Hayat__Backoffice__V1__TaskDecision decision)
{
    Decide *request = deciding(who, c, decision);
    find(request, c->documents[REVIEWED_FORM], 2, FINDING(ILLEGIBLE));
    accept(request, c->documents[REVIEWED_IDENTITY]);
    return request;
}

static struct harness_reply get_receipt(const struct reviewed_case *c, Hayat__V1__ReceiptKind kind)
{
    Hayat__V1__GetReceiptRequest request = HAYAT__V1__GET_RECEIPT_REQUEST__INIT;
    request.life_certificate_id = c->certificate;
    request.kind = kind;
    return harness_call(&h, CERTIFICATE_METHOD("GetReceipt"), c->member.token, &request.base);
}

static Hayat__V1__ReceiptPayload *verified(const struct reviewed_case *c,
                                           Hayat__V1__ReceiptKind kind)
{
    Hayat__V1__ReceiptPayload *payload;
    struct harness_reply reply = get_receipt(c, kind);
    assert_ok(reply.result);
    assert_ok(receipt_verify(h.signer.public_key,
                             ((Hayat__V1__GetReceiptResponse *)reply.response)->receipt, &h.arena,
                             &payload));
    return payload;
}

#define FILING HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_FILING
#define OF_DECISION HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_DECISION

static Review *looked_at(const struct harness_caller *who, const struct reviewed_case *c)
{
    Hayat__Backoffice__V1__GetTaskRequest request = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    request.task_id = c->task;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("GetTask"), who, &request.base);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__GetTaskResponse *)reply.response)->life_certificate;
}

/* --- tests --- */

static void the_reviewer_sees_what_there_is_to_decide_on(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    const Task *task = claimed(&amal, c.task);
    assert_int_equal(task->kind, HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_LIFE_CERTIFICATE);
    assert_int_equal(task->persons_needed, 1);
    assert_int_equal(task->due_time->seconds - task->open_time->seconds,
                     LIMIT_CERTIFICATE_REVIEW_MS / 1000);
    const Review *review = looked_at(&amal, &c);
    assert_string_equal(review->registration_number, "TEST-LIVING");
    assert_string_equal(review->certificate->life_certificate_id, c.certificate);
    assert_int_equal(review->certificate->state, CERTIFICATE_IS(IN_REVIEW));
    assert_int_equal(review->certificate->n_documents, 2);
    assert_string_equal(review->certificate->documents[0]->document_id, c.documents[0]);
    assert_int_equal(review->n_cautions, 0);
    assert_int_equal(review->refusers_needed, 1);
    assert_non_null(strstr(review->deadline_text, "échéance"));
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.ReviewService/GetTask"));
    audit_assert_is(&h, entry.subject, bytes_of(member.owner.bytes, OWNER_BYTES));
}

static void accepted_is_signed(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    assert_reason(get_receipt(&c, OF_DECISION).result, RECEIPT_NOT_ISSUED);
    assert_int_equal(sent(&amal, deciding(&amal, &c, DECISION(APPROVE))), TASK(APPROVED));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(ACCEPTED));
    const Hayat__V1__ReceiptPayload *filing = verified(&c, FILING);
    const Hayat__V1__ReceiptPayload *decision = verified(&c, OF_DECISION);
    assert_string_equal(filing->kind, RECEIPT_KIND);
    assert_string_equal(decision->kind, RECEIPT_KIND_OF_DECISION);
    assert_int_equal(decision->outcome, OUTCOME(ACCEPTED));
    assert_string_equal(decision->filing_receipt_id, filing->receipt_id);
    assert_int_equal(decision->n_documents, 2);
    assert_int_equal(decision->findings_sha256.len, RECEIPT_DIGEST_BYTES);
    struct harness_reply again = reviewed_claim(&h, &brahim, c.task);
    assert_reason(again.result, TASK_CLOSED);
}

static void all_that_is_wrong_is_said_at_once(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    Decide *request = deciding(&amal, &c, DECISION(MORE_NEEDED));
    struct harness_reply reply = send(&amal, request);
    assert_reason(reply.result, FINDINGS_INCOMPLETE);
    assert_int_equal(reply.precondition->n_violations, 3); /* both documents, and nothing said */
    assert_string_equal(reply.precondition->violations[0]->type, "DOCUMENT_UNANSWERED");
    assert_string_equal(reply.precondition->violations[0]->subject, c.documents[REVIEWED_FORM]);
    assert_string_equal(reply.precondition->violations[2]->type, "NOTHING_SAID");
    request->request_id = fund_request_id(&h);
    find(request, c.documents[REVIEWED_FORM], 2, FINDING(ILLEGIBLE));
    reply = send(&amal, request);
    assert_reason(reply.result, FINDINGS_INCOMPLETE);
    assert_int_equal(reply.precondition->n_violations, 1);
    assert_string_equal(reply.precondition->violations[0]->subject, c.documents[REVIEWED_IDENTITY]);
    request->request_id = fund_request_id(&h);
    accept(request, c.documents[REVIEWED_IDENTITY]);
    assert_int_equal(sent(&amal, request), TASK(MORE_NEEDED));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(MORE_NEEDED));
    assert_reason(get_receipt(&c, OF_DECISION).result, RECEIPT_NOT_ISSUED);
}

static void what_is_no_finding_is_refused(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    Decide *with_yes = complete(&amal, &c, DECISION(APPROVE));
    assert_reason(send(&amal, with_yes).result, INVALID_FIELD);
    Decide *both = complete(&amal, &c, DECISION(REFUSE));
    accept(both, c.documents[REVIEWED_FORM]); /* accepted and found wrong */
    assert_reason(send(&amal, both).result, INVALID_FIELD);
    Decide *other = complete(&amal, &c, DECISION(REFUSE));
    find(other, c.documents[REVIEWED_FORM], 0, FINDING(OTHER)); /* without a note */
    assert_reason(send(&amal, other).result, INVALID_FIELD);
    Decide *unknown = complete(&amal, &c, DECISION(REFUSE));
    find(unknown, c.documents[REVIEWED_FORM], 0, (Hayat__V1__FindingReason)999);
    assert_reason(send(&amal, unknown).result, INVALID_FIELD);
    Decide *stranger = complete(&amal, &c, DECISION(REFUSE));
    find(stranger, "doc_00000000000000000000000000", 0, FINDING(ILLEGIBLE));
    assert_reason(send(&amal, stranger).result, INVALID_FIELD);
    Decide *lines = complete(&amal, &c, DECISION(REFUSE));
    lines->findings[0]->note = message_text(&h.arena, "one\ntwo");
    assert_reason(send(&amal, lines).result, INVALID_FIELD);
}

static void a_refusal_is_signed_with_its_findings(void **state)
{
    (void)state;
    uint8_t digest[RECEIPT_DIGEST_BYTES];
    Hayat__Store__V1__StoredFinding found = HAYAT__STORE__V1__STORED_FINDING__INIT,
                                    *list[] = {&found};
    Hayat__Store__V1__StoredVote vote = HAYAT__STORE__V1__STORED_VOTE__INIT;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    assert_int_equal(sent(&amal, complete(&amal, &c, DECISION(REFUSE))), TASK(REFUSED));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(REFUSED));
    const Hayat__V1__ReceiptPayload *decision = verified(&c, OF_DECISION);
    assert_int_equal(decision->outcome, OUTCOME(REFUSED));
    found.document_id = message_bytes(&h.arena, bytes_of(c.document_ids[0].bytes, ID_BYTES));
    found.item = ITEM(FORM);
    found.page = 2;
    found.reason = FINDING(ILLEGIBLE);
    vote.findings = list;
    vote.n_findings = 1;
    assert_ok(findings_digest(&h.arena, &vote, digest));
    assert_memory_equal(decision->findings_sha256.data, digest, sizeof digest);
}

static void filed_again_is_reviewed_again(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    const char *first = c.task;
    assert_int_equal(sent(&amal, complete(&amal, &c, DECISION(MORE_NEEDED))), TASK(MORE_NEEDED));
    const char *receipt = verified(&c, FILING)->receipt_id;
    reviewed_file_again(&h, &c);
    assert_string_not_equal(c.task, first);
    assert_string_not_equal(verified(&c, FILING)->receipt_id, receipt);
    assert_int_equal(sent(&amal, deciding(&amal, &c, DECISION(APPROVE))), TASK(APPROVED));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(ACCEPTED));
}

/* RULE LC-11 */
static void a_witness_takes_two_to_accept(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(WITNESSED_FORM));
    assert_int_equal(claimed(&amal, c.task)->persons_needed, 2);
    assert_int_equal(looked_at(&amal, &c)->cautions[0], CAUTION(WITNESSED));
    assert_int_equal(sent(&amal, deciding(&amal, &c, DECISION(APPROVE))), TASK(OPEN));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(IN_REVIEW));
    assert_reason(reviewed_claim(&h, &amal, c.task).result, TASK_VOTED);
    (void)claimed(&brahim, c.task);
    const Review *review = looked_at(&brahim, &c);
    assert_int_equal(review->n_earlier_votes, 1);
    assert_int_equal(review->earlier_votes[0]->decision, DECISION(APPROVE));
    assert_int_equal(sent(&brahim, deciding(&brahim, &c, DECISION(APPROVE))), TASK(APPROVED));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(ACCEPTED));
}

static status enrol_by_sms(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredDevice *device;
    (void)ctx;
    TRY(device_store_get(txn, member.owner, member.device, &device));
    device->enrolled_by = HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS;
    return device_store_put(txn, member.owner, device);
}

static void a_device_by_sms_takes_two_to_accept(void **state)
{
    (void)state;
    assert_ok(harness_write(&h, enrol_by_sms, NULL));
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    assert_int_equal(claimed(&amal, c.task)->persons_needed, 2);
    assert_int_equal(looked_at(&amal, &c)->cautions[0], CAUTION(ENROLLED_BY_SMS));
}

/* RULE LC-12, and a yes between two noes that were not enough. */
static void after_the_due_day_two_refuse(void **state)
{
    (void)state;
    struct harness_member second = fund_pensioner(&h, "TEST-LIVING-2");
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM)),
                         d = reviewed_file(&h, &second, ROUTE(AUTHORITY_FORM));
    fake_clock_advance(&h.clock, (DUE_IN_DAYS + 1) * (int64_t)DAY_MS);
    assert_int_equal(sent(&amal, complete(&amal, &c, DECISION(REFUSE))), TASK(OPEN));
    (void)claimed(&brahim, c.task);
    const Review *review = looked_at(&brahim, &c);
    assert_int_equal(review->refusers_needed, 2);
    assert_int_equal(review->cautions[0], CAUTION(DUE_DAY_OVER));
    assert_int_equal(review->earlier_votes[0]->findings[0]->reason, FINDING(ILLEGIBLE));
    assert_int_equal(sent(&brahim, complete(&brahim, &c, DECISION(REFUSE))), TASK(REFUSED));
    assert_int_equal(sent(&amal, complete(&amal, &d, DECISION(REFUSE))), TASK(OPEN));
    assert_int_equal(sent(&chadia, deciding(&chadia, &d, DECISION(APPROVE))), TASK(APPROVED));
    assert_int_equal(verified(&d, OF_DECISION)->outcome, OUTCOME(ACCEPTED));
}

/* --- evidence --- */

static struct harness_stream reading;

static bool read_begin(const struct harness_caller *who, const char *task, const char *document)
{
    Hayat__Backoffice__V1__ReadEvidenceRequest request =
        HAYAT__BACKOFFICE__V1__READ_EVIDENCE_REQUEST__INIT;
    request.task_id = message_text(&h.arena, task);
    request.document_id = message_text(&h.arena, document);
    return harness_stream_open_as(&reading, &h, REVIEW_METHOD("ReadEvidence"), who) &&
           harness_stream_send(&reading, &request.base);
}

/* The next message, or NULL. */
static Hayat__Backoffice__V1__ReadEvidenceResponse *read_next(void)
{
    ProtobufCMessage *response;
    return harness_stream_next(&reading, &response) ? (void *)response : NULL;
}

static struct reviewed_case claimed_case(size_t copy_bytes)
{
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    reviewed_clean(&h, &c, REVIEWED_FORM, fund_pdf(&h, copy_bytes, 5));
    (void)claimed(&amal, c.task);
    return c;
}

static void the_clean_copy_is_streamed_and_told(void **state)
{
    (void)state;
    enum { COPY_BYTES = 3 * 65520 + 17 };
    bytes wanted = fund_pdf(&h, COPY_BYTES, 5);
    size_t seen = 0;
    struct reviewed_case c = claimed_case(COPY_BYTES);
    assert_true(read_begin(&amal, c.task, c.documents[REVIEWED_FORM]));
    const Hayat__Backoffice__V1__ReadEvidenceResponse *piece = read_next();
    assert_non_null(piece);
    assert_string_equal(piece->document->document_id, c.documents[REVIEWED_FORM]);
    assert_int_equal(piece->data.len, 0);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.ReviewService/ReadEvidence"));
    audit_assert_is(&h, entry.actor, bytes_of(amal.id.bytes, ID_BYTES));
    audit_assert_is(&h, entry.subject, bytes_of(member.owner.bytes, OWNER_BYTES));
    for (piece = read_next(); piece != NULL; piece = read_next()) {
        assert_true(piece->data.len > 0 && seen + piece->data.len <= COPY_BYTES);
        assert_int_equal(piece->size_bytes, seen == 0 ? COPY_BYTES : 0);
        assert_memory_equal(piece->data.data, wanted.ptr + seen, piece->data.len);
        seen += piece->data.len;
    }
    assert_ok(harness_stream_close(&reading).result);
    assert_int_equal(seen, COPY_BYTES);
}

static void nobody_else_reads_it(void **state)
{
    (void)state;
    struct reviewed_case c = claimed_case(1000);
    bool begun = read_begin(&brahim, c.task, c.documents[REVIEWED_FORM]) && read_next() != NULL;
    assert_false(begun);
    assert_reason(harness_stream_close(&reading).result, TASK_NOT_CLAIMED);
    struct harness_member second = fund_pensioner(&h, "TEST-LIVING-3");
    struct reviewed_case other = reviewed_file(&h, &second, ROUTE(AUTHORITY_FORM));
    assert_true(read_begin(&amal, c.task, other.documents[REVIEWED_FORM]));
    assert_null(read_next());
    assert_reason(harness_stream_close(&reading).result, NOT_FOUND);
}

struct spending {
    struct id agent;
    struct owner member;
};

static status spend(void *ctx, struct txn *txn)
{
    const struct spending *spending = ctx;
    const struct agent_budget budget = {LIMIT_AGENT_MEMBERS_PER_HOUR, LIMIT_AGENT_MEMBERS_PER_DAY};
    struct agent_budget_answer answer;
    return agent_reads_take(txn, spending->agent, spending->member, &budget, &answer);
}

static void over_the_budget_there_is_nothing_but_the_entry(void **state)
{
    (void)state;
    struct reviewed_case c = claimed_case(1000);
    for (int i = 0; i < LIMIT_AGENT_MEMBERS_PER_HOUR; i++) {
        struct spending spending = {amal.id, {{(uint8_t)i, 1}}};
        assert_ok(harness_write(&h, spend, &spending));
    }
    assert_true(read_begin(&amal, c.task, c.documents[REVIEWED_FORM]));
    assert_null(read_next());
    struct harness_reply reply = harness_stream_close(&reading);
    assert_reason(reply.result, AGENT_BUDGET);
    assert_non_null(reply.quota);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.ReviewService/ReadEvidence"));
    assert_int_equal(entry.outcome, REASON_AGENT_BUDGET);
}

static void begin_a_long_one(struct reviewed_case *c)
{
    *c = claimed_case((size_t)4 * 65520);
    assert_true(read_begin(&amal, c->task, c->documents[REVIEWED_FORM]));
    assert_non_null(read_next());
    assert_non_null(read_next());
}

static void it_ends_with_the_claim(void **state)
{
    (void)state;
    struct reviewed_case c;
    begin_a_long_one(&c);
    Hayat__Backoffice__V1__ReleaseTaskRequest request =
        HAYAT__BACKOFFICE__V1__RELEASE_TASK_REQUEST__INIT;
    request.task_id = c.task;
    assert_ok(harness_call_as(&h, REVIEW_METHOD("ReleaseTask"), &amal, &request.base).result);
    assert_null(read_next());
    assert_reason(harness_stream_close(&reading).result, TASK_NOT_CLAIMED);
}

static void it_ends_when_the_claim_lapses(void **state)
{
    (void)state;
    struct reviewed_case c;
    begin_a_long_one(&c);
    h.clock.wall_ms += LIMIT_TASK_LEASE_MS;
    h.clock.mono_us += LIMIT_TASK_LEASE_MS * 1000LL;
    reading.call.rpc.deadline_us += LIMIT_TASK_LEASE_MS *
                                    1000LL; /* the claim ends it, not the call's time */
    assert_null(read_next());
    assert_reason(harness_stream_close(&reading).result, TASK_NOT_CLAIMED);
}

static void it_ends_with_the_agent(void **state)
{
    (void)state;
    struct reviewed_case c;
    begin_a_long_one(&c);
    harness_revoke_caller(&h, amal.id);
    assert_null(read_next());
    assert_reason(harness_stream_close(&reading).result, CERTIFICATE_UNKNOWN);
}

static void no_copy_no_bytes(void **state)
{
    (void)state;
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    (void)claimed(&amal, c.task);
    assert_true(read_begin(&amal, c.task, c.documents[REVIEWED_FORM]));
    assert_non_null(read_next());
    assert_null(read_next()); /* the checker was asked and has not made it: wait */
    assert_true(reading.call.wait_ms > 0);
    reviewed_clean(&h, &c, REVIEWED_FORM, fund_pdf(&h, 500, 6));
    const Hayat__Backoffice__V1__ReadEvidenceResponse *piece = read_next();
    assert_non_null(piece);
    assert_int_equal(piece->data.len, 500);
    harness_stream_abandon(&reading);
}

struct refusing {
    const struct reviewed_case *c;
    Hayat__Store__V1__CheckReason reason;
};

static status put_refusal(void *ctx, struct txn *txn)
{
    const struct refusing *refusing = ctx;
    const struct id id = refusing->c->document_ids[REVIEWED_FORM];
    Hayat__Store__V1__StoredDocument *document;
    TRY(document_store_get(txn, member.owner, id, &document));
    document->check->state = HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_REFUSED;
    document->check->reason = refusing->reason;
    return document_store_put(txn, member.owner, document);
}

/* Between two pieces, or before the first. */
static void refuse_form(struct reviewed_case *c, Hayat__Store__V1__CheckReason reason)
{
    struct refusing refusing = {c, reason};
    assert_ok(harness_write(&h, put_refusal, &refusing));
}

#define WHY(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name

/* clamd may answer after the filing, when the copy is long there. */
static void what_holds_a_virus_is_not_given(void **state)
{
    (void)state;
    struct reviewed_case c = claimed_case(5000);
    refuse_form(&c, WHY(INFECTED));
    assert_true(read_begin(&amal, c.task, c.documents[REVIEWED_FORM]));
    const Hayat__Backoffice__V1__ReadEvidenceResponse *piece = read_next();
    assert_non_null(piece); /* what it is */
    assert_int_equal(piece->data.len, 0);
    assert_null(read_next());
    assert_reason(harness_stream_close(&reading).result, EVIDENCE_UNREADABLE);
}

static void it_ends_with_a_verdict(void **state)
{
    (void)state;
    struct reviewed_case c;
    begin_a_long_one(&c);
    refuse_form(&c, WHY(SCRIPTED));
    assert_null(read_next());
    assert_reason(harness_stream_close(&reading).result, EVIDENCE_UNREADABLE);
}

/* A machine that failed says nothing about the file: a person looks (SEC-F3). */
static void what_could_not_be_checked_is_given(void **state)
{
    (void)state;
    struct reviewed_case c = claimed_case(500);
    refuse_form(&c, WHY(NOT_SCANNED));
    assert_true(read_begin(&amal, c.task, c.documents[REVIEWED_FORM]));
    assert_non_null(read_next());
    const Hayat__Backoffice__V1__ReadEvidenceResponse *piece = read_next();
    assert_non_null(piece);
    assert_int_equal(piece->data.len, 500);
    harness_stream_abandon(&reading);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_reviewer_sees_what_there_is_to_decide_on),
        TEST(accepted_is_signed),
        TEST(all_that_is_wrong_is_said_at_once),
        TEST(what_is_no_finding_is_refused),
        TEST(a_refusal_is_signed_with_its_findings),
        TEST(filed_again_is_reviewed_again),
        TEST(a_witness_takes_two_to_accept),
        TEST(a_device_by_sms_takes_two_to_accept),
        TEST(after_the_due_day_two_refuse),
        TEST(the_clean_copy_is_streamed_and_told),
        TEST(nobody_else_reads_it),
        TEST(over_the_budget_there_is_nothing_but_the_entry),
        TEST(it_ends_with_the_claim),
        TEST(it_ends_when_the_claim_lapses),
        TEST(it_ends_with_the_agent),
        TEST(no_copy_no_bytes),
        TEST(what_holds_a_virus_is_not_given),
        TEST(it_ends_with_a_verdict),
        TEST(what_could_not_be_checked_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
