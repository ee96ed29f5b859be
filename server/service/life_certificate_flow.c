#include "service/life_certificate_flow.h"

#include "service/campaign.h"
#include "service/certificate_findings.h"
#include "service/certificate_receipt.h"
#include "service/certificate_review.h"
#include "service/document_check.h"
#include "service/flow_step.h"
#include "service/message.h"
#include "service/obligation.h"

typedef Hayat__Store__V1__StoredCertificateDecision decision_row;

#define ROUTE(name) HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_##name

/* --- one step --- */

static status id_of(const certificate_row *certificate, struct id *ret_id)
{
    return id_of_binary(certificate->life_certificate_id, ret_id) ? STATUS_OK : FAIL(STORE_CORRUPT);
}

/* Files CERTIFICATE as STATE, a new version, and what its year's obligations become of it. */
static status step(struct txn *txn, struct owner owner, certificate_row *certificate,
                   certificate_state state)
{
    if (!certificate_may((certificate_state)certificate->state, state)) {
        return FAIL(CERTIFICATE_STATE);
    }
    certificate->state = (uint32_t)state;
    certificate->version++;
    TRY(life_certificate_store_put(txn, owner, certificate));
    return flow_obligations(txn, owner, certificate);
}

static status audit(struct txn *txn, struct owner owner, const certificate_row *certificate,
                    const struct flow_actor *actor)
{
    struct id id;
    TRY(id_of(certificate, &id));
    return flow_audit(txn, &(struct flow_entry){owner, *actor, "lc", id});
}

static status tell(struct txn *txn, struct owner owner, const certificate_row *certificate,
                   enum notification_kind kind, enum notice_kind notice)
{
    struct flow_news news = {.kind = kind, .notice = notice, .type = "lc"};
    TRY(id_of(certificate, &news.object));
    return flow_tell_member(txn, owner, &news);
}

/* --- drafts --- */

status certificate_drafted(struct txn *txn, struct owner owner, certificate_row *certificate)
{
    certificate->state = CERTIFICATE(UNSPECIFIED);
    return step(txn, owner, certificate, CERTIFICATE(DRAFT)); /* the call's own entry says it */
}

/* --- filing --- */

/* Who filed it: the member, or for papers the agent at the counter. */
static struct flow_actor filer(struct owner *owner, const certificate_row *certificate)
{
    if (certificate->on_paper) {
        return (struct flow_actor){AUDIT_ACTOR_AGENT, bytes_of_binary(certificate->registered_by),
                                   EVENT_CERTIFICATE_SUBMITTED};
    }
    return (struct flow_actor){AUDIT_ACTOR_MEMBER, bytes_of(owner->bytes, OWNER_BYTES),
                               EVENT_CERTIFICATE_SUBMITTED};
}

/* Whether no document of it awaits a verdict. */
static status is_checked(struct txn *txn, struct owner owner, const certificate_row *certificate,
                         bool *ret_checked)
{
    struct document_verdicts verdicts;
    TRY(document_check_verdicts(txn, owner, certificate, &verdicts));
    *ret_checked = verdicts.pending == 0;
    return STATUS_OK;
}

/* Whether a person looks at it: from here on. */
static status review(struct txn *txn, struct owner owner, certificate_row *certificate)
{
    const struct flow_actor nobody = {AUDIT_ACTOR_SYSTEM, {0}, EVENT_CERTIFICATE_IN_REVIEW};
    TRY(step(txn, owner, certificate, CERTIFICATE(IN_REVIEW)));
    TRY(audit(txn, owner, certificate, &nobody));
    return certificate_review_open(txn, owner, certificate);
}

status certificate_submitted(struct txn *txn, struct owner owner, certificate_row *certificate)
{
    bool checked;
    struct flow_actor actor = filer(&owner, certificate);
    if (certificate->receipt.len == 0) {
        return FAIL(INTERNAL);
    }
    certificate->round++;
    TRY(step(txn, owner, certificate, CERTIFICATE(SUBMITTED)));
    TRY(audit(txn, owner, certificate, &actor));
    TRY(outbox_store_append(
        txn, &(struct outbox_row){.queue = OUTBOX_CORE,
                                  .owner = owner,
                                  .kind = OUTBOX_CERTIFICATE_SUBMITTED,
                                  .payload = bytes_of_binary(certificate->receipt)}));
    TRY(tell(txn, owner, certificate, NOTIFICATION_LIFE_CERTIFICATE_SUBMITTED, NOTICE_NONE));
    TRY(is_checked(txn, owner, certificate, &checked));
    return checked ? review(txn, owner, certificate) : STATUS_OK;
}

status certificate_checked(struct txn *txn, struct owner owner, struct id id)
{
    certificate_row *certificate;
    bool checked;
    TRY(life_certificate_store_get(txn, owner, id, &certificate));
    if (certificate->state != CERTIFICATE(SUBMITTED)) {
        return STATUS_OK;
    }
    TRY(is_checked(txn, owner, certificate, &checked));
    return checked ? review(txn, owner, certificate) : STATUS_OK;
}

/* --- decisions --- */

static certificate_state state_of(enum certificate_outcome outcome)
{
    switch (outcome) {
    case CERTIFICATE_ACCEPTED:
        return CERTIFICATE(ACCEPTED);
    case CERTIFICATE_REFUSED:
        return CERTIFICATE(REFUSED);
    case CERTIFICATE_MORE_NEEDED:
        break;
    }
    return CERTIFICATE(MORE_NEEDED);
}

static status keep_decision(struct txn *txn, certificate_row *certificate,
                            const struct certificate_decision *said)
{
    struct arena *arena = txn_arena(txn);
    decision_row *decision = message_new(
        arena, &hayat__store__v1__stored_certificate_decision__descriptor);
    uint32_t *missing = arena_array(arena, said->missing.count, sizeof *missing);
    if (decision == NULL || missing == NULL) {
        return FAIL(ARENA_FULL);
    }
    decision->outcome = (uint32_t)state_of(said->outcome);
    decision->decide_ms = txn_now_ms(txn);
    if (!id_is_zero(said->decided_by)) {
        decision->decided_by = message_bytes(arena, bytes_of(said->decided_by.bytes, ID_BYTES));
    }
    for (size_t i = 0; i < said->missing.count; i++) {
        missing[i] = (uint32_t)said->missing.items[i];
    }
    decision->missing_items = missing;
    decision->n_missing_items = said->missing.count;
    decision->findings = said->findings;
    decision->n_findings = said->n_findings;
    certificate->decision = decision;
    certificate->decide_ms = said->outcome == CERTIFICATE_MORE_NEEDED ? 0 : decision->decide_ms;
    return arena_check(arena);
}

/* What each outcome leaves. */
struct ending {
    const char *event, *outbox; /* NULL: the core system need not know */
    enum notice_kind notice;
    enum notification_kind news;
};

static const struct ending endings[] = {
    [CERTIFICATE_ACCEPTED] = {EVENT_CERTIFICATE_ACCEPTED, OUTBOX_CERTIFICATE_ACCEPTED,
                              NOTICE_CERTIFICATE_ACCEPTED, NOTIFICATION_LIFE_CERTIFICATE_ACCEPTED},
    [CERTIFICATE_REFUSED] = {EVENT_CERTIFICATE_REFUSED, OUTBOX_CERTIFICATE_REFUSED,
                             NOTICE_CERTIFICATE_REFUSED, NOTIFICATION_LIFE_CERTIFICATE_REFUSED},
    [CERTIFICATE_MORE_NEEDED] = {EVENT_CERTIFICATE_MORE_NEEDED, NULL,
                                 NOTICE_CERTIFICATE_MORE_NEEDED,
                                 NOTIFICATION_LIFE_CERTIFICATE_MORE_NEEDED},
};

/* SEC-F3: whoever refuses says why, all of it. */
static bool says_enough(const struct certificate_decision *said)
{
    return said->outcome == CERTIFICATE_ACCEPTED || said->n_findings + said->missing.count > 0;
}

/* Keeps what was said, steps, and tells everybody. */
static status end(struct txn *txn, struct owner owner, certificate_row *certificate,
                  const struct certificate_decision *said, const struct flow_actor *actor)
{
    const struct ending *ending = &endings[said->outcome];
    bool for_good = said->outcome != CERTIFICATE_MORE_NEEDED;
    if (for_good != (certificate->decision_receipt.len > 0)) {
        return FAIL(INTERNAL); /* SEC-F4: a receipt at each promise, and at nothing else */
    }
    TRY(keep_decision(txn, certificate, said));
    TRY(step(txn, owner, certificate, state_of(said->outcome)));
    TRY(audit(txn, owner, certificate, actor));
    if (ending->outbox != NULL) {
        TRY(flow_tell_core(txn, owner, certificate, ending->outbox));
    }
    return tell(txn, owner, certificate, ending->news, ending->notice);
}

status certificate_decided(struct txn *txn, struct owner owner, certificate_row *certificate,
                           const struct certificate_decision *said)
{
    if (certificate->state != CERTIFICATE(IN_REVIEW)) {
        return FAIL(CERTIFICATE_STATE);
    }
    if (!says_enough(said)) {
        return FAIL(FINDINGS_MISSING);
    }
    const struct flow_actor actor = {AUDIT_ACTOR_AGENT, bytes_of(said->decided_by.bytes, ID_BYTES),
                                     endings[said->outcome].event};
    return end(txn, owner, certificate, said, &actor);
}

/* --- the registry --- */

/* What a person would have signed: of what was filed, or of nothing but the registry's word. */
static status sign_for_registry(struct txn *txn, struct owner owner, certificate_row *certificate,
                                const struct registry_confirmation *confirmation)
{
    const Hayat__Store__V1__StoredVote nothing_wrong = HAYAT__STORE__V1__STORED_VOTE__INIT;
    struct receipt_decision decision = {
        .outcome = HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED,
        .confirm_days = confirmation->day,
        .registry_reference = confirmation->reference};
    Hayat__Store__V1__StoredPension *pension;
    struct certificate_documents documents;
    struct campaign window;
    TRY(pension_store_first(txn, owner, &pension));
    TRY(obligation_window(txn, owner, certificate->year, &window));
    TRY(certificate_documents_load_of(txn, owner, certificate, &documents));
    TRY(findings_digest(txn_arena(txn), &nothing_wrong, decision.findings_sha256));
    const struct receipt_about about = {certificate, pension, &window, &documents};
    return certificate_receipt_decide(txn, confirmation->issuer, &about, &decision);
}

static status accept_by_registry(struct txn *txn, struct owner owner, certificate_row *certificate,
                                 const struct registry_confirmation *confirmation)
{
    const struct certificate_decision accepted = {.outcome = CERTIFICATE_ACCEPTED};
    const struct flow_actor registry = {AUDIT_ACTOR_CORE_SYSTEM, {0}, EVENT_CERTIFICATE_REGISTRY};
    certificate->registry_reference = message_text(txn_arena(txn), confirmation->reference);
    TRY(arena_check(txn_arena(txn)));
    TRY(sign_for_registry(txn, owner, certificate, confirmation));
    return end(txn, owner, certificate, &accepted, &registry);
}

static status accept_filed(struct txn *txn, struct owner owner, struct id id,
                           const struct registry_confirmation *confirmation)
{
    certificate_row *certificate;
    TRY(life_certificate_store_get(txn, owner, id, &certificate));
    TRY(certificate_review_withdraw(txn, certificate));
    return accept_by_registry(txn, owner, certificate, confirmation);
}

/* In time by the window of the pension's own country and scheme, which its obligation has. */
static status accept_new(struct txn *txn, struct owner owner,
                         const struct life_certificate_list *list,
                         const struct registry_confirmation *confirmation)
{
    certificate_row certificate = HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    struct id id = id_new(txn_random(txn));
    struct campaign campaign, window;
    TRY(campaign_of_year(txn, confirmation->year, &campaign));
    TRY(obligation_record_make(txn, owner, &campaign, list));
    TRY(obligation_window(txn, owner, confirmation->year, &window));
    certificate.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    certificate.year = confirmation->year;
    certificate.route = ROUTE(CIVIL_REGISTRY);
    certificate.create_ms = certificate.submit_ms = txn_now_ms(txn);
    certificate.in_time = campaign_in_time(&window, confirmation->day);
    return accept_by_registry(txn, owner, &certificate, confirmation);
}

status certificate_confirmed_by_registry(struct txn *txn, struct owner owner,
                                         const struct registry_confirmation *confirmation)
{
    struct life_certificate_list list;
    TRY(life_certificate_store_list(txn, owner, &list));
    const struct life_certificate_row *best = obligation_counting(&list, confirmation->year);
    certificate_state state = best == NULL ? CERTIFICATE(UNSPECIFIED)
                                           : (certificate_state)best->state;
    if (state == CERTIFICATE(ACCEPTED)) {
        return STATUS_OK;
    }
    if (best != NULL && certificate_was_filed(state) && state != CERTIFICATE(REFUSED)) {
        return accept_filed(txn, owner, best->id, confirmation);
    }
    return list.count < LIMIT_CERTIFICATES_PER_MEMBER ? accept_new(txn, owner, &list, confirmation)
                                                      : FAIL(CERTIFICATE_LIMIT);
}
