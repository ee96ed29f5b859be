#include "service/certificate_decision_message.h"

#include "base/array.h"
#include "service/message.h"

typedef Hayat__Store__V1__StoredCertificateDecision decision_row;
typedef Hayat__V1__Finding Finding;

static const struct {
    const char *text[3];
} reasons[] = {
#define FINDING(name, en, fr, ar)                                                                  \
    [HAYAT__V1__FINDING_REASON__FINDING_REASON_##                                                  \
        name] = {{[LANGUAGE_EN] = en, [LANGUAGE_FR] = fr, [LANGUAGE_AR] = ar}},
#include "service/findings.def"
#undef FINDING
};

const char *finding_text(uint32_t reason, enum language language)
{
    bool known = reason < ARRAY_LEN(reasons) && reasons[reason].text[language] != NULL;
    return known ? reasons[reason].text[language] : "";
}

status certificate_finding_message(struct rpc *rpc, const Hayat__Store__V1__StoredFinding *finding,
                                   Finding **ret_message)
{
    Finding *message = message_new(rpc->arena, &hayat__v1__finding__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (finding->document_id.len > 0) {
        message->document_id = message_id(rpc->arena, "doc", finding->document_id);
    }
    message->item = (Hayat__V1__DocumentItem)finding->item;
    message->page = (int32_t)finding->page;
    message->reason = (Hayat__V1__FindingReason)finding->reason;
    message->note = finding->note;
    message->text = message_text(rpc->arena, finding_text(finding->reason, rpc->language));
    *ret_message = message;
    return arena_check(rpc->arena);
}

static status fill_findings(struct rpc *rpc, const decision_row *decision,
                            Hayat__V1__CertificateDecision *message)
{
    message->findings = arena_array(rpc->arena, decision->n_findings, sizeof(Finding *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < decision->n_findings; i++) {
        TRY(certificate_finding_message(rpc, decision->findings[i], &message->findings[i]));
        message->n_findings = i + 1;
    }
    return STATUS_OK;
}

static status fill_missing(struct rpc *rpc, const decision_row *decision,
                           Hayat__V1__CertificateDecision *message)
{
    message->missing_items = arena_array(rpc->arena, decision->n_missing_items,
                                         sizeof(Hayat__V1__DocumentItem));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < decision->n_missing_items; i++) {
        message->missing_items[i] = (Hayat__V1__DocumentItem)decision->missing_items[i];
    }
    message->n_missing_items = decision->n_missing_items;
    return STATUS_OK;
}

status certificate_decision_message(struct rpc *rpc, const decision_row *decision,
                                    Hayat__V1__CertificateDecision **ret_message)
{
    Hayat__V1__CertificateDecision *message = message_new(
        rpc->arena, &hayat__v1__certificate_decision__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->decide_time = message_time(rpc->arena, decision->decide_ms);
    TRY(fill_findings(rpc, decision, message));
    TRY(fill_missing(rpc, decision, message));
    *ret_message = message;
    return arena_check(rpc->arena);
}
