#include "service/certificate_review_view.h"

#include "service/app.h"
#include "service/card_message.h"
#include "service/certificate_decision_message.h"
#include "service/message.h"
#include "service/obligation.h"
#include "service/review_texts.h"
#include "service/task_kind.h"

typedef Hayat__Backoffice__V1__LifeCertificateReview Review;
typedef Hayat__Backoffice__V1__EarlierVote EarlierVote;
typedef Hayat__Store__V1__StoredLifeCertificate Certificate;

#define CAUTION(name) HAYAT__BACKOFFICE__V1__REVIEW_CAUTION__REVIEW_CAUTION_##name
#define FILING_KEY(name) HAYAT__STORE__V1__FILING_KEY__FILING_KEY_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name

enum { CAUTIONS_MAX = 5 }; /* one for each fact */

/* --- gathering --- */

/* As it was filed last: what more was needed of papers may have come by a session. */
struct review_facts reviewed_facts(const Certificate *certificate)
{
    const Hayat__Store__V1__FilingKey key = certificate->filing_key;
    const bool on_paper = certificate->on_paper && key == FILING_KEY(UNSPECIFIED);
    return (struct review_facts){.route = (Hayat__V1__ProofRoute)certificate->route,
                                 .in_time = certificate->in_time,
                                 .on_paper = on_paper,
                                 .by_sms = key == FILING_KEY(SMS_DEVICE),
                                 .no_device = !on_paper && key != FILING_KEY(SMS_DEVICE) &&
                                              key != FILING_KEY(DEVICE)};
}

static status load_certificate(struct rpc *rpc, const task_row *task, struct reviewed *reviewed)
{
    struct id id;
    if (!id_of_binary(task->object_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    status s = life_certificate_store_get(rpc->txn, reviewed->owner, id, &reviewed->certificate);
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s;
}

static status load_duty(struct rpc *rpc, struct reviewed *reviewed)
{
    Hayat__Store__V1__StoredPension *pension;
    TRY(pension_store_first(rpc->txn, reviewed->owner, &pension));
    reviewed->pension = pension;
    return obligation_window(rpc->txn, reviewed->owner, reviewed->certificate->year,
                             &reviewed->campaign);
}

status reviewed_load(struct rpc *rpc, const task_row *task, struct reviewed *ret_reviewed)
{
    ret_reviewed->owner = task_owner(task);
    TRY(load_certificate(rpc, task, ret_reviewed));
    TRY(certificate_documents_load_of(rpc->txn, ret_reviewed->owner, ret_reviewed->certificate,
                                      &ret_reviewed->documents));
    TRY(certificate_earlier_load(rpc->txn, ret_reviewed->owner, ret_reviewed->certificate,
                                 &ret_reviewed->earlier));
    status s = load_duty(rpc, ret_reviewed);
    TRY(s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s);
    ret_reviewed->facts = reviewed_facts(ret_reviewed->certificate);
    return STATUS_OK;
}

bool reviewed_due_passed(const struct rpc *rpc, const struct reviewed *reviewed)
{
    return obligation_today(rpc) > reviewed->campaign.due_days;
}

/* --- showing --- */

static status fill_cautions(struct rpc *rpc, const struct reviewed *reviewed, Review *message)
{
    const struct review_facts *facts = &reviewed->facts;
    message->cautions = arena_array(rpc->arena, CAUTIONS_MAX, sizeof *message->cautions);
    TRY(arena_check(rpc->arena));
    if (review_is_witnessed(facts)) {
        message->cautions[message->n_cautions++] = CAUTION(WITNESSED);
    }
    if (review_is_by_video(facts)) {
        message->cautions[message->n_cautions++] = CAUTION(LIVENESS_VIDEO);
    }
    if (facts->by_sms) {
        message->cautions[message->n_cautions++] = CAUTION(ENROLLED_BY_SMS);
    }
    if (facts->no_device) {
        message->cautions[message->n_cautions++] = CAUTION(NO_DEVICE);
    }
    if (reviewed_due_passed(rpc, reviewed)) {
        message->cautions[message->n_cautions++] = CAUTION(DUE_DAY_OVER);
    }
    return STATUS_OK;
}

static status fill_paper(struct rpc *rpc, const Certificate *certificate, Review *message)
{
    if (!certificate->on_paper) {
        return STATUS_OK;
    }
    message->paper = message_new(rpc->arena, &hayat__v1__paper_filing__descriptor);
    TRY(arena_check(rpc->arena));
    message->paper->sheet_count = (int32_t)certificate->sheet_count;
    message->paper->reference = certificate->paper_reference;
    return STATUS_OK;
}

static status fill_days(struct rpc *rpc, const struct reviewed *reviewed, Review *message)
{
    message->due_date = message_date(rpc->arena, reviewed->campaign.due_days);
    message->grace_end_date = message_date(rpc->arena, reviewed->campaign.grace_end_days);
    message->refusers_needed = (int32_t)review_persons_to_refuse(
        reviewed_due_passed(rpc, reviewed));
    message->deadline_text = message_text(
        rpc->arena, review_deadline_text(&reviewed->campaign, obligation_today(rpc),
                                         reviewed->facts.in_time, rpc->language));
    return arena_check(rpc->arena);
}

/* --- what others said --- */

static Hayat__Backoffice__V1__TaskDecision decision_of(task_state said)
{
    return said == TASK_STATE(APPROVED)      ? DECISION(APPROVE)
           : said == TASK_STATE(MORE_NEEDED) ? DECISION(MORE_NEEDED)
                                             : DECISION(REFUSE);
}

static status vote_message(struct rpc *rpc, const Hayat__Store__V1__StoredVote *vote,
                           EarlierVote **ret_message)
{
    EarlierVote *message = message_new(rpc->arena,
                                       &hayat__backoffice__v1__earlier_vote__descriptor);
    TRY(arena_check(rpc->arena));
    message->decision = decision_of(vote->said);
    message->vote_time = message_time(rpc->arena, vote->time_ms);
    message->findings = arena_array(rpc->arena, vote->n_findings, sizeof(Hayat__V1__Finding *));
    message->missing_items = arena_array(rpc->arena, vote->n_missing_items,
                                         sizeof *message->missing_items);
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < vote->n_findings; i++) {
        TRY(certificate_finding_message(rpc, vote->findings[i], &message->findings[i]));
        message->n_findings = i + 1;
    }
    for (size_t i = 0; i < vote->n_missing_items; i++) {
        message->missing_items[message->n_missing_items++] =
            (Hayat__V1__DocumentItem)vote->missing_items[i];
    }
    *ret_message = message;
    return STATUS_OK;
}

static status fill_votes(struct rpc *rpc, const task_row *task, Review *message)
{
    message->earlier_votes = arena_array(rpc->arena, task->n_votes, sizeof(EarlierVote *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < task->n_votes; i++) {
        TRY(vote_message(rpc, task->votes[i], &message->earlier_votes[i]));
        message->n_earlier_votes = i + 1;
    }
    return STATUS_OK;
}

status reviewed_message(struct rpc *rpc, const task_row *task, const struct reviewed *reviewed,
                        const struct agency_member *member, Review **ret_message)
{
    Review *message = message_new(rpc->arena,
                                  &hayat__backoffice__v1__life_certificate_review__descriptor);
    TRY(arena_check(rpc->arena));
    message->registration_number = member->member->registration_number;
    message->name = name_message(rpc->arena, member->holder->name);
    message->birth_date = message_optional_date(rpc->arena, member->holder->birth_days);
    message->pension_number = reviewed->pension->pension_number;
    message->country_code = reviewed->pension->country_code;
    TRY(certificate_message(rpc, reviewed->certificate, &reviewed->documents,
                            &message->certificate));
    TRY(certificate_documents_message(rpc, reviewed->earlier.rows, reviewed->earlier.count,
                                      &message->earlier_documents));
    message->n_earlier_documents = reviewed->earlier.count;
    TRY(fill_paper(rpc, reviewed->certificate, message));
    TRY(fill_days(rpc, reviewed, message));
    TRY(fill_cautions(rpc, reviewed, message));
    TRY(fill_votes(rpc, task, message));
    *ret_message = message;
    return arena_check(rpc->arena);
}
