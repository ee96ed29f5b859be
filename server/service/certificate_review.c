#include "service/certificate_review.h"

#include "service/app.h"
#include "service/certificate_findings.h"
#include "service/certificate_receipt.h"
#include "service/certificate_review_view.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"

typedef Hayat__Store__V1__StoredLifeCertificate Certificate;
typedef Hayat__Store__V1__StoredVote Vote;

/* --- opening --- */

/* RULE LC-11: who took the papers in has said that they saw them: somebody else says whether they prove life. */
static status add_parties(struct txn *txn, struct owner owner, const Certificate *certificate,
                          struct task_parties *parties)
{
    struct id registrar;
    if (id_of_binary(certificate->registered_by, &registrar)) {
        task_parties_add(parties, registrar);
    }
    return task_parties_add_counter(txn, owner, parties);
}

status certificate_review_open(struct txn *txn, struct owner owner, const Certificate *certificate)
{
    const struct review_facts facts = reviewed_facts(certificate);
    struct task_spec spec = {.kind = TASK_KIND(LIFE_CERTIFICATE), .owner = owner};
    if (!id_of_binary(certificate->life_certificate_id, &spec.object)) {
        return FAIL(STORE_CORRUPT);
    }
    spec.due_in_ms = review_due_in_ms(&facts);
    spec.persons_needed = review_persons_to_accept(&facts);
    TRY(add_parties(txn, owner, certificate, &spec.parties));
    return task_open(txn, &spec);
}

status certificate_review_withdraw(struct txn *txn, const Certificate *certificate)
{
    struct id id;
    return id_of_binary(certificate->life_certificate_id, &id)
               ? task_withdraw(txn, TASK_KIND(LIFE_CERTIFICATE), id)
               : FAIL(STORE_CORRUPT);
}

/* --- what is shown --- */

static status describe(struct rpc *rpc, const task_row *task,
                       Hayat__Backoffice__V1__GetTaskResponse *response)
{
    struct reviewed reviewed;
    struct agency_member found;
    TRY(agency_open_owner(rpc, task_owner(task), &found));
    TRY(reviewed_load(rpc, task, &reviewed));
    response->subject_case = HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_LIFE_CERTIFICATE;
    return reviewed_message(rpc, task, &reviewed, &found, &response->life_certificate);
}

/* NULL: not among them. */
static Hayat__Store__V1__StoredDocument *named(struct id document,
                                               Hayat__Store__V1__StoredDocument *const *rows,
                                               size_t count)
{
    const bytes id = bytes_of(document.bytes, ID_BYTES);
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(bytes_of_binary(rows[i]->document_id), id)) {
            return rows[i];
        }
    }
    return NULL;
}

/* What made way was filed as well: who decides may look at it. */
static status evidence(struct rpc *rpc, const task_row *task, struct id document,
                       Hayat__Store__V1__StoredDocument **ret_document)
{
    struct reviewed reviewed;
    TRY(reviewed_load(rpc, task, &reviewed));
    Hayat__Store__V1__StoredDocument *found = named(document, reviewed.documents.rows,
                                                    reviewed.documents.count);
    found = found == NULL ? named(document, reviewed.earlier.rows, reviewed.earlier.count) : found;
    if (found == NULL) {
        return FAIL(NOT_FOUND);
    }
    *ret_document = found;
    return STATUS_OK;
}

/* --- what is decided --- */

static status check(struct rpc *rpc, task_row *task,
                    const Hayat__Backoffice__V1__DecideTaskRequest *request, struct task_vote *vote)
{
    struct reviewed reviewed;
    TRY(reviewed_load(rpc, task, &reviewed));
    task->refusers_needed = review_persons_to_refuse(reviewed_due_passed(rpc, &reviewed));
    const struct findings_about about = {reviewed.certificate, &reviewed.documents};
    return findings_read(rpc, &about, request, vote);
}

static status outcome_of(const task_row *task, enum certificate_outcome *ret_outcome)
{
    switch (task->state) {
    case TASK_STATE(APPROVED):
        *ret_outcome = CERTIFICATE_ACCEPTED;
        return STATUS_OK;
    case TASK_STATE(REFUSED):
        *ret_outcome = CERTIFICATE_REFUSED;
        return STATUS_OK;
    case TASK_STATE(MORE_NEEDED):
        *ret_outcome = CERTIFICATE_MORE_NEEDED;
        return STATUS_OK;
    case TASK_STATE(UNSPECIFIED):
    case TASK_STATE(OPEN):
    case TASK_STATE(WITHDRAWN):
    case _HAYAT__STORE__V1__TASK_STATE_IS_INT_SIZE:
        break;
    }
    return FAIL(STORE_CORRUPT);
}

/* What is asked for more is no decision for good: nothing is signed. */
static status sign(struct rpc *rpc, const struct reviewed *reviewed, const Vote *vote,
                   enum certificate_outcome outcome)
{
    struct receipt_decision decision = {
        .outcome = outcome == CERTIFICATE_ACCEPTED
                       ? HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED
                       : HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_REFUSED};
    const struct receipt_about about = {reviewed->certificate, reviewed->pension,
                                        &reviewed->campaign, &reviewed->documents};
    if (outcome == CERTIFICATE_MORE_NEEDED) {
        return STATUS_OK;
    }
    TRY(findings_digest(rpc->arena, vote, decision.findings_sha256));
    const struct receipt_issuer issuer = receipt_issuer_of(rpc->app);
    return certificate_receipt_decide(rpc->txn, &issuer, &about, &decision);
}

static status decided(struct rpc *rpc, const task_row *task)
{
    struct reviewed reviewed;
    const Vote *vote = task_last_vote(task);
    struct certificate_decision said = {.n_findings = vote->n_findings, .findings = vote->findings};
    TRY(outcome_of(task, &said.outcome));
    TRY(reviewed_load(rpc, task, &reviewed));
    for (size_t i = 0; i < vote->n_missing_items && i < ITEMS_MAX; i++) {
        said.missing.items[said.missing.count++] = (Hayat__V1__DocumentItem)vote->missing_items[i];
    }
    said.decided_by = rpc->principal->agent;
    TRY(sign(rpc, &reviewed, vote, said.outcome));
    return certificate_decided(rpc->txn, reviewed.owner, reviewed.certificate, &said);
}

const struct task_kind_ops certificate_review_kind = {
    .kind = TASK_KIND(LIFE_CERTIFICATE),
    .describe = describe,
    .check = check,
    .decided = decided,
    .evidence = evidence,
};
