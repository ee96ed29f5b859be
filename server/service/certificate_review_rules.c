#include "service/certificate_review_rules.h"

#include "base/limits.h"

/* RULE LC-18: a certificate that came late is decided on first: transfers may hang on it, and filing late reinstates.  domain 5 */
int64_t review_due_in_ms(const struct review_facts *facts)
{
    return facts->in_time ? LIMIT_CERTIFICATE_REVIEW_MS : LIMIT_CERTIFICATE_REVIEW_LATE_MS;
}

bool review_is_witnessed(const struct review_facts *facts)
{
    return facts->route == HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_WITNESSED_FORM && !facts->on_paper;
}

bool review_is_by_video(const struct review_facts *facts)
{
    return facts->route == HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_LIVENESS_VIDEO;
}

/* RULE LC-11: two persons accept what nobody of authority vouches for: a form signed by a witness, unless an agent saw it on paper (who is
   the first of two then: RULE TASK-1 keeps them from deciding), a video, which can be made by machine, and whatever was filed with a device
   that was enrolled by text message, whose number can be stolen, or without any.  One person accepts the rest.  domain 5, SEC-B1 */
uint32_t review_persons_to_accept(const struct review_facts *facts)
{
    return review_is_witnessed(facts) || review_is_by_video(facts) || facts->by_sms ||
                   facts->no_device
               ? 2
               : 1;
}

/* RULE LC-12: before the due day a refusal costs the member another filing; after it, perhaps the transfers: two persons refuse then.
   domain 5 */
uint32_t review_persons_to_refuse(bool due_passed)
{
    return due_passed ? 2 : 1;
}
