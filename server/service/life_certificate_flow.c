#include "service/life_certificate_flow.h"

#include "service/campaign.h"
#include "service/flow_step.h"
#include "service/message.h"
#include "service/task.h"
#include "storage/document_store.h"

typedef Hayat__Store__V1__StoredFinding finding_row;
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
    (void)txn;
    (void)owner;
    (void)certificate;
    *ret_checked = true; /* nothing looks at documents by machine */
    return STATUS_OK;
}

/* Whether a person looks at it: from here on. */
static status review(struct txn *txn, struct owner owner, certificate_row *certificate)
{
    const struct flow_actor nobody = {AUDIT_ACTOR_SYSTEM, {0}, EVENT_CERTIFICATE_IN_REVIEW};
    struct task_spec spec = {.kind = TASK_KIND(LIFE_CERTIFICATE),
                             .owner = owner,
                             .due_in_ms = LIMIT_CERTIFICATE_REVIEW_MS,
                             .persons_needed = 1};
    TRY(id_of(certificate, &spec.object));
    TRY(step(txn, owner, certificate, CERTIFICATE(IN_REVIEW)));
    TRY(audit(txn, owner, certificate, &nobody));
    return task_open(txn, &spec);
}

status certificate_submitted(struct txn *txn, struct owner owner, certificate_row *certificate)
{
    bool checked;
    struct flow_actor actor = filer(&owner, certificate);
    certificate->round++;
    TRY(step(txn, owner, certificate, CERTIFICATE(SUBMITTED)));
    TRY(audit(txn, owner, certificate, &actor));
    TRY(outbox_store_append(
        txn, &(struct outbox_row){.queue = OUTBOX_CORE,
                                  .owner = owner,
                                  .kind = OUTBOX_CERTIFICATE_SUBMITTED,
                                  .payload = bytes_of_binary(certificate->receipt)}));
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

static status keep_findings(struct txn *txn, const struct certificate_decision *said,
                            decision_row *decision)
{
    struct arena *arena = txn_arena(txn);
    decision->findings = arena_array(arena, said->finding_count, sizeof(finding_row *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < said->finding_count; i++) {
        const struct certificate_finding *from = &said->findings[i];
        finding_row *finding = message_new(arena, &hayat__store__v1__stored_finding__descriptor);
        if (finding == NULL) {
            return FAIL(ARENA_FULL);
        }
        if (!id_is_zero(from->document)) {
            finding->document_id = message_bytes(arena, bytes_of(from->document.bytes, ID_BYTES));
        }
        finding->item = (uint32_t)from->item;
        finding->page = from->page;
        finding->reason = (uint32_t)from->reason;
        finding->note = message_text(arena, from->note == NULL ? "" : from->note);
        decision->findings[decision->n_findings++] = finding;
    }
    return arena_check(arena);
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
    decision->outcome = (uint32_t)said->outcome;
    decision->decide_ms = txn_now_ms(txn);
    if (!id_is_zero(said->decided_by)) {
        decision->decided_by = message_bytes(arena, bytes_of(said->decided_by.bytes, ID_BYTES));
    }
    for (size_t i = 0; i < said->missing.count; i++) {
        missing[i] = (uint32_t)said->missing.items[i];
    }
    decision->missing_items = missing;
    decision->n_missing_items = said->missing.count;
    TRY(keep_findings(txn, said, decision));
    certificate->decision = decision;
    return arena_check(arena);
}

/* What each outcome leaves. */
struct ending {
    certificate_state outcome;
    const char *event, *outbox; /* NULL: the core system need not know */
    enum notice_kind notice;
};

static const struct ending endings[] = {
    {CERTIFICATE(ACCEPTED), EVENT_CERTIFICATE_ACCEPTED, OUTBOX_CERTIFICATE_ACCEPTED,
     NOTICE_CERTIFICATE_ACCEPTED},
    {CERTIFICATE(REFUSED), EVENT_CERTIFICATE_REFUSED, OUTBOX_CERTIFICATE_REFUSED,
     NOTICE_CERTIFICATE_REFUSED},
    {CERTIFICATE(MORE_NEEDED), EVENT_CERTIFICATE_MORE_NEEDED, NULL, NOTICE_CERTIFICATE_MORE_NEEDED},
};

static const struct ending *ending_of(certificate_state outcome)
{
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (endings[i].outcome == outcome) {
            return &endings[i];
        }
    }
    return NULL;
}

/* SEC-F3: whoever refuses says why, all of it. */
static bool says_enough(const struct certificate_decision *said)
{
    return said->outcome == CERTIFICATE(ACCEPTED) || said->finding_count + said->missing.count > 0;
}

/* Keeps what was said, steps, and tells everybody. */
static status end(struct txn *txn, struct owner owner, certificate_row *certificate,
                  const struct certificate_decision *said, const struct flow_actor *actor)
{
    const struct ending *ending = ending_of(said->outcome);
    if (ending == NULL) {
        return FAIL(CERTIFICATE_STATE);
    }
    TRY(keep_decision(txn, certificate, said));
    TRY(step(txn, owner, certificate, said->outcome));
    TRY(audit(txn, owner, certificate, actor));
    if (ending->outbox != NULL) {
        TRY(flow_tell_core(txn, owner, certificate, ending->outbox));
    }
    return flow_tell_member(txn, owner, ending->notice);
}

status certificate_decided(struct txn *txn, struct owner owner, certificate_row *certificate,
                           const struct certificate_decision *said)
{
    const struct ending *ending = ending_of(said->outcome);
    if (certificate->state != CERTIFICATE(IN_REVIEW) || ending == NULL) {
        return FAIL(CERTIFICATE_STATE);
    }
    if (!says_enough(said) || said->finding_count > LIMIT_FINDINGS) {
        return FAIL(FINDINGS_MISSING);
    }
    const struct flow_actor actor = {AUDIT_ACTOR_AGENT, bytes_of(said->decided_by.bytes, ID_BYTES),
                                     ending->event};
    return end(txn, owner, certificate, said, &actor);
}

/* --- the registry --- */

static status accept_by_registry(struct txn *txn, struct owner owner, certificate_row *certificate,
                                 const struct registry_confirmation *confirmation)
{
    const struct certificate_decision accepted = {.outcome = CERTIFICATE(ACCEPTED)};
    const struct flow_actor registry = {AUDIT_ACTOR_CORE_SYSTEM, {0}, EVENT_CERTIFICATE_REGISTRY};
    certificate->registry_reference = message_text(txn_arena(txn), confirmation->reference);
    TRY(arena_check(txn_arena(txn)));
    return end(txn, owner, certificate, &accepted, &registry);
}

static status accept_filed(struct txn *txn, struct owner owner, struct id id,
                           const struct registry_confirmation *confirmation)
{
    certificate_row *certificate;
    TRY(life_certificate_store_get(txn, owner, id, &certificate));
    TRY(task_withdraw(txn, TASK_KIND(LIFE_CERTIFICATE), id));
    return accept_by_registry(txn, owner, certificate, confirmation);
}

static status accept_new(struct txn *txn, struct owner owner,
                         const struct registry_confirmation *confirmation)
{
    certificate_row certificate = HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    struct id id = id_new(txn_random(txn));
    struct campaign campaign;
    TRY(campaign_of_year(txn, confirmation->year, &campaign));
    certificate.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    certificate.year = confirmation->year;
    certificate.route = ROUTE(CIVIL_REGISTRY);
    certificate.create_ms = certificate.submit_ms = txn_now_ms(txn);
    certificate.in_time = campaign_in_time(&campaign, confirmation->day);
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
    return certificate_was_filed(state) && state != CERTIFICATE(REFUSED)
               ? accept_filed(txn, owner, best->id, confirmation)
               : accept_new(txn, owner, confirmation);
}
